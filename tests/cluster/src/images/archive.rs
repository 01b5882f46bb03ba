//! Writes an image as a docker-archive: one layer, a configuration, and a manifest that names both.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, Header};

use super::layer::Layer;

/// How a container of the image is started.
#[derive(Clone, Default, Debug)]
pub(super) struct Start {
    pub entrypoint: &'static [&'static str],
    pub command: &'static [&'static str],
    pub user: &'static str,
    pub ports: &'static [&'static str],
    pub stop_signal: Option<&'static str>,
}

/// Writes the archive to `path`. The layer is compressed here, once, so that no push has to.
pub(super) fn write(path: &Path, reference: &str, layer: &Layer, start: &Start) -> Result<()> {
    let layer_file = path.with_extension("layer");
    let packed = pack(layer, &layer_file)?;
    let configuration = serde_json::to_vec(&configuration(start, &packed.content))?;
    let names = (format!("{}.json", sha256(&configuration)), format!("{}.tar.gz", packed.file));
    let manifest = serde_json::to_vec(&json!([{
        "Config": names.0,
        "RepoTags": [reference],
        "Layers": [names.1],
    }]))?;
    let file = File::create(path).with_context(|| format!("could not write {}", path.display()))?;
    let mut archive = Builder::new(file);
    append(&mut archive, &names.0, configuration.len() as u64, configuration.as_slice())?;
    let compressed = File::open(&layer_file)?;
    append(&mut archive, &names.1, compressed.metadata()?.len(), compressed)?;
    append(&mut archive, "manifest.json", manifest.len() as u64, manifest.as_slice())?;
    archive.into_inner().and_then(|file| file.sync_all()).context("could not finish the image")?;
    std::fs::remove_file(&layer_file).context("could not remove the unpacked layer")
}

/// The digests of a layer: of what it contains, and of the compressed file.
struct Packed {
    content: String,
    file: String,
}

fn pack(layer: &Layer, path: &Path) -> Result<Packed> {
    let file = File::create(path).with_context(|| format!("could not write {}", path.display()))?;
    // No name and no time in the header: the same content gives the same bytes.
    let gzip: GzEncoder<_> = GzBuilder::new().mtime(0).write(Hashing::new(file), Compression::fast());
    let mut content = Hashing::new(gzip);
    layer.write(&mut content)?;
    let Hashing { inner: gzip, hash } = content;
    let compressed = gzip.finish().context("could not compress the layer")?;
    Ok(Packed { content: hex(&hash.finalize()), file: hex(&compressed.hash.finalize()) })
}

fn configuration(start: &Start, layer_digest: &str) -> Value {
    let ports: serde_json::Map<_, _> = start.ports.iter().map(|port| ((*port).to_owned(), json!({}))).collect();
    let mut config = json!({
        "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        "WorkingDir": "/",
        "User": start.user,
    });
    if !start.entrypoint.is_empty() {
        config["Entrypoint"] = json!(start.entrypoint);
    }
    if !start.command.is_empty() {
        config["Cmd"] = json!(start.command);
    }
    if !ports.is_empty() {
        config["ExposedPorts"] = Value::Object(ports);
    }
    if let Some(signal) = start.stop_signal {
        config["StopSignal"] = json!(signal);
    }
    json!({
        "architecture": architecture(),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": config,
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{layer_digest}")] },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "kubectl-lab-cluster" }],
    })
}

/// This machine's processor by the name that images use for it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn append(archive: &mut Builder<File>, name: &str, size: u64, content: impl io::Read) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_size(size);
    archive.append_data(&mut header, name, content).with_context(|| format!("could not pack {name}"))
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hands everything on and remembers its digest.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new() }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use super::*;

    fn write_sample(path: &Path) -> Vec<u8> {
        let mut layer = Layer::default();
        layer.text("etc/motd", "hello\n");
        let start = Start { entrypoint: &["/sh"], user: "65534", ports: &["80/tcp"], ..Start::default() };
        write(path, "sample:latest", &layer, &start).unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn two_images_of_the_same_content_are_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(write_sample(&folder.path().join("a.tar")), write_sample(&folder.path().join("b.tar")));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn every_digest_in_it_is_true() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = write_sample(&folder.path().join("a.tar"));
        let mut files = BTreeMap::new();
        for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            files.insert(name, content);
        }
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        assert_eq!(manifest[0]["RepoTags"], json!(["sample:latest"]));
        let layer_name = manifest[0]["Layers"][0].as_str().unwrap();
        let config_name = manifest[0]["Config"].as_str().unwrap();
        assert_eq!(config_name, format!("{}.json", sha256(&files[config_name])));
        assert_eq!(layer_name, format!("{}.tar.gz", sha256(&files[layer_name])));
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(files[layer_name].as_slice()).read_to_end(&mut unpacked).unwrap();
        let config: Value = serde_json::from_slice(&files[config_name]).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"], json!([format!("sha256:{}", sha256(&unpacked))]));
        assert_eq!(config["config"]["User"], "65534");
    }
}
