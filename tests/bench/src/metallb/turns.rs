//! The runs, by turns.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use lab_bench::bare_ground::BareGround;
use lab_bench::way::Way;
use lab_cluster::say;
use lab_faults::Seen;

const LIMIT: Duration = Duration::from_secs(240);

/// The runs of one way, in order.
pub struct Series {
    pub way: Way,
    pub runs: Vec<Run>,
    /// The requests of its first run.
    pub first: Vec<Seen>,
    /// What ended it.
    pub failure: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub time: Duration,
    pub requests: usize,
}

/// A way that fails once is left out from then on; the others go on.
pub fn take(ground: &BareGround, ways: &[Way], runs: usize) -> Vec<Series> {
    let series = |way: &Way| Series { way: *way, runs: Vec::new(), first: Vec::new(), failure: None };
    let mut all: Vec<Series> = ways.iter().map(series).collect();
    // Not counted: the nodes pull the images.
    say::note("warming up");
    if let Err(error) = once(ground, Way::Documented) {
        say::note(format!("the warm-up failed: {error:#}"));
    }
    for turn in 0..runs {
        // Who begins changes from pair to pair.
        let mut order: Vec<usize> = (0..all.len()).collect();
        if turn % 2 == 1 {
            order.reverse();
        }
        for place in order {
            let one = &mut all[place];
            if one.failure.is_none() {
                take_turn(ground, one, turn + 1);
            }
        }
    }
    all
}

fn take_turn(ground: &BareGround, series: &mut Series, number: usize) {
    match once(ground, series.way) {
        Ok((run, requests)) => {
            say::note(format!(
                "{number} {}: {:.1} s, {} requests",
                series.way.title(),
                run.time.as_secs_f64(),
                run.requests
            ));
            series.runs.push(run);
            if series.first.is_empty() {
                series.first = requests;
            }
        }
        Err(error) => {
            let failure = format!("could not measure {}: {error:#}", series.way.title());
            say::note(&failure);
            series.failure = Some(failure);
        }
    }
}

fn once(ground: &BareGround, way: Way) -> Result<(Run, Vec<Seen>)> {
    ground.make_bare()?;
    ground.start_workload()?;
    let ready = way.ready(ground)?;
    ground.forget_requests();
    let start = Instant::now();
    ready.install()?;
    ground.reach(start + LIMIT).context("it says that it succeeded")?;
    let time = start.elapsed();
    let requests = ground.requests();
    Ok((Run { time, requests: requests.len() }, requests))
}
