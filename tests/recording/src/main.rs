//! `cargo docs-record`: the session that the README shows, recorded anew and drawn.

mod stage;
mod typist;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use lab_cluster::say;
use lab_recording::session::ACTS;
use lab_recording::{Recording, files, svg};
use typist::Typist;

/// Record the session that the README shows on a real cluster, and draw it
///
/// It brings up a cluster of its own, types the commands in a terminal, and takes the cluster down again.
#[derive(Parser)]
#[command(name = "docs-record", bin_name = "cargo docs-record")]
struct Args {
    /// Only draw the recording that is there
    #[arg(long)]
    draw: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let recorded = if args.draw { Ok(()) } else { record() };
    match recorded.and_then(|()| draw()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn record() -> Result<()> {
    let recording = stage::on_stage(|stage| {
        let mut typist = Typist::start(&stage.shell()?)?;
        ACTS.iter().try_for_each(|act| typist.play(act))?;
        typist.leave()
    })?;
    write(&files::recording(), &recording.text()?)
}

fn draw() -> Result<()> {
    let path = files::recording();
    let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    write(&files::picture(), &svg::draw(&Recording::read(&text)?)?)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("could not write {}", path.display()))?;
    say::note(format!("{}: {} KB", path.display(), text.len().div_ceil(1_000)));
    Ok(())
}
