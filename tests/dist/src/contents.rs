//! What is in an archive: every program, and the files that go with them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::archive::File;
use crate::sums;

/// The digests of all other files, in the form of sha256sum: what `kubectl lab version --verify` compares with.
pub const SUMS: &str = "SHA256SUMS";

/// Makes some of the further files; it is told where the sources are.
type Maker = fn(&Path) -> Result<Vec<File>>;

/// Who has something to put beside the programs joins here.
const FURTHER: &[Maker] = &[licence, documents];

/// Everything that belongs into an archive beside these programs, and the programs.
pub fn of(root: &Path, programs: &[PathBuf]) -> Result<Vec<File>> {
    let mut files = programs.iter().map(|program| executable(program)).collect::<Result<Vec<_>>>()?;
    for make in FURTHER {
        files.extend(make(root)?);
    }
    files.push(File::text(SUMS, sums::text(files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())))));
    Ok(files)
}

fn executable(program: &Path) -> Result<File> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(File { path: name, bytes: read(program)?, executable: true })
}

fn licence(root: &Path) -> Result<Vec<File>> {
    Ok(vec![File { path: "LICENSE".to_owned(), bytes: read(&root.join("LICENSE"))?, executable: false }])
}

/// Man pages, and what a shell or kubectl needs to offer something when TAB is pressed.
fn documents(_root: &Path) -> Result<Vec<File>> {
    let files = lab_docs::release::files()?.into_iter();
    Ok(files
        .map(|file| File { path: file.path, bytes: file.text.into_bytes(), executable: file.is_executable })
        .collect())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}
