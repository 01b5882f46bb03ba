//! `cargo interruptions`: the whole matrix, on clusters of its own.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use lab_cluster::say;
use lab_interruptions::{Clusters, Extent, Scenario, Tally, report, run};

/// Interrupt every verb at every request it makes, and see that a rerun completes it and undo takes it back
#[derive(Parser)]
#[command(name = "interruptions", bin_name = "cargo interruptions")]
struct Args {
    /// How many light clusters to work on side by side
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u8).range(1..=20))]
    clusters: u8,
    /// Only this scenario, such as metrics-fix or undo-metrics-fix; may be given several times
    #[arg(long, value_name = "NAME", value_parser = scenario)]
    scenario: Vec<Scenario>,
    /// Only cases that say this, such as "killed after write 26"
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    only: String,
    /// Only the few cases that `cargo ci` tries
    #[arg(long)]
    sample: bool,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    let names = || Scenario::all().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Scenario::named(name).ok_or_else(|| format!("the scenarios are {}", names()))
}

fn main() -> ExitCode {
    match matrix(Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say::failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn matrix(args: Args) -> Result<bool> {
    let start = Instant::now();
    let mut scenarios = if args.scenario.is_empty() { Scenario::all() } else { args.scenario };
    let extent = if args.sample { Extent::Sample } else { Extent::All };
    scenarios.retain(|scenario| extent == Extent::All || scenario.in_sample() > 0);
    let clusters = Clusters::up(args.clusters, extent)?;
    let tallies = run(&scenarios, extent, &args.only, clusters.workers()?)?;
    say::data(report::text(&tallies, args.clusters, start.elapsed()));
    Ok(tallies.len() == scenarios.len() && tallies.iter().all(Tally::is_well))
}
