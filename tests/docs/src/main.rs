//! `cargo docs-generate` writes the pages of `docs/` that are made from the programs' own help; `cargo docs-release FOLDER` writes what
//! goes into a release beside the programs: man pages, and completion for shells.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use lab_docs::{pages, release};

/// Make documents from what the programs say of themselves
#[derive(Parser)]
#[command(name = "docs")]
enum Wish {
    /// Write the generated pages of docs/
    Generate,
    /// Write man pages and completion files into a folder, for a release
    Release {
        /// It is made where there is none
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Wish::parse() {
        Wish::Generate => pages::write(),
        Wish::Release { folder } => release::write(&folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told when stderr is closed.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("error: {error:#}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}
