//! What came of the cases, counted and told.

use std::fmt::Write as _;
use std::time::Duration;

use crate::case::Case;
use crate::scenario::Scenario;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// The run made fewer requests than the undisturbed one.
    NotReached,
    /// Why, with all that was said and what differs.
    Failed(String),
}

/// The cases of one scenario.
#[derive(Clone, Debug)]
pub struct Tally {
    pub scenario: Scenario,
    pub requests: usize,
    pub writes: usize,
    pub passed: usize,
    pub not_reached: usize,
    /// Each with its case.
    pub failures: Vec<String>,
    /// Of all its cases, one after the other.
    pub took: Duration,
}

impl Tally {
    pub fn new(scenario: Scenario, requests: usize, writes: usize) -> Tally {
        let took = Duration::ZERO;
        Tally { scenario, requests, writes, passed: 0, not_reached: 0, failures: Vec::new(), took }
    }

    /// Those that came about.
    pub fn cases(&self) -> usize {
        self.passed + self.failures.len()
    }

    pub fn count(&mut self, case: &Case, verdict: Verdict, took: Duration) {
        self.took += took;
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::NotReached => self.not_reached += 1,
            Verdict::Failed(why) => self.failures.push(format!("{case}\n{why}")),
        }
    }

    pub fn is_well(&self) -> bool {
        self.failures.is_empty() && self.passed > 0
    }
}

/// The whole as a table, after the failures.
pub fn text(tallies: &[Tally], clusters: u8, took: Duration) -> String {
    let mut text = String::new();
    for failure in tallies.iter().flat_map(|tally| &tally.failures) {
        let _ = writeln!(text, "FAILED {failure}");
    }
    let head = ("scenario", "requests", "writes", "cases", "passed", "failed", "not reached", "time");
    let _ = writeln!(
        text,
        "{:<26}{:>9}{:>8}{:>7}{:>8}{:>8}{:>13}{:>8}",
        head.0, head.1, head.2, head.3, head.4, head.5, head.6, head.7
    );
    for one in tallies {
        let (cases, failed, seconds) = (one.cases(), one.failures.len(), one.took.as_secs());
        let Tally { scenario, requests, writes, passed, not_reached, .. } = one;
        let line = format!(
            "{scenario:<26}{requests:>9}{writes:>8}{cases:>7}{passed:>8}{failed:>8}{not_reached:>13}{seconds:>7}s"
        );
        let _ = writeln!(text, "{line}");
    }
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (cases, passed, failed) = (sum(Tally::cases), sum(|one| one.passed), sum(|one| one.failures.len()));
    let (minutes, seconds) = (took.as_secs() / 60, took.as_secs() % 60);
    let _ = write!(
        text,
        "{cases} cases, {passed} passed, {failed} failed, on {clusters} clusters in {minutes} m {seconds} s"
    );
    for one in tallies.iter().filter(|one| one.cases() == 0) {
        let _ = write!(text, "\nFAILED {}: not one case came about", one.scenario);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{At, Blow, Then};

    #[test]
    fn failures_are_told_in_full_and_counted() {
        let scenario = Scenario::named("metrics-fix").expect("a scenario");
        let case = Case { scenario, at: At::Write(2), blow: Blow::KillAfter, then: Then::Undo };
        let mut tally = Tally::new(scenario, 40, 3);
        tally.count(&case, Verdict::Passed, Duration::from_secs(2));
        tally.count(&case, Verdict::NotReached, Duration::from_secs(2));
        assert!(tally.is_well());
        tally.count(&case, Verdict::Failed("because".into()), Duration::from_secs(2));
        assert!(!tally.is_well());
        let text = text(&[tally], 2, Duration::from_secs(61));
        assert!(text.starts_with("FAILED metrics-fix: killed after write 2, then undone\nbecause\n"), "{text}");
        assert!(text.ends_with("2 cases, 1 passed, 1 failed, on 2 clusters in 1 m 1 s"), "{text}");
    }

    #[test]
    fn scenario_without_a_case_is_no_success() {
        let tally = Tally::new(Scenario::named("metrics-fix").expect("a scenario"), 0, 0);
        assert!(!tally.is_well());
        assert!(text(&[tally], 1, Duration::ZERO).ends_with("FAILED metrics-fix: not one case came about"));
    }
}
