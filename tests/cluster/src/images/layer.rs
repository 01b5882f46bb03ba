//! What an image contains: paths inside it and where their content comes from, written as a tar whose bytes depend on nothing else.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tar::{Builder, EntryType, Header};

#[derive(Clone, PartialEq, Debug)]
enum Entry {
    Directory {
        mode: u32,
    },
    Text {
        mode: u32,
        text: String,
    },
    /// A file on this machine, at a place whose name changes with its content.
    File {
        mode: u32,
        source: PathBuf,
    },
    Link {
        target: String,
    },
}

/// Paths have no leading slash. The same path given twice has the content given last.
#[derive(Clone, Default, Debug)]
pub(super) struct Layer {
    entries: BTreeMap<String, Entry>,
}

impl Layer {
    pub fn directory(&mut self, path: &str, mode: u32) {
        self.entries.insert(path.to_owned(), Entry::Directory { mode });
    }

    pub fn text(&mut self, path: &str, text: impl Into<String>) {
        self.entries.insert(path.to_owned(), Entry::Text { mode: 0o644, text: text.into() });
    }

    pub fn program(&mut self, path: &str, source: &Path) {
        self.file(path, source, 0o755);
    }

    pub fn file(&mut self, path: &str, source: &Path, mode: u32) {
        self.entries.insert(path.to_owned(), Entry::File { mode, source: source.to_owned() });
    }

    pub fn link(&mut self, path: &str, target: &str) {
        self.entries.insert(path.to_owned(), Entry::Link { target: target.to_owned() });
    }

    pub fn holds(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// A text that changes with the content of this layer.
    pub fn description(&self) -> String {
        format!("{:?}", self.entries)
    }

    /// Writes the tar: sorted, owned by root, from the year 1970.
    pub fn write(&self, out: impl Write) -> Result<()> {
        let mut archive = Builder::new(out);
        for (path, entry) in self.with_parents() {
            append(&mut archive, &path, &entry).with_context(|| format!("could not pack {path}"))?;
        }
        archive.finish().context("could not finish the layer")
    }

    fn with_parents(&self) -> BTreeMap<String, Entry> {
        let mut all = self.entries.clone();
        for path in self.entries.keys() {
            for parent in Path::new(path).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
                all.entry(parent.to_string_lossy().into_owned()).or_insert(Entry::Directory { mode: 0o755 });
            }
        }
        all
    }
}

fn append(archive: &mut Builder<impl Write>, path: &str, entry: &Entry) -> Result<()> {
    let mut header = Header::new_gnu();
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    match entry {
        Entry::Directory { mode } => {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(*mode);
            archive.append_data(&mut header, format!("{path}/"), std::io::empty())?;
        }
        Entry::Text { mode, text } => {
            header.set_mode(*mode);
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, path, text.as_bytes())?;
        }
        Entry::File { mode, source } => {
            let file = File::open(source).with_context(|| format!("could not open {}", source.display()))?;
            header.set_mode(*mode);
            header.set_size(file.metadata()?.len());
            archive.append_data(&mut header, path, file)?;
        }
        Entry::Link { target } => {
            header.set_entry_type(EntryType::Symlink);
            header.set_mode(0o777);
            archive.append_link(&mut header, path, target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(reverse: bool) -> Vec<u8> {
        let mut steps: [fn(&mut Layer); 3] = [
            |layer| layer.text("etc/passwd", "root:x:0:0::/:\n"),
            |layer| layer.directory("tmp", 0o1777),
            |layer| layer.link("bin", "usr/bin"),
        ];
        if reverse {
            steps.reverse();
        }
        let mut layer = Layer::default();
        for step in steps {
            step(&mut layer);
        }
        let mut bytes = Vec::new();
        layer.write(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn bytes_do_not_depend_on_order_or_time() {
        assert_eq!(sample(false), sample(true));
    }

    #[test]
    fn parents_come_before_what_they_hold() {
        let bytes = sample(false);
        let mut archive = tar::Archive::new(bytes.as_slice());
        let paths: Vec<_> =
            archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
        assert_eq!(paths, ["bin", "etc/", "etc/passwd", "tmp/"]);
    }
}
