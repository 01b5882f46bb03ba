//! `cargo bench-probe`: many answers of a Service, by `kubectl lab probe`, by a pod for each with `kubectl run`, and by a loop with
//! `kubectl exec`, in the same cluster: how long each takes, what it costs the API server, and how much of the output is lost.

mod ground;
mod report;
mod way;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow};
use clap::Parser;
use ground::Ground;
use lab_bench::build;
use lab_cluster::say;
use report::Measured;
use way::Way;

/// Get many answers of a Service in several ways, and compare time, requests, pods and lost output
///
/// Exit codes: 0 goals met, 1 could not measure, 2 usage, 3 a goal is missed
#[derive(Parser)]
#[command(name = "bench-probe", bin_name = "cargo bench-probe")]
struct Args {
    /// How many answers in each way
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    answers: u16,
    /// Only this way, without a comparison
    #[arg(long, value_name = "WAY")]
    only: Option<Way>,
    /// On this cluster, which has to be up, instead of the one that tests share
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Use the programs in this folder, for example an installed release, instead of building them
    #[arg(long)]
    folder: Option<PathBuf>,
}

fn main() -> ExitCode {
    match measure(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn measure(args: &Args) -> Result<bool> {
    let verbs = match &args.folder {
        Some(folder) => folder.clone(),
        None => build::programs(&["kubectl-lab", "kubectl-lab-probe"]).map_err(|error| anyhow!(error))?,
    };
    let ground = Ground::prepare(args.cluster.as_deref(), verbs)?;
    let ways = args.only.map_or(Way::ALL.to_vec(), |way| vec![way]);
    let mut all = Vec::new();
    for way in ways {
        ground.forget_requests();
        let start = Instant::now();
        let got = way.take(&ground, args.answers)?;
        let measured = Measured { way, took: start.elapsed(), asked: args.answers, got };
        say::note(report::row(&measured));
        all.push(measured);
    }
    ground.clear()?;
    say::data(report::text(&all));
    Ok(report::goals_met(&all))
}
