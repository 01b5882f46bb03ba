//! What one place was answered, counted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::event::{Failure, Outcome, Request};

#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Where the pod that asked turned out to be.
    pub node: Option<String>,
    /// By who gave them.
    pub shares: BTreeMap<String, Share>,
    /// Why there was no answer, and how often.
    pub failures: BTreeMap<Failure, u64>,
    /// HTTP statuses from 400 on, and how often.
    pub statuses: BTreeMap<u16, u64>,
    pub skipped: u64,
    /// Nothing more comes; and why it is not all.
    pub over: Option<Option<String>>,
    /// A request that is told twice counts once.
    seen: BTreeSet<u32>,
    /// Answers of whom nobody knows, by number.
    anonymous: BTreeMap<u32, (bool, Option<Duration>)>,
}

/// The answers of one pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub answers: u64,
    /// Of these with an HTTP status from 400 on.
    pub errors: u64,
    pub slowest: Option<Duration>,
}

impl Share {
    fn add(&mut self, is_error: bool, took: Option<Duration>) {
        self.answers += 1;
        self.errors += u64::from(is_error);
        self.slowest = self.slowest.max(took);
    }
}

impl Tally {
    pub fn request(&mut self, request: &Request) {
        if !self.seen.insert(request.number) {
            return;
        }
        match &request.outcome {
            Outcome::Silent(failure) => *self.failures.entry(failure.clone()).or_default() += 1,
            Outcome::Answered(status) => {
                let is_error = *status >= 400;
                if is_error {
                    *self.statuses.entry(*status).or_default() += 1;
                }
                match &request.who {
                    Some(who) => self.shares.entry(who.clone()).or_default().add(is_error, request.took),
                    None => drop(self.anonymous.insert(request.number, (is_error, request.took))),
                }
            }
        }
    }

    pub fn skip(&mut self, number: u32) {
        self.skipped += u64::from(self.seen.insert(number));
    }

    pub fn identify(&mut self, number: u32, who: &str) {
        if let Some((is_error, took)) = self.anonymous.remove(&number) {
            self.shares.entry(who.to_owned()).or_default().add(is_error, took);
        }
    }

    pub fn unknown(&self) -> u64 {
        count(self.anonymous.len())
    }

    pub fn slowest_unknown(&self) -> Option<Duration> {
        self.anonymous.values().filter_map(|(_, took)| *took).max()
    }

    pub fn errors_unknown(&self) -> u64 {
        count(self.anonymous.values().filter(|(is_error, _)| *is_error).count())
    }

    pub fn answered(&self) -> u64 {
        self.shares.values().map(|share| share.answers).sum::<u64>() + self.unknown()
    }

    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    pub fn errors(&self) -> u64 {
        self.statuses.values().sum()
    }

    /// Of `asked` requests those of which nothing is known.
    pub fn missing(&self, asked: u32) -> u64 {
        u64::from(asked).saturating_sub(count(self.seen.len()))
    }

    pub fn told(&self) -> u64 {
        count(self.seen.len())
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(number: u32, who: Option<&str>, outcome: Outcome) -> Request {
        let took = Some(Duration::from_millis(u64::from(number) * 10));
        Request { place: 0, number, took, outcome, who: who.map(str::to_owned) }
    }

    #[test]
    fn every_request_counts_once_and_all_are_accounted_for() {
        let mut tally = Tally::default();
        let ok = || Outcome::Answered(200);
        for told in [
            request(1, Some("a"), ok()),
            request(2, Some("b"), ok()),
            request(2, Some("b"), ok()),
            request(3, None, Outcome::Answered(500)),
            request(4, None, Outcome::Silent(Failure::Refused)),
        ] {
            tally.request(&told);
        }
        tally.skip(5);
        tally.skip(5);
        assert_eq!((tally.answered(), tally.failed(), tally.skipped, tally.missing(7)), (3, 1, 1, 2));
        assert_eq!((tally.unknown(), tally.errors()), (1, 1));
        tally.identify(3, "b");
        tally.identify(3, "b");
        let slowest = Some(Duration::from_millis(30));
        assert_eq!(tally.shares["b"], Share { answers: 2, errors: 1, slowest });
        assert_eq!((tally.unknown(), tally.answered()), (0, 3));
    }
}
