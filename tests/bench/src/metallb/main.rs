//! `cargo bench-metallb`: from a bare cluster to the first HTTP 200 from outside it, by `kubectl lab metallb install` and in the
//! documented way, by turns on the same cluster: how long it takes, and how many requests it costs the API server.

mod report;
mod turns;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use lab_bench::bare_ground::BareGround;
use lab_bench::build;
use lab_bench::way::Way;
use lab_cluster::say;
use lab_e2e::MetallbRelease;

/// Measure the way from a bare cluster to the first answer from outside, against the documented way in the same run
///
/// Exit codes: 0 goals met, 1 could not measure, 2 usage, 3 a goal is missed
#[derive(Parser)]
#[command(name = "bench-metallb", bin_name = "cargo bench-metallb")]
struct Args {
    /// How many pairs of runs
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Only this way, without a comparison
    #[arg(long, value_name = "WAY")]
    only: Option<Way>,
    /// Use the programs in this folder, for example an installed release, instead of building them
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Print the requests of the first run of each way
    #[arg(long)]
    requests: bool,
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
    let ways = args.only.map_or(vec![Way::Documented, Way::Verb], |way| vec![way]);
    let verbs = match &args.folder {
        Some(folder) => folder.clone(),
        None if ways.contains(&Way::Verb) => {
            build::programs(&["kubectl-lab", "kubectl-lab-metallb"]).map_err(|error| anyhow!(error))?
        }
        None => PathBuf::new(),
    };
    let ground = BareGround::prepare(MetallbRelease::Current, verbs)?;
    let taken = turns::take(&ground, &ways, usize::from(args.runs));
    ground.make_bare()?;
    if args.requests {
        taken.iter().for_each(|series| say::note(report::requests(series)));
    }
    say::data(report::text(&taken, ground.release));
    let failure = taken.iter().find_map(|series| series.failure.as_ref());
    match failure {
        Some(failure) => Err(anyhow!("{failure}")),
        None => Ok(report::goals_met(&taken)),
    }
}
