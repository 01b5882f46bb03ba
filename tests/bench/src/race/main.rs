//! `cargo metallb-race`: fresh installs in a row, each on a bare cluster: how many fail, and how often the first try met a webhook that was
//! not up. The tries are counted by what the API server answered, not by what the commands say.

mod tries;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use clap::Parser;
use lab_bench::bare_ground::BareGround;
use lab_bench::build;
use lab_bench::way::Way;
use lab_cluster::say;
use lab_e2e::MetallbRelease;
use tries::Tries;

/// Install MetalLB afresh again and again, and count how the race with its webhook ends
///
/// Exit codes: 0 no install failed, 1 could not measure, 2 usage, 3 an install failed
#[derive(Parser)]
#[command(name = "metallb-race", bin_name = "cargo metallb-race")]
struct Args {
    /// How many installs
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    times: u16,
    /// In which way
    #[arg(long, value_name = "WAY", default_value = "verb")]
    way: Way,
    /// MetalLB 0.13 in place of the current one
    #[arg(long)]
    old: bool,
    /// Use the programs in this folder, for example an installed release, instead of building them
    #[arg(long)]
    folder: Option<PathBuf>,
}

struct Round {
    took: Duration,
    failure: Option<String>,
    tries: Tries,
}

fn main() -> ExitCode {
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
    let verbs = match &args.folder {
        Some(folder) => folder.clone(),
        None if args.way == Way::Verb => {
            build::programs(&["kubectl-lab", "kubectl-lab-metallb"]).map_err(|error| anyhow!(error))?
        }
        None => PathBuf::new(),
    };
    let release = if args.old { MetallbRelease::Old } else { MetallbRelease::Current };
    let ground = BareGround::prepare(release, verbs)?;
    say::data(format!("MetalLB {}: {}", release.version(), args.way.title()));
    say::data(format!("{:>5}  {:<7} {:>9}  {:>7}  {:>7}", "ROUND", "RESULT", "FIRST TRY", "REFUSED", "TOOK"));
    let mut rounds = Vec::new();
    for number in 1..=args.times {
        let round = round(&ground, args.way)?;
        say::data(line(number, &round));
        rounds.push(round);
    }
    ground.make_bare()?;
    say::data(format!("\n{}", summary(&rounds)));
    Ok(rounds.iter().all(|round| round.failure.is_none()))
}

fn round(ground: &BareGround, way: Way) -> Result<Round> {
    ground.make_bare()?;
    let ready = way.ready(ground)?;
    ground.forget_requests();
    let start = Instant::now();
    let result = ready.install();
    let took = start.elapsed();
    Ok(Round { took, failure: result.err().map(|error| format!("{error:#}")), tries: Tries::among(&ground.requests()) })
}

fn line(number: u16, round: &Round) -> String {
    let result = if round.failure.is_none() { "ok" } else { "FAILED" };
    let first = round.tries.first.map_or("-".to_owned(), |status| status.to_string());
    let why = round.failure.as_ref().map(|why| format!("  {why}")).unwrap_or_default();
    let took = format!("{:.1} s", round.took.as_secs_f64());
    format!("{number:>5}  {result:<7} {first:>9}  {:>7}  {took:>7}{why}", round.tries.refused)
}

fn summary(rounds: &[Round]) -> String {
    let failed = rounds.iter().filter(|round| round.failure.is_some()).count();
    let met = rounds.iter().filter(|round| round.tries.met_a_webhook_that_was_not_up()).count();
    let refused: usize = rounds.iter().map(|round| round.tries.refused).sum();
    format!(
        "{} fresh installs: {failed} failed; the first try met a webhook that was not up {met} times ({refused} tries in vain in all)",
        rounds.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(failure: Option<&str>, first: Option<u16>, refused: usize) -> Round {
        Round { took: Duration::from_secs(14), failure: failure.map(str::to_owned), tries: Tries { first, refused } }
    }

    #[test]
    fn failures_and_first_tries_are_counted_apart() {
        let rounds =
            [round(None, Some(500), 12), round(Some("exit status: 1"), Some(500), 1), round(None, Some(201), 0)];
        assert_eq!(
            summary(&rounds),
            "3 fresh installs: 1 failed; the first try met a webhook that was not up 2 times (13 tries in vain in all)"
        );
        assert_eq!(line(2, &rounds[1]), "    2  FAILED        500        1   14.0 s  exit status: 1");
        assert_eq!(line(3, &round(None, None, 0)), "    3  ok              -        0   14.0 s");
    }
}
