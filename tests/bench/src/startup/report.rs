//! The table and the goals.

use std::time::Duration;

use lab_bench::stats::Figures;

use crate::programs::Program;
use crate::programs::Role;

const TIMES_FASTER: f64 = 10.0;
const WITHIN: Duration = Duration::from_millis(5);

pub fn print(programs: &[Program], figures: &[Figures], runs: usize) -> String {
    let yardstick = yardstick(programs, figures);
    let lines = programs.iter().zip(figures).map(|(program, one)| row(program, one, yardstick));
    let mut goals: Vec<String> =
        with_goal(programs, figures).map(|(program, one)| goal(program.name, one, yardstick)).collect();
    goals.extend(with_limit(programs, figures).map(|(program, one, limit)| in_time(program.name, one, limit)));
    let files = programs.iter().filter(|program| program.role == Role::Yardstick).map(|one| one.file.display());
    let files: String = files.map(|file| format!("compared with {file}\n")).collect();
    let head = format!("{:NAME$} {:>9} {:>9} {:>9} {:>9}\n", "COMMAND", "MEDIAN", "MIN", "P95", "RATIO");
    format!("{runs} runs each, by turns; {files}\n{head}{}\n{}", lines.collect::<String>(), goals.concat())
}

pub fn goals_met(programs: &[Program], figures: &[Figures]) -> bool {
    let yardstick = yardstick(programs, figures);
    with_goal(programs, figures).all(|(_, one)| is_fast(one, yardstick) && is_short(one))
        && with_limit(programs, figures).all(|(_, one, limit)| one.median < limit)
}

const NAME: usize = 47;

fn row(program: &Program, figures: &Figures, yardstick: &Figures) -> String {
    let [median, min, p95] = [figures.median, figures.min, figures.p95].map(milliseconds);
    format!("{:NAME$} {median:>9} {min:>9} {p95:>9} {:>8.1}x\n", program.name, figures.fits_into(yardstick))
}

fn goal(name: &str, figures: &Figures, yardstick: &Figures) -> String {
    let word = |is_met| if is_met { "met" } else { "MISSED" };
    let ratio = figures.fits_into(yardstick);
    format!(
        "goal {}: {name} starts at least {TIMES_FASTER:.0} times as fast as kubectl ({ratio:.1})\n\
         goal {}: {name} takes less than {} ({})\n",
        word(is_fast(figures, yardstick)),
        word(is_short(figures)),
        milliseconds(WITHIN),
        milliseconds(figures.median)
    )
}

fn in_time(name: &str, figures: &Figures, limit: Duration) -> String {
    let word = if figures.median < limit { "met" } else { "MISSED" };
    format!("goal {word}: {name} takes less than {} ({})\n", milliseconds(limit), milliseconds(figures.median))
}

fn is_fast(figures: &Figures, yardstick: &Figures) -> bool {
    figures.fits_into(yardstick) >= TIMES_FASTER
}

fn is_short(figures: &Figures) -> bool {
    figures.median < WITHIN
}

fn with_goal<'a>(programs: &'a [Program], figures: &'a [Figures]) -> impl Iterator<Item = (&'a Program, &'a Figures)> {
    programs.iter().zip(figures).filter(|(program, _)| program.role == Role::HasGoal)
}

fn with_limit<'a>(
    programs: &'a [Program],
    figures: &'a [Figures],
) -> impl Iterator<Item = (&'a Program, &'a Figures, Duration)> {
    programs.iter().zip(figures).filter_map(|(program, one)| match program.role {
        Role::Within(limit) => Some((program, one, limit)),
        _ => None,
    })
}

/// The first program is kubectl if none says that it is.
fn yardstick<'a>(programs: &[Program], figures: &'a [Figures]) -> &'a Figures {
    let place = programs.iter().position(|program| program.role == Role::Yardstick).unwrap_or_default();
    &figures[place]
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(microseconds: u64) -> Figures {
        Figures::of(vec![Duration::from_micros(microseconds)])
    }

    #[test]
    fn both_goals_are_judged_by_the_median() {
        let kubectl = figures(45_000);
        for (microseconds, fast, short) in [
            (1_000, true, true),
            (4_500, true, true),
            (4_501, false, true),
            (4_999, false, true),
            (5_000, false, false),
        ] {
            let one = figures(microseconds);
            assert_eq!((is_fast(&one, &kubectl), is_short(&one)), (fast, short), "{microseconds} µs");
        }
    }

    #[test]
    fn a_missed_goal_stands_out() {
        let text = goal("x --help", &figures(5_000), &figures(100_000));
        assert_eq!(
            text,
            "goal met: x --help starts at least 10 times as fast as kubectl (20.0)\n\
             goal MISSED: x --help takes less than 5.00 ms (5.00 ms)\n"
        );
    }
}
