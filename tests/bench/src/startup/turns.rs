//! Running the programs by turns.

use std::time::Duration;
use std::time::Instant;

use lab_bench::stats::Figures;

use crate::programs::Program;

/// Not counted: the first runs read the programs from the disk.
const WARM_UP: usize = 3;

/// The figures in the order of the programs.
pub fn take(programs: &[Program], runs: usize) -> Result<Vec<Figures>, String> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(runs); programs.len()];
    for turn in 0..WARM_UP + runs {
        for (program, times) in programs.iter().zip(&mut times) {
            let time = once(program)?;
            if turn >= WARM_UP {
                times.push(time);
            }
        }
    }
    Ok(times.into_iter().map(Figures::of).collect())
}

fn once(program: &Program) -> Result<Duration, String> {
    let trouble = |error| format!("could not run {}: {error}", program.name);
    program.forget().map_err(trouble)?;
    let mut command = program.command();
    let start = Instant::now();
    let status = command.status().map_err(trouble)?;
    let time = start.elapsed();
    if status.success() { Ok(time) } else { Err(format!("could not measure {}: {status}", program.name)) }
}
