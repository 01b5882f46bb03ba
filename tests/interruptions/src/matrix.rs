//! The whole matrix: workers take cases from one queue, each on a cluster of its own.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Result, anyhow};
use lab_cluster::say;
use lab_faults::Rule;

use crate::case::Case;
use crate::queue::{Job, Queue};
use crate::report::{Tally, Verdict};
use crate::scenario::Scenario;
use crate::trial;
use crate::worker::Worker;

/// Which of the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    All,
    Sample,
}

/// Each of these scenarios, on these workers side by side; only the cases that say `only`.
pub fn run(scenarios: &[Scenario], extent: Extent, only: &str, workers: Vec<Worker>) -> Result<Vec<Tally>> {
    let queue = Queue::of(scenarios, extent, only);
    let results: Vec<Result<()>> = thread::scope(|scope| {
        let queue = &queue;
        let threads: Vec<_> = workers
            .into_iter()
            .enumerate()
            .map(|(number, worker)| scope.spawn(move || work(worker, number, queue)))
            .collect();
        let ended = threads.into_iter().map(ScopedJoinHandle::join);
        ended.map(|ended| ended.unwrap_or_else(|_| Err(anyhow!("a worker panicked")))).collect()
    });
    results.into_iter().collect::<Result<()>>()?;
    Ok(queue.into_tallies())
}

fn work(mut worker: Worker, number: usize, queue: &Queue) -> Result<()> {
    while let Some(taken) = queue.next(number, worker.at()) {
        let start = Instant::now();
        let done = match &taken.job {
            Job::Count(scenario) => trial::undisturbed(&mut worker, *scenario).map(|record| {
                let writes = record.iter().filter(|seen| Rule::writes().matches(seen)).count();
                queue.counted(Tally::new(*scenario, record.len(), writes), queue.cases(*scenario, &record));
            }),
            Job::Try(case) => attempt(&mut worker, case).map(|verdict| queue.tried(case, verdict, start.elapsed())),
        };
        if done.is_err() {
            queue.give_up();
            return done;
        }
    }
    Ok(())
}

/// Trouble with the matrix itself, such as an API server that does not answer on a busy machine, is no verdict: the case is tried once
/// more. A command that does not end is one, and the rest is still worth knowing.
fn attempt(worker: &mut Worker, case: &Case) -> Result<Verdict> {
    let mut attempt = || catch_unwind(AssertUnwindSafe(|| trial::attempt(worker, case)));
    let outcome = match attempt() {
        Ok(Err(trouble)) => {
            say::note(format!("once more: {case}: {trouble:#}"));
            attempt()
        }
        outcome => outcome,
    };
    outcome.unwrap_or_else(|panic| Ok(Verdict::Failed(words_of(&*panic))))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_panic_says_is_told() {
        let said = |panic: fn()| words_of(&*catch_unwind(panic).expect_err("a panic"));
        assert_eq!(said(|| panic!("undo was not done after {} s", 240)), "undo was not done after 240 s");
        assert_eq!(said(|| panic!("plain")), "plain");
    }
}
