//! The places of this machine, which the compiler must not write into the programs: they would differ from one checkout to another.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::sources::Sources;

/// What is found in place of the folders.
const SOURCES: &str = "/kubectl-lab";
const BUILT: &str = "/kubectl-lab/target";
const CRATES: &str = "/cargo";

/// Folders of this machine, each with the name that it goes by in the programs. Where one is in another, the inner one is last, for
/// rustc takes the last that fits.
pub fn folders(sources: &Sources) -> Result<[(PathBuf, &'static str); 3]> {
    Ok([(cargo_home()?, CRATES), (sources.root.clone(), SOURCES), (sources.target.clone(), BUILT)])
}

/// Flags for rustc, in the form that cargo takes from CARGO_ENCODED_RUSTFLAGS.
pub fn rustflags(sources: &Sources) -> Result<String> {
    let flags = folders(sources)?.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    Ok(flags.join("\u{1f}"))
}

/// Where cargo keeps the sources of other crates.
fn cargo_home() -> Result<PathBuf> {
    let told = env::var_os("CARGO_HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let usual = || env::home_dir().map(|home| home.join(".cargo"));
    told.or_else(usual).context("could not find cargo's home: neither CARGO_HOME nor HOME is set")
}
