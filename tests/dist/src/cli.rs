//! `cargo dist-archive` and `cargo dist-release`: one file for each command.

mod archive;
mod release;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// What users get: archives of kubectl lab, and what describes them
#[derive(Parser)]
#[command(name = "dist", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Archive(archive::Archive),
    Release(release::Release),
}

impl Cli {
    pub fn run(self) -> Result<()> {
        match self.command {
            Command::Archive(archive) => archive.run(),
            Command::Release(release) => release.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
