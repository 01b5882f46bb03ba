//! What is left to do, for several workers, and what came of what is done.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use lab_cluster::say;
use lab_faults::Seen;

use crate::case::Case;
use crate::matrix::Extent;
use crate::report::{Tally, Verdict};
use crate::scenario::{Scenario, Task};

pub enum Job {
    /// An undisturbed run, which tells how many cases there are.
    Count(Scenario),
    Try(Case),
}

pub struct Queue {
    extent: Extent,
    /// Only cases that say this.
    only: String,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Undisturbed runs, which tell what there is to do; they come first.
    counts: VecDeque<Scenario>,
    /// Those that mostly wait are in front, those that mostly work behind.
    cases: VecDeque<Case>,
    tried: usize,
    /// Jobs that somebody is at; one of them may bring more.
    under_way: usize,
    tallies: Vec<Tally>,
}

impl State {
    fn take(&mut self, worker: usize, at: Option<Task>) -> Option<Job> {
        let count = self.counts.iter().position(|scenario| Some(scenario.task) == at).unwrap_or(0);
        if let Some(scenario) = self.counts.remove(count) {
            return Some(Job::Count(scenario));
        }
        let is_at = |case: &Case| Some(case.scenario.task) == at;
        let last = self.cases.len().saturating_sub(1);
        let index = match worker.is_multiple_of(2) {
            true => self.cases.iter().position(is_at).unwrap_or(0),
            false => self.cases.iter().rposition(is_at).unwrap_or(last),
        };
        self.cases.remove(index).map(Job::Try)
    }
}

impl Queue {
    pub fn of(scenarios: &[Scenario], extent: Extent, only: &str) -> Queue {
        let counts = scenarios.iter().copied().collect();
        Queue {
            extent,
            only: only.to_owned(),
            state: Mutex::new(State { counts, ..State::default() }),
            changed: Condvar::new(),
        }
    }

    pub fn cases(&self, scenario: Scenario, undisturbed: &[Seen]) -> Vec<Case> {
        let mut cases = match self.extent {
            Extent::All => Case::all(scenario, undisturbed),
            Extent::Sample => Case::sample(scenario, undisturbed),
        };
        cases.retain(|case| case.to_string().contains(&self.only));
        cases
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when nothing is left and nothing can come any more. Half of the workers begin at one end and half at the other, so that
    /// there is always somebody to work while others wait.
    /// And as long as there is more of the task that a worker is at, it stays with that: another one takes a while to begin with.
    pub fn next(&self, worker: usize, at: Option<Task>) -> Option<Taken<'_>> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.take(worker, at) {
                state.under_way += 1;
                return Some(Taken { job, queue: self });
            }
            if state.under_way == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The others end what they are at.
    pub fn give_up(&self) {
        let mut state = self.state();
        state.counts.clear();
        state.cases.clear();
    }

    pub fn counted(&self, tally: Tally, cases: Vec<Case>) {
        let Tally { scenario, requests, writes, .. } = &tally;
        say::note(format!("{scenario}: {requests} requests, {writes} of them writes: {} cases", cases.len()));
        let mut state = self.state();
        if scenario.task.needs_restart() {
            cases.into_iter().rev().for_each(|case| state.cases.push_front(case));
        } else {
            state.cases.extend(cases);
        }
        state.tallies.push(tally);
        drop(state);
        // Whoever found nothing may find something now.
        self.changed.notify_all();
    }

    pub fn tried(&self, case: &Case, verdict: Verdict, took: Duration) {
        if verdict != Verdict::Passed {
            say::note(match &verdict {
                Verdict::NotReached => format!("not reached: {case}"),
                _ => format!("FAILED {case}"),
            });
        }
        let mut state = self.state();
        state.tried += 1;
        if state.tried.is_multiple_of(100) {
            say::note(format!("{} cases tried, {} to go", state.tried, state.cases.len() + state.under_way - 1));
        }
        if let Some(tally) = state.tallies.iter_mut().find(|tally| tally.scenario == case.scenario) {
            tally.count(case, verdict, took);
        }
    }

    pub fn into_tallies(self) -> Vec<Tally> {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).tallies
    }
}

/// A job that somebody is at, until this is dropped.
pub struct Taken<'q> {
    pub job: Job,
    queue: &'q Queue,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.queue.give_up();
        }
        self.queue.state().under_way -= 1;
        self.queue.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{At, Blow, Then};

    #[test]
    fn worker_stays_with_its_task_as_long_as_there_is_more_of_it() {
        let cases = ["metrics-fix", "strict-arp-ipvs", "undo-metrics-fix"].map(|name| {
            let scenario = Scenario::named(name).expect("a scenario");
            Case { scenario, at: At::Write(1), blow: Blow::KillAfter, then: Then::Rerun }
        });
        let mut state = State { cases: cases.into(), ..State::default() };
        let mut next = |worker, at| match state.take(worker, at) {
            Some(Job::Try(case)) => Some(case.scenario.task),
            _ => None,
        };
        assert_eq!(next(0, Some(Task::StrictArpInIpvs)), Some(Task::StrictArpInIpvs));
        assert_eq!(next(1, Some(Task::StrictArpInIpvs)), Some(Task::Fix));
        assert_eq!(next(0, None), Some(Task::Fix));
        assert_eq!(next(0, None), None);
    }
}
