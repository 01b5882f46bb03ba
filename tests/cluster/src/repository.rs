//! The names that an image bears in its docker-archive tar.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "RepoTags")]
    names: Option<Vec<String>>,
}

pub fn names_in(tar: &Path) -> Result<Vec<String>> {
    let file = File::open(tar).with_context(|| format!("could not open {}", tar.display()))?;
    let mut archive = tar::Archive::new(file);
    for entry in archive.entries().with_context(|| format!("could not read {}", tar.display()))? {
        let entry = entry.with_context(|| format!("{} is not a tar", tar.display()))?;
        if entry.path().is_ok_and(|path| path.as_os_str() == "manifest.json") {
            let manifests: Vec<Manifest> = serde_json::from_reader(entry).context("could not read manifest.json")?;
            let names: Vec<String> = manifests.into_iter().flat_map(|m| m.names.unwrap_or_default()).collect();
            if names.is_empty() {
                bail!("the image in {} has no name (save it by its name, not by its id)", tar.display());
            }
            return Ok(names);
        }
    }
    bail!("{} has no manifest.json: it is not a tar as `docker save` writes it", tar.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(manifest: Option<&str>) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tar = tar::Builder::new(file.reopen().unwrap());
        if let Some(text) = manifest {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, "manifest.json", text.as_bytes()).unwrap();
        }
        tar.finish().unwrap();
        file
    }

    #[test]
    fn every_name_is_found() {
        let file = archive(Some(r#"[{"Config":"c","RepoTags":["a:1","b:2"],"Layers":[]}]"#));
        assert_eq!(names_in(file.path()).unwrap(), ["a:1", "b:2"]);
    }

    #[test]
    fn an_image_without_a_name_or_manifest_is_refused() {
        assert!(names_in(archive(Some(r#"[{"RepoTags":null}]"#)).path()).is_err());
        assert!(names_in(archive(None).path()).is_err());
    }
}
