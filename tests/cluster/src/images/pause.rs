//! The program of the pause image, compiled from C: Go's smallest would take a hundred times the memory in every pod.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache::{self, Cache};

const SOURCE: &str = include_str!("../../images/pause.c");

pub(super) fn compile(cache: &Cache) -> Result<PathBuf> {
    let name = format!("pause-{}", cache::short_hash(SOURCE));
    let place = cache.place("programs").join(&name);
    if place.is_file() {
        return Ok(place);
    }
    let _lock = cache.lock(&name)?;
    let bench = cache.workbench(&name)?;
    let (source, binary) = (bench.join("pause.c"), bench.join("pause"));
    fs::write(&source, SOURCE).with_context(|| format!("could not write {}", source.display()))?;
    let output = Command::new("gcc")
        .args(["-static", "-Os", "-s", "-Wall", "-o"])
        .args([&binary, &source])
        .output()
        .context("could not run gcc")?;
    if !output.status.success() {
        bail!("could not compile the pause program: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    cache::finish(&binary, &place)?;
    fs::remove_dir_all(&bench).with_context(|| format!("could not remove {}", bench.display()))?;
    Ok(place)
}
