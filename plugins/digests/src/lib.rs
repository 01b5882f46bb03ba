//! `kubectl lab digests`, to which `kubectl lab version --verify` is handed over: the dispatcher has nothing but the standard library, and
//! that has no SHA-256.
//!
//! It finds a file that is broken, left over or of another release. Against somebody who can write into the folder it is no help: the list
//! it compares with lies there too. That is what the signature of the archive is for.

mod args;
mod complete;
mod facts;
mod failure;
mod judge;
mod print;
mod sums;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::FromArgMatches as _;

use args::Args;
use failure::Failure;
use judge::Report;

/// The word with which the dispatcher asks a program for its version.
const VERSION: &str = "__version";

pub fn main() -> ExitCode {
    if let Some(answer) = answer() {
        // Nobody is left to be told when stdout is closed.
        let _ = io::stdout().write_all(answer.as_bytes());
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(exit) => exit,
        Err(failure) => {
            let _ = write!(io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

/// What a program wants to know, and no person.
fn answer() -> Option<String> {
    let mut words = std::env::args_os().skip(1);
    match words.next()?.to_str()? {
        VERSION => Some(format!("{}\n", env!("CARGO_PKG_VERSION"))),
        complete::WORD => {
            let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
            Some(complete::answer(&words))
        }
        _ => None,
    }
}

/// The command line, as the user types it.
pub fn command() -> clap::Command {
    args::command()
}

fn run() -> Result<ExitCode, Failure> {
    // Help comes as an error too, with code 0; wrong usage with 2.
    let args = Args::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    let report = Report::of(&facts::gather()?);
    match io::stdout().write_all(report.print(args.output).as_bytes()) {
        // A reader that has seen enough is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Failure::new("could not write the report", &error));
        }
        _ => {}
    }
    let _ = io::stderr().write_all(report.findings().as_bytes());
    Ok(report.exit())
}
