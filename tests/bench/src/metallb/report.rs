//! The table, the ratios and the goals.

use std::time::Duration;

use lab_bench::stats::{Figures, middle};
use lab_bench::way::Way;
use lab_e2e::MetallbRelease;
use lab_faults::Seen;

use crate::turns::{Run, Series};

pub fn text(all: &[Series], release: MetallbRelease) -> String {
    let head = format!("MetalLB {}, from a bare cluster to the first 200 from outside\n", release.version());
    let columns = format!("{:WAY$} {:>5} {:>9} {:>9} {:>9}", "WAY", "RUNS", "MEDIAN", "MIN", "REQUESTS");
    let rows = all.iter().map(|series| format!("\n{}", row(series)));
    let goals = pair(all).map(|(peer, ours)| goals(&peer.runs, &ours.runs)).unwrap_or_default();
    format!("{head}\n{columns}{}{goals}", rows.collect::<String>())
}

pub fn goals_met(all: &[Series]) -> bool {
    pair(all).is_none_or(|(peer, ours)| Comparison::of(&peer.runs, &ours.runs).is_good())
}

/// Every request of the first run, as the API server saw it, and when.
pub fn requests(series: &Series) -> String {
    let start = series.first.first().map(|seen| seen.at);
    let after = |seen: &Seen| start.and_then(|start| seen.at.duration_since(start).ok()).unwrap_or_default();
    let lines = series.first.iter().map(|seen| format!("\n{:>8.2} s  {seen}", after(seen).as_secs_f64()));
    format!("{}:{}", series.way.title(), lines.collect::<String>())
}

const WAY: usize = 28;

fn row(series: &Series) -> String {
    let title = series.way.title();
    if series.runs.is_empty() {
        return format!("{title:WAY$} {:>5} {:>9} {:>9} {:>9}", 0, "-", "-", "-");
    }
    let times = Figures::of(series.runs.iter().map(|run| run.time).collect());
    let requests = middle(series.runs.iter().map(|run| run.requests as f64).collect());
    let runs = series.runs.len();
    format!("{title:WAY$} {runs:>5} {:>9} {:>9} {requests:>9.0}", seconds(times.median), seconds(times.min))
}

/// The documented way and ours, where both have been run.
fn pair(all: &[Series]) -> Option<(&Series, &Series)> {
    let of = |way: Way| all.iter().find(|series| series.way == way && !series.runs.is_empty());
    Some((of(Way::Documented)?, of(Way::Verb)?))
}

/// Ours in relation to the peer's: the medians of the pairs' ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Comparison {
    time: f64,
    requests: f64,
}

impl Comparison {
    fn of(peer: &[Run], ours: &[Run]) -> Comparison {
        let median = |ratio: fn(&Run, &Run) -> f64| {
            middle(peer.iter().zip(ours).map(|(peer, ours)| ratio(ours, peer)).collect())
        };
        Comparison {
            time: median(|ours, peer| ours.time.as_secs_f64() / peer.time.as_secs_f64()),
            requests: median(|ours, peer| ours.requests as f64 / peer.requests as f64),
        }
    }

    /// Two runs of the same differ by a few hundredths; a twentieth is a difference.
    fn is_not_slower(self) -> bool {
        self.time <= 1.05
    }

    fn has_fewer_requests(self) -> bool {
        self.requests < 1.0
    }

    fn is_good(self) -> bool {
        self.is_not_slower() && self.has_fewer_requests()
    }
}

fn goals(peer: &[Run], ours: &[Run]) -> String {
    let comparison = Comparison::of(peer, ours);
    let word = |is_met| if is_met { "met" } else { "MISSED" };
    format!(
        "\n\ngoal {}: {} is not slower (its time is {:.2} of the documented way's, median of the pairs)\n\
         goal {}: it needs fewer requests ({:.2} of the documented way's)",
        word(comparison.is_not_slower()),
        Way::Verb.title(),
        comparison.time,
        word(comparison.has_fewer_requests()),
        comparison.requests,
    )
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(figures: &[(u64, usize)]) -> Vec<Run> {
        figures.iter().map(|(time, requests)| Run { time: Duration::from_secs(*time), requests: *requests }).collect()
    }

    fn series(way: Way, figures: &[(u64, usize)]) -> Series {
        Series { way, runs: runs(figures), first: Vec::new(), failure: None }
    }

    #[test]
    fn goals_are_judged_pair_by_pair() {
        // The second pair met a slow moment of the machine.
        let (peer, ours) = (runs(&[(10, 100), (40, 100), (10, 100)]), runs(&[(10, 90), (41, 101), (9, 90)]));
        let comparison = Comparison::of(&peer, &ours);
        assert_eq!((comparison.time, comparison.requests), (1.0, 0.9));
        assert!(comparison.is_good());
        assert!(!Comparison::of(&ours, &peer).is_good());
        let text = goals(&ours, &peer);
        assert!(text.contains("goal MISSED: it needs fewer requests (1.11 of the documented way's)"), "{text}");
    }

    #[test]
    fn one_way_alone_has_no_goal() {
        let alone = [series(Way::Documented, &[(10, 100)]), series(Way::Verb, &[])];
        let text = text(&alone, MetallbRelease::Current);
        assert!(text.contains("kubectl apply, wait, retry       1   10.00 s   10.00 s       100"), "{text}");
        assert!(!text.contains("goal"), "{text}");
        assert!(goals_met(&alone));
    }
}
