//! The table, the ratios and the goals.

use lab_bench::stats::middle;

use crate::measure::{Measured, Way};

/// A look has to do with so much memory.
const MEMORY: u64 = 40 * 1024;

pub fn row(one: &Measured) -> String {
    let (took, memory) = (one.took.as_secs_f64(), mebibytes(one.memory));
    format!("{:32} {took:>8.2} s {memory:>8.1} MiB {:>12}", one.way.title(), one.printed)
}

pub fn text(all: &[Measured], nodes: u16, pods: u32) -> String {
    let head = format!(
        "{nodes} nodes, {pods} pods; medians of {} runs each\n\n{:32} {:>10} {:>12} {:>12}",
        runs(all),
        "WAY",
        "TOOK",
        "MEMORY",
        "PRINTED"
    );
    let rows: String = Way::ALL.iter().map(|way| format!("\n{}", row(&typical(all, *way)))).collect();
    let goals: String = goals(all)
        .iter()
        .map(|(is_met, what)| format!("\ngoal {}: {what}", if *is_met { "met" } else { "MISSED" }))
        .collect();
    format!("{head}{rows}\n{goals}")
}

pub fn goals_met(all: &[Measured]) -> bool {
    goals(all).iter().all(|(is_met, _)| *is_met)
}

fn goals(all: &[Measured]) -> Vec<(bool, String)> {
    let own = typical(all, Way::Traffic);
    let faster = |than: Way| {
        let ratio = typical(all, than).took.as_secs_f64() / own.took.as_secs_f64();
        (ratio > 1.0, format!("faster than {} ({ratio:.2} times)", than.title()))
    };
    let memory = of(all, Way::Traffic).map(|one| one.memory).max().unwrap_or_default();
    let small = (memory < MEMORY, format!("under {:.0} MiB ({:.1} MiB at most)", mebibytes(MEMORY), mebibytes(memory)));
    vec![faster(Way::GetPods), faster(Way::GetRaw), small]
}

fn of(all: &[Measured], way: Way) -> impl Iterator<Item = &Measured> {
    all.iter().filter(move |one| one.way == way)
}

fn runs(all: &[Measured]) -> usize {
    of(all, Way::Traffic).count()
}

fn typical(all: &[Measured], way: Way) -> Measured {
    let took = middle(of(all, way).map(|one| one.took.as_secs_f64()).collect());
    let memory = of(all, way).map(|one| one.memory).max().unwrap_or_default();
    let printed = of(all, way).map(|one| one.printed).max().unwrap_or_default();
    Measured { way, took: std::time::Duration::from_secs_f64(took), memory, printed }
}

#[expect(clippy::cast_precision_loss, reason = "some mebibytes")]
fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn all(own: u64, memory: u64) -> Vec<Measured> {
        let of = |way, seconds, memory| Measured { way, took: Duration::from_secs(seconds), memory, printed: 1 };
        vec![of(Way::Traffic, own, memory), of(Way::GetPods, 4, 90_000), of(Way::GetRaw, 30, 50_000)]
    }

    #[test]
    fn it_has_to_be_faster_than_both_and_small() {
        assert!(goals_met(&all(2, 20_000)));
        assert!(!goals_met(&all(5, 20_000)) && !goals_met(&all(2, 41_000)));
        let text = text(&all(2, 20_480), 500, 10_000);
        assert!(text.starts_with("500 nodes, 10000 pods; medians of 1 runs each"), "{text}");
        assert!(text.ends_with("goal met: under 40 MiB (20.0 MiB at most)"), "{text}");
        assert!(text.contains("faster than kubectl get pods -A (2.00 times)"), "{text}");
    }
}
