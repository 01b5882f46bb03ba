//! One interruption: at which request, how, and what is done afterwards.

use std::fmt;

use lab_faults::{Rule, Seen};

use crate::scenario::Scenario;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub scenario: Scenario,
    pub at: At,
    pub blow: Blow,
    pub then: Then,
}

/// Writes and the rest are counted apart. Between two runs the number of reads differs by some watches; the n-th write is the same
/// write each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Write(usize),
    Read(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// SIGKILL when the request has arrived, and before the server has it.
    KillBefore,
    /// SIGKILL when the server has carried it out, and before its reply is passed on.
    KillAfter,
    /// The reply is lost, and the command goes on as it sees fit.
    LoseReply,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The same command again reaches the goal.
    Rerun,
    /// `undo` brings everything back.
    Undo,
}

impl Case {
    /// Every case of a scenario whose undisturbed run made these requests.
    pub fn all(scenario: Scenario, undisturbed: &[Seen]) -> Vec<Case> {
        let (writes, reads) = counts(undisturbed);
        let places = (1..=writes).map(At::Write).chain((1..=reads).map(At::Read));
        let struck = places.flat_map(|at| at.blows().iter().map(move |&blow| (at, blow)));
        let thens = ways_on(scenario);
        struck.flat_map(|(at, blow)| thens.iter().map(move |&then| Case { scenario, at, blow, then })).collect()
    }

    /// A few that are always the same: each write once and two of the reads, the blows and the ways on by turns; of a long task only some
    /// of these, from its beginning to its end.
    pub fn sample(scenario: Scenario, undisturbed: &[Seen]) -> Vec<Case> {
        let (writes, reads) = counts(undisturbed);
        let places = (1..=writes).map(At::Write).chain([reads / 3, reads * 2 / 3].map(At::Read));
        let (turns, thens) = (0_usize.., ways_on(scenario));
        let by_turns = turns.zip(places).map(|(turn, at)| {
            let (blow, then) = (at.blows()[turn % at.blows().len()], thens[turn % thens.len()]);
            Case { scenario, at, blow, then }
        });
        let all: Vec<Case> = by_turns.collect();
        let few = scenario.in_sample().min(all.len());
        (0..few).map(|nth| all[(2 * nth + 1) * all.len() / (2 * few)]).collect()
    }
}

/// How many of the requests write, and how many do not.
fn counts(requests: &[Seen]) -> (usize, usize) {
    let writes = requests.iter().filter(|seen| Rule::writes().matches(seen)).count();
    (writes, requests.len() - writes)
}

/// An interrupted undo is completed by an undo, and what cannot be undone only by the same command.
fn ways_on(scenario: Scenario) -> &'static [Then] {
    if scenario.undo || !scenario.task.can_be_undone() { &[Then::Rerun] } else { &[Then::Rerun, Then::Undo] }
}

impl At {
    /// To be killed after a read is to be killed before the next request.
    fn blows(self) -> &'static [Blow] {
        match self {
            At::Write(_) => &[Blow::KillBefore, Blow::KillAfter, Blow::LoseReply],
            At::Read(_) => &[Blow::KillBefore, Blow::LoseReply],
        }
    }

    pub fn rule(self) -> Rule {
        match self {
            At::Write(number) => Rule::writes().nth(number),
            At::Read(number) => Rule::harmless().nth(number),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blow = match self.blow {
            Blow::KillBefore => "killed before",
            Blow::KillAfter => "killed after",
            Blow::LoseReply => "without the reply of",
        };
        let at = match self.at {
            At::Write(number) => format!("write {number}"),
            At::Read(number) => format!("read {number}"),
        };
        let then = match self.then {
            Then::Rerun => "run again",
            Then::Undo => "undone",
        };
        write!(f, "{}: {blow} {at}, then {then}", self.scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &str) -> Seen {
        Seen::made_up(method, "/api/v1/namespaces/a/configmaps/b")
    }

    #[test]
    fn every_request_is_hit_in_every_way_that_differs() {
        let run = ["GET", "PATCH", "GET"].map(seen);
        let scenario = |name| Scenario::named(name).expect("a scenario");
        // A write in three ways and two reads in two, each with both ways on.
        assert_eq!(Case::all(scenario("metrics-fix"), &run).len(), (3 + 2 * 2) * 2);
        assert_eq!(Case::all(scenario("undo-metrics-fix"), &run).len(), 3 + 2 * 2);
    }

    #[test]
    fn sample_of_a_long_task_reaches_from_its_beginning_to_its_end() {
        let run = ["POST"; 32].map(seen);
        let scenario = Scenario::named("metallb-install").expect("a scenario");
        let sample = Case::sample(scenario, &run);
        assert_eq!(sample.iter().map(|case| case.at).collect::<Vec<_>>(), [5, 13, 22, 30].map(At::Write));
        assert!(
            sample.iter().any(|case| case.then == Then::Undo) && sample.iter().any(|case| case.then == Then::Rerun)
        );
    }

    #[test]
    fn sample_has_each_write_once_and_every_way_among_them() {
        let run = ["PATCH"; 6].map(seen);
        let scenario = Scenario::named("metrics-fix").expect("a scenario");
        let sample: Vec<Case> =
            Case::sample(scenario, &run).into_iter().filter(|case| matches!(case.at, At::Write(_))).collect();
        let places: Vec<At> = sample.iter().map(|case| case.at).collect();
        assert_eq!(places, [1, 2, 3, 4, 5, 6].map(At::Write));
        for blow in [Blow::KillBefore, Blow::KillAfter, Blow::LoseReply] {
            for then in [Then::Rerun, Then::Undo] {
                assert!(sample.iter().any(|case| case.blow == blow && case.then == then), "{blow:?} {then:?}");
            }
        }
    }
}
