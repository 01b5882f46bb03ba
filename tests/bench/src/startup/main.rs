//! `cargo bench-startup`: how long `kubectl-lab --help` and `kubectl-lab-metrics_fix --help` take, from the start of the
//! process to its end, against `kubectl version --client` in the same run; and how long they take with what TAB offers.
//!
//! Machines differ and are busy, so only the ratio means much: the programs take turns (A B C A B C …), and whatever
//! slows the machine down slows down all of them.

mod args;
mod cluster;
mod programs;
mod report;
mod turns;

use std::io::Write;
use std::process::ExitCode;

use lab_bench::build;

use crate::args::Args;
use crate::args::Wish;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let (text, code) = match args::parse(&words) {
        Ok(Wish::Help) => (args::HELP.to_owned(), 0),
        Ok(Wish::Measure(args)) => match measure(&args) {
            Ok((report, goals_met)) => (report, if goals_met { 0 } else { 3 }),
            Err(problem) => return fail(&problem, 1),
        },
        Err(problem) => return fail(&problem, 2),
    };
    // A reader that leaves early (`| head`) is no error.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    ExitCode::from(code)
}

/// The report, and whether all goals are met.
fn measure(args: &Args) -> Result<(String, bool), String> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => build::programs(&["kubectl-lab", "kubectl-lab-metrics-fix", "kubectl-lab-probe"])?,
    };
    let cache = build::empty_cache()?;
    let kubeconfig = cluster::start(&cache)?;
    let programs = programs::all(args, &folder, &cache, &kubeconfig)?;
    let figures = turns::take(&programs, args.runs)?;
    Ok((report::print(&programs, &figures, args.runs), report::goals_met(&programs, &figures)))
}

fn fail(problem: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "error: {problem}");
    ExitCode::from(code)
}
