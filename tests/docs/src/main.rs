//! `cargo docs-generate` writes the pages of `docs/` that are made from the programs' own help.

use std::process::ExitCode;

use clap::Parser;
use lab_docs::pages;

/// Make documents from what the programs say of themselves
#[derive(Parser)]
#[command(name = "docs")]
enum Wish {
    /// Write the generated pages of docs/
    Generate,
}

fn main() -> ExitCode {
    let Wish::Generate = Wish::parse();
    match pages::write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to be told when stderr is closed.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("error: {error:#}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}
