//! PATH, read as kubectl reads it: in order, absolute folders only, and files that are not executable do not count.

use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

use crate::siblings;
use crate::siblings::Kind;

/// The folders of PATH. Relative ones are left out: neither kubectl nor we run what happens to lie where the user stands.
pub fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut seen = HashSet::new();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute() && seen.insert(folder.clone())).collect()
}

/// The file that kubectl would run for this name.
pub fn first(folders: &[PathBuf], file_name: &str) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(file_name)).find(|path| runs(path))
}

/// Every runnable file of kubectl lab on PATH, in PATH's order; inside a folder by name.
pub fn files_of_lab(folders: &[PathBuf], own_name: &str) -> Vec<PathBuf> {
    folders.iter().flat_map(|folder| files_in(folder, own_name)).collect()
}

fn files_in(folder: &Path, own_name: &str) -> Vec<PathBuf> {
    // A folder on PATH that is not there or may not be read is everyday; kubectl passes over it as well.
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let is_dispatcher = path.file_name().is_some_and(|name| name == own_name);
            (is_dispatcher || siblings::named(path).is_some_and(|one| one.is_usable())) && runs(path)
        })
        .collect();
    files.sort();
    files
}

fn runs(path: &Path) -> bool {
    matches!(siblings::kind_of(path), Some(Kind::Program | Kind::Script))
}
