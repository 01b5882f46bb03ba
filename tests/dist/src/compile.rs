//! Builds the programs as users get them: small, stripped, and each with the list of what it was made of inside.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use lab_workspace::built;
use lab_workspace::tool::Tool;

use crate::remap;
use crate::sources::{Sources, is_for_users};

/// Puts the list of crates into every program, where scanners look for it.
const CARGO_AUDITABLE: Tool = Tool { name: "cargo-auditable", version: "0.7.7", flags: &[] };

/// The programs, for one target, by cargo's own word.
pub fn programs(sources: &Sources, triple: &str) -> Result<Vec<PathBuf>> {
    let auditable = CARGO_AUDITABLE.ensure(run)?;
    let mut cargo = sources.cargo();
    cargo.env("PATH", with(auditable.parent().unwrap_or(Path::new("")))?);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remap::rustflags(sources)?).env("CARGO_INCREMENTAL", "0");
    cargo.args(["auditable", "build", "--locked", "--profile", "dist", "--bins", "--target", triple]);
    for package in &sources.packages {
        cargo.args(["--package", &package.name]);
    }
    // It takes minutes, so its talk is shown wherever it goes.
    cargo.stderr(Stdio::inherit());
    let built = built::executables(cargo).with_context(|| format!("could not build for {triple}"))?;
    Ok(built.into_iter().filter(|program| is_for_users(program)).collect())
}

/// Runs a command that installs a tool to its end.
pub fn run(mut command: Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().context("could not run cargo")?;
    if !status.success() {
        bail!("cargo ended with {status}");
    }
    Ok(())
}

/// PATH with one more folder before it.
fn with(folder: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&path));
    env::join_paths(folders).context("could not put together a PATH")
}
