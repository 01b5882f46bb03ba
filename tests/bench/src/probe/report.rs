//! The table, the ratio and the goals.

use std::time::Duration;

use crate::way::{Got, Way};

pub struct Measured {
    pub way: Way,
    pub took: Duration,
    pub asked: u16,
    pub got: Got,
}

/// So many times faster than a pod for each answer it should be.
const GOAL: f64 = 20.0;

impl Measured {
    fn lost(&self) -> usize {
        usize::from(self.asked).saturating_sub(self.got.answers)
    }
}

pub fn text(all: &[Measured]) -> String {
    let head = format!("{:30} {:>7} {:>6} {:>9} {:>9} {:>6}", "WAY", "ANSWERS", "LOST", "TOOK", "REQUESTS", "PODS");
    let rows: String = all.iter().map(|measured| format!("\n{}", row(measured))).collect();
    format!("{head}{rows}{}", goals(all))
}

pub fn row(measured: &Measured) -> String {
    let took = format!("{:.1} s", measured.took.as_secs_f64());
    let Got { answers, requests, pods } = measured.got;
    let title = measured.way.title();
    format!("{title:30} {answers:>7} {:>6} {took:>9} {requests:>9} {pods:>6}", measured.lost())
}

pub fn goals_met(all: &[Measured]) -> bool {
    nothing_lost(all) && times_faster(all).is_none_or(|times| times >= GOAL)
}

fn goals(all: &[Measured]) -> String {
    let word = |is_met| if is_met { "met" } else { "MISSED" };
    let faster = times_faster(all).map(|times| {
        format!("\ngoal {}: {GOAL:.0} times faster than a pod for each (it is {times:.1} times)", word(times >= GOAL))
    });
    let lost = word(nothing_lost(all));
    format!("\n\ngoal {lost}: kubectl lab probe loses no output{}", faster.unwrap_or_default())
}

fn of(all: &[Measured], way: Way) -> Option<&Measured> {
    all.iter().find(|measured| measured.way == way)
}

fn nothing_lost(all: &[Measured]) -> bool {
    [Way::Probe, Way::Single].into_iter().filter_map(|way| of(all, way)).all(|measured| measured.lost() == 0)
}

fn times_faster(all: &[Measured]) -> Option<f64> {
    Some(of(all, Way::Run)?.took.as_secs_f64() / of(all, Way::Probe)?.took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(way: Way, seconds: u64, answers: usize) -> Measured {
        Measured { way, took: Duration::from_secs(seconds), asked: 200, got: Got { answers, requests: 9, pods: 1 } }
    }

    #[test]
    fn the_goals_are_a_ratio_and_nothing_lost() {
        let run = || measured(Way::Run, 400, 150);
        assert!(goals_met(&[measured(Way::Probe, 4, 200), run()]));
        assert!(!goals_met(&[measured(Way::Probe, 40, 200), run()]));
        assert!(!goals_met(&[measured(Way::Probe, 4, 199), run()]));
        assert!(!goals_met(&[measured(Way::Single, 4, 199)]));
        let text = text(&[measured(Way::Probe, 4, 200), run()]);
        assert!(text.contains("goal met: 20 times faster than a pod for each (it is 100.0 times)"), "{text}");
        assert!(text.contains("kubectl run --rm -i, for each      150     50   400.0 s         9      1"), "{text}");
    }
}
