//! The whole matrix: workers take cases from one queue, each on a cluster of its own.

use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Result, anyhow};
use lab_faults::Rule;

use crate::queue::{Job, Queue};
use crate::report::Tally;
use crate::scenario::Scenario;
use crate::trial;
use crate::worker::Worker;

/// Which of the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    All,
    Sample,
}

/// Each of these scenarios, on these workers side by side.
pub fn run(scenarios: &[Scenario], extent: Extent, workers: Vec<Worker>) -> Result<Vec<Tally>> {
    let queue = Queue::of(scenarios, extent);
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
            Job::Try(case) => {
                trial::attempt(&mut worker, case).map(|verdict| queue.tried(case, verdict, start.elapsed()))
            }
        };
        if done.is_err() {
            queue.give_up();
            return done;
        }
    }
    Ok(())
}
