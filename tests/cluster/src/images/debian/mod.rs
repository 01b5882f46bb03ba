//! Programs from Debian's packages, unpacked in the cache with everything they depend on. Nothing is installed on this machine.

mod fetch;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::layer::Layer;
use crate::cache::{self, Cache};

const PACKAGES: &[&str] = &["busybox", "nginx", "iptables", "nftables", "conntrack", "ipset", "iproute2", "kmod"];

/// Folders that are one since Debian moved everything under /usr; packages still name both places.
const MERGED: &[&str] = &["bin", "sbin", "lib", "lib64"];

/// A Debian file tree that holds [`PACKAGES`].
pub(super) struct Debian {
    root: PathBuf,
    libraries: PathBuf,
    loader: PathBuf,
}

impl Debian {
    /// Fetched once; later calls find it in the cache.
    pub fn ensure(cache: &Cache) -> Result<Debian> {
        let release = fs::read_to_string("/etc/os-release").context("could not tell which system this is")?;
        let name = format!("debian-{}", cache::short_hash(&format!("{release}{PACKAGES:?}")));
        let place = cache.place(&name);
        if !place.is_dir() {
            let _lock = cache.lock(&name)?;
            if !place.is_dir() {
                fetch::fetch(cache, &name, &place).context("could not fetch Debian's packages for the images")?;
            }
        }
        Debian::open(place.join("root"))
    }

    fn open(root: PathBuf) -> Result<Debian> {
        let libraries = children(&root.join("usr/lib"))?
            .into_iter()
            .find(|folder| folder.join("libc.so.6").exists())
            .context("could not find libc among the packages")?;
        let loader = children(&libraries)?
            .into_iter()
            .find(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux-")))
            .context("could not find the program loader among the packages")?;
        Ok(Debian { root, libraries, loader })
    }

    /// Puts a file or a whole folder, all the libraries that it needs, and what it links to into the layer.
    pub fn take(&self, layer: &mut Layer, path: &str) -> Result<()> {
        self.take_inner(layer, path).with_context(|| format!("could not take {path} from Debian's packages"))
    }

    fn take_inner(&self, layer: &mut Layer, path: &str) -> Result<()> {
        for merged in MERGED {
            layer.link(merged, &format!("usr/{merged}"));
        }
        let source = self.root.join(path);
        let kind = fs::symlink_metadata(&source).with_context(|| format!("could not look at {}", source.display()))?;
        if kind.is_dir() {
            layer.directory(path, mode(&kind));
            for child in children(&source)? {
                if let Some(name) = child.file_name() {
                    self.take_inner(layer, &format!("{path}/{}", name.to_string_lossy()))?;
                }
            }
        } else if kind.is_symlink() {
            let target = fs::read_link(&source)?;
            layer.link(path, &target.to_string_lossy());
            let next = self.resolve(path, &target)?;
            if !layer.holds(&next) {
                self.take_inner(layer, &next)?;
            }
        } else {
            layer.file(path, &source, mode(&kind));
            self.take_libraries(layer, &source)?;
        }
        Ok(())
    }

    /// The path inside the tree that a link leads to.
    fn resolve(&self, link: &str, target: &Path) -> Result<String> {
        let from = Path::new("/").join(Path::new(link).parent().unwrap_or(Path::new("")));
        let mut parts: Vec<String> = Vec::new();
        for part in from.join(target).components().skip(1) {
            match part.as_os_str().to_string_lossy().as_ref() {
                ".." => drop(parts.pop()),
                "." => {}
                name => parts.push(name.to_owned()),
            }
        }
        if parts.first().is_some_and(|first| MERGED.contains(&first.as_str())) {
            parts.insert(0, "usr".to_owned());
        }
        Ok(parts.join("/"))
    }

    fn take_libraries(&self, layer: &mut Layer, file: &Path) -> Result<()> {
        if !is_dynamic(file)? {
            return Ok(());
        }
        let output = self.run(&["--list".as_ref(), file.as_os_str()])?;
        for line in output.lines().filter_map(|line| line.split_once(" => ")) {
            let (name, rest) = (line.0.trim(), line.1);
            let found = PathBuf::from(rest.split(" (").next().unwrap_or(rest));
            if !found.is_absolute() || !found.starts_with(&self.root) {
                bail!("{} needs {name}, which no package holds", file.display());
            }
            if let Some(loader) = name.strip_prefix('/') {
                let path = if MERGED.iter().any(|merged| loader.starts_with(&format!("{merged}/"))) {
                    format!("usr/{loader}")
                } else {
                    loader.to_owned()
                };
                layer.program(&path, &self.loader);
            } else {
                layer.file(&format!("{}/{name}", self.inside(&self.libraries)), &found, 0o644);
            }
        }
        Ok(())
    }

    /// The libraries that glibc opens by itself when a name is looked up; no program names them.
    pub fn take_name_service(&self, layer: &mut Layer) -> Result<()> {
        for name in ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"] {
            self.take(layer, &self.library(name))?;
        }
        layer.text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
        Ok(())
    }

    /// BusyBox, and every one of its commands under its own name.
    pub fn take_busybox(&self, layer: &mut Layer) -> Result<()> {
        let binary = "usr/bin/busybox";
        self.take(layer, binary)?;
        let commands = self.run(&[self.root.join(binary).as_os_str(), "--list".as_ref()])?;
        for command in commands.split_whitespace() {
            let path = format!("usr/bin/{command}");
            if !layer.holds(&path) {
                layer.link(&path, "busybox");
            }
        }
        Ok(())
    }

    /// What this tree has beside its C library and no list of needed libraries leads to, such as the extensions of iptables.
    pub fn library(&self, name: &str) -> String {
        format!("{}/{name}", self.inside(&self.libraries))
    }

    fn inside(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Runs the tree's own loader, so that this machine's libraries play no part.
    fn run(&self, arguments: &[&std::ffi::OsStr]) -> Result<String> {
        let output = Command::new(&self.loader)
            .arg("--library-path")
            .arg(&self.libraries)
            .args(arguments)
            .output()
            .with_context(|| format!("could not run {}", self.loader.display()))?;
        if !output.status.success() {
            bail!(
                "{} ended with {}: {}",
                self.loader.display(),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Whether the file is a program or library that the loader understands.
fn is_dynamic(file: &Path) -> Result<bool> {
    use std::io::Read;
    let mut start = [0; 4];
    let read = fs::File::open(file).and_then(|mut file| file.read(&mut start));
    let read = read.with_context(|| format!("could not read {}", file.display()))?;
    Ok(read == start.len() && start == *b"\x7fELF")
}

fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o7777
}

fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
