//! cargo-deny: which crates, licences and sources the project may use.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use lab_workspace::tool::Tool;

use super::runner::{self, Interrupt};
use crate::built;

/// The default features are for fetching advisories, and half of the work.
const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", flags: &["--no-default-features"] };

pub(super) fn check(interrupt: &Interrupt) -> Result<()> {
    let program = CARGO_DENY.ensure(|install| runner::run(install, interrupt))?;
    let mut command = alike(&built::cargo(), program);
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
