//! `cargo dist-archive` and `cargo dist-release`.

use std::process::ExitCode;

use clap::Parser;
use lab_dist::cli::Cli;
use lab_workspace::say;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}
