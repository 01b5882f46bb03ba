//! `cargo bench-traffic`: one look at the traffic of all pods of a large cluster, against `kubectl get pods -A` and against
//! `kubectl get --raw …/stats/summary` of each of its nodes, in the same run: how long each takes, and how much memory.
//!
//! The API server is real. Its nodes and pods are objects that kwok keeps alive, and behind each node stands a stub of the kubelet's page,
//! which answers from memory: what is measured is the way there, and what is made of the answers.

mod ground;
mod kubelet;
mod measure;
mod page;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use ground::Ground;
use lab_bench::build;
use lab_cluster::say;
use measure::{Measured, Way, once};

/// Look at the traffic of all pods of a large cluster, and compare time and memory with what kubectl takes
///
/// Exit codes: 0 goals met, 1 could not measure, 2 usage, 3 a goal is missed
#[derive(Parser)]
#[command(name = "bench-traffic", bin_name = "cargo bench-traffic")]
struct Args {
    /// How many nodes
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=2000))]
    nodes: u16,
    /// How many pods, evenly spread
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pods: u32,
    /// How often each way is taken, by turns
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Use the programs in this folder, for example an installed release, instead of building them
    #[arg(long)]
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    if let Some(words) = measure::of_another_process() {
        return measure::tell(&words);
    }
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<bool> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => build::programs(&["kubectl-lab-traffic"]).map_err(|error| anyhow!(error))?,
    };
    let ground = Ground::prepare(args.nodes, args.pods, folder)?;
    let mut all: Vec<Measured> = Vec::new();
    for _ in 0..args.runs {
        for way in Way::ALL {
            let measured = once(way, &ground)?;
            say::note(report::row(&measured));
            all.push(measured);
        }
    }
    say::data(report::text(&all, args.nodes, args.pods));
    Ok(report::goals_met(&all))
}
