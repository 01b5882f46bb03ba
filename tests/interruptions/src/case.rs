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
    /// A few that are always the same: each write once, the blows and the ways on by turns, and two of the reads.
    pub fn sample(scenario: Scenario, undisturbed: &[Seen]) -> Vec<Case> {
        let all = Case::all(scenario, undisturbed);
        let writes = undisturbed.iter().filter(|seen| Rule::writes().matches(seen)).count();
        let reads = undisturbed.len() - writes;
        let places = (1..=writes).map(At::Write).chain([reads / 3, reads * 2 / 3].map(At::Read));
        let of = |(turn, at): (usize, At)| {
            let there: Vec<&Case> = all.iter().filter(|case| case.at == at).collect();
            // The number of ways is even, or odd where there is only one way on: this walks through all of them.
            there.get(turn * 3 % there.len().max(1)).copied().copied()
        };
        places.enumerate().filter_map(of).collect()
    }

    /// Every case of a scenario whose undisturbed run made these requests.
    pub fn all(scenario: Scenario, undisturbed: &[Seen]) -> Vec<Case> {
        let count = |rule: &Rule| undisturbed.iter().filter(|seen| rule.matches(seen)).count();
        let writes = (1..=count(&Rule::writes())).map(At::Write);
        let reads = (1..=count(&Rule::harmless())).map(At::Read);
        // An interrupted undo is completed by an undo.
        let thens = if scenario.undo { &[Then::Rerun][..] } else { &[Then::Rerun, Then::Undo] };
        let all = writes.chain(reads).flat_map(|at| at.blows().iter().map(move |&blow| (at, blow)));
        all.flat_map(|(at, blow)| thens.iter().map(move |&then| Case { scenario, at, blow, then })).collect()
    }
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
    use std::time::SystemTime;

    use super::*;

    fn seen(method: &str) -> Seen {
        Seen {
            number: 1,
            method: method.to_owned(),
            path: "/api/v1/namespaces/a/configmaps/b".to_owned(),
            query: String::new(),
            user_agent: String::new(),
            dry_run: false,
            at: SystemTime::UNIX_EPOCH,
            served: None,
            status: None,
            fault: None,
            dropped_by_test: false,
            trouble: None,
        }
    }

    #[test]
    fn every_request_is_hit_in_every_way_that_differs() {
        let run = ["GET", "PATCH", "GET"].map(seen);
        let scenario = |name| Scenario::named(name).expect("a scenario");
        // A write in three ways and two reads in two, each with both ways on.
        assert_eq!(Case::all(scenario("metrics-fix"), &run).len(), (3 + 2 * 2) * 2);
        assert_eq!(Case::all(scenario("undo-metrics-fix"), &run).len(), 3 + 2 * 2);
    }
}
