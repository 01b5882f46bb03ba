//! cargo-deny: which crates, licences and sources the project may use. Installed into the cache where it is missing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::runner::{self, Interrupt};
use crate::built;
use crate::cache::Cache;

const VERSION: &str = "0.20.2";

pub(super) fn check(interrupt: &Interrupt) -> Result<()> {
    let program = ensure(interrupt).context("could not install cargo-deny")?;
    let mut command = built::cargo();
    command = alike(&command, program);
    // Advisories need a database from elsewhere; the release workflow looks at them.
    command.args(["--workspace", "check", "bans", "licenses", "sources"]);
    runner::run(command, interrupt)
}

/// The same surroundings for another program.
fn alike(command: &Command, program: PathBuf) -> Command {
    let mut other = Command::new(program);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        other.current_dir(directory);
    }
    other
}

fn ensure(interrupt: &Interrupt) -> Result<PathBuf> {
    let cache = Cache::of_user()?;
    let name = format!("cargo-deny-{VERSION}");
    let root = cache.place("tools").join(&name);
    let program = root.join("bin/cargo-deny");
    // cargo puts the finished program there in one step.
    if !program.is_file() {
        let _lock = cache.lock(&name)?;
        let mut install = built::cargo();
        // The default features are for fetching advisories, and half of the work.
        install.args(["install", "--locked", "--no-default-features", "--version", VERSION, "--root"]);
        install.arg(&root).arg("cargo-deny");
        runner::run(install, interrupt)?;
    }
    Ok(program)
}
