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
use crate::scenario::Scenario;

pub enum Job {
    /// An undisturbed run, which tells how many cases there are.
    Count(Scenario),
    Try(Case),
}

pub struct Queue {
    extent: Extent,
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

impl Queue {
    pub fn of(scenarios: &[Scenario], extent: Extent) -> Queue {
        let counts = scenarios.iter().copied().collect();
        Queue { extent, state: Mutex::new(State { counts, ..State::default() }), changed: Condvar::new() }
    }

    pub fn cases(&self, scenario: Scenario, undisturbed: &[Seen]) -> Vec<Case> {
        match self.extent {
            Extent::All => Case::all(scenario, undisturbed),
            Extent::Sample => Case::sample(scenario, undisturbed),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when nothing is left and nothing can come any more. Half of the workers begin at one end and half at the other, so that
    /// there is always somebody to work while others wait.
    pub fn next(&self, worker: usize) -> Option<Taken<'_>> {
        let mut state = self.state();
        loop {
            let job = match state.counts.pop_front() {
                Some(scenario) => Some(Job::Count(scenario)),
                None if worker.is_multiple_of(2) => state.cases.pop_front().map(Job::Try),
                None => state.cases.pop_back().map(Job::Try),
            };
            if let Some(job) = job {
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
