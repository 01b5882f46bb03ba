//! `cargo cluster`.

use std::process::ExitCode;

use clap::Parser;
use lab_cluster::cli::Cli;
use lab_cluster::say;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}
