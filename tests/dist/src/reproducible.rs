//! Whether a second build makes the same archive: of a copy of the sources, in another folder, from nothing.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::archive::{self, Effort, File};
use crate::platform::Target;
use crate::sources::Sources;
use crate::{compile, contents, sums};

/// `packed` is what the first build made. The second takes as long as a first build on a new machine.
pub fn verify(sources: &Sources, target: Target, packed: &[u8], time: u64) -> Result<()> {
    let folder = tempfile::tempdir().context("could not make a folder")?;
    // Longer than most, so that a path that is left in a program moves what comes after it.
    let root = folder.path().join("a-copy-of-the-sources-in-a-folder-of-another-name");
    sources.copy_to(&root)?;
    let copy = Sources::at(&root)?;
    let files = files(&copy, target)?;
    let again = archive::pack(&files, target.platform.format, time, Effort::Best)?;
    if again == packed {
        return Ok(());
    }
    bail!("a second build differs: {}", differing(&files, &self::files(sources, target)?).join(", "));
}

fn files(sources: &Sources, target: Target) -> Result<Vec<File>> {
    let programs: Vec<PathBuf> = compile::programs(sources, target.triple)?;
    contents::of(&sources.root, &programs)
}

fn differing(one: &[File], other: &[File]) -> Vec<String> {
    let line = |file: &File| format!("{} ({}…)", file.path, &sums::digest(&file.bytes)[..12]);
    let only = |one: &[File], other: &[File]| -> Vec<String> {
        one.iter().filter(|file| !other.contains(file)).map(line).collect()
    };
    [only(one, other), only(other, one)].concat()
}
