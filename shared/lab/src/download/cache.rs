//! Released files that were downloaded before. Each is kept under its name and its digest, so that a file that was
//! changed or broken since is not taken for the one that was downloaded.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::{env, process};

use super::sha256;
use crate::manifest::LARGEST;

/// A folder of the user's; without one, nothing is kept.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// `$XDG_CACHE_HOME/kubectl-lab/NAME`, or what stands for it.
    pub fn of_user(name: &str) -> Cache {
        let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = if cfg!(windows) {
            absolute("LOCALAPPDATA")
        } else {
            absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        };
        Cache { folder: base.map(|base| base.join("kubectl-lab").join(name)) }
    }

    pub fn at(folder: impl Into<PathBuf>) -> Cache {
        Cache { folder: Some(folder.into()) }
    }

    /// The file of this name and digest. Where no digest is known, the only one of this name: of several, none is
    /// known to be the right one.
    pub fn find(&self, name: &str, digest: Option<&str>) -> Option<Vec<u8>> {
        let folder = self.folder.as_deref()?;
        let Some(digest) = digest else {
            let mut kept = kept_as(folder, name);
            let only = kept.next()?;
            return kept.next().is_none().then_some(only);
        };
        unchanged(&folder.join(place(name, digest)), digest)
    }

    /// Keeps the file in one piece, whoever else does so at the same time. A cache that cannot be written only costs
    /// the next download.
    pub fn keep(&self, name: &str, bytes: &[u8]) {
        if let Some(folder) = &self.folder {
            let _ = write(folder, &place(name, &sha256(bytes)), bytes);
        }
    }
}

fn place(name: &str, digest: &str) -> String {
    format!("{name}.{digest}")
}

/// All files of this name that are as they were downloaded.
fn kept_as(folder: &Path, name: &str) -> impl Iterator<Item = Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let file = entry.file_name();
        let digest = file.to_str()?.strip_prefix(name)?.strip_prefix('.')?;
        unchanged(&entry.path(), digest)
    })
}

fn unchanged(file: &Path, digest: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    (sha256(&bytes) == digest).then_some(bytes)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{}.{}", process::id(), name));
    fs::write(&draft, bytes).and_then(|()| fs::rename(&draft, folder.join(name))).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "metallb-native-v0.16.2.yaml";

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("kubectl-lab/metallb"));
        (folder, cache)
    }

    fn files(folder: &tempfile::TempDir) -> Vec<PathBuf> {
        let entries = folder.path().join("kubectl-lab/metallb").read_dir().unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn what_was_kept_is_found_with_and_without_its_digest() {
        let (folder, cache) = cache();
        assert_eq!(cache.find(NAME, None), None);
        cache.keep(NAME, b"kind: A");
        cache.keep(NAME, b"kind: A");
        assert_eq!(cache.find(NAME, Some(&sha256(b"kind: A"))).unwrap(), b"kind: A");
        assert_eq!(cache.find(NAME, None).unwrap(), b"kind: A");
        assert_eq!(cache.find(NAME, Some(&sha256(b"kind: B"))), None);
        assert_eq!(cache.find("metallb-native-v0.16.yaml", None), None);
        assert_eq!(files(&folder).len(), 1, "no draft is left behind");
    }

    #[test]
    fn a_file_that_was_changed_since_is_ignored() {
        let (folder, cache) = cache();
        cache.keep(NAME, b"kind: A");
        fs::write(&files(&folder)[0], "kind: Evil").unwrap();
        assert_eq!(cache.find(NAME, Some(&sha256(b"kind: A"))), None);
        assert_eq!(cache.find(NAME, None), None);
    }

    #[test]
    fn of_two_files_of_one_name_neither_is_taken_unless_its_digest_is_known() {
        let (_folder, cache) = cache();
        cache.keep(NAME, b"kind: A");
        cache.keep(NAME, b"kind: B");
        assert_eq!(cache.find(NAME, None), None);
        assert_eq!(cache.find(NAME, Some(&sha256(b"kind: B"))).unwrap(), b"kind: B");
    }

    #[test]
    fn a_folder_that_cannot_be_made_keeps_nothing() {
        let cache = Cache::at("/dev/null/cache");
        cache.keep(NAME, b"kind: A");
        assert_eq!(cache.find(NAME, None), None);
        Cache { folder: None }.keep(NAME, b"kind: A");
    }
}
