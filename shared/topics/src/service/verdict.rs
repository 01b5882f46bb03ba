//! Whether answers are shared among the pods as they should be.

use std::collections::BTreeMap;

use super::expectation::{Expectation, Split};
use super::statistics::{Statistic, chi_squared};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    Even,
    Uneven,
    OnePodOnly,
    TooFew,
    /// There is nothing to hold it against, and why.
    NotJudged,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub conclusion: Conclusion,
    /// In one line.
    pub said: String,
    /// As the Service's settings let one expect.
    pub as_expected: bool,
    pub statistic: Option<Statistic>,
}

/// Rarer than this is no chance any more: a fair split must not fail a lecture one time in twenty.
const RARE: f64 = 0.001;
/// The test needs so many expected answers of each pod.
const EACH: u64 = 5;

/// So many answers are needed for a verdict on so many pods.
pub fn enough(pods: usize) -> u64 {
    EACH * u64::try_from(pods).unwrap_or(u64::MAX / EACH)
}

/// `answers` has a count for each that answered, by its name; `unknown` answered without a name.
pub fn judge(expectation: &Expectation, answers: &BTreeMap<String, u64>, unknown: u64) -> Verdict {
    let total: u64 = answers.values().sum();
    if total + unknown == 0 {
        return not_judged("nobody answered");
    }
    if expectation.split == Split::Open {
        return not_judged(&expectation.why);
    }
    if unknown > 0 {
        return not_judged(format!("who gave {unknown} of {} answers is unknown", total + unknown));
    }
    let stranger = answers.keys().find(|name| !expectation.among.contains(name));
    if let Some(stranger) = stranger {
        return not_judged(format!("{stranger} answered, which was not to be expected: {}", expectation.why));
    }
    let counts: Vec<u64> = expectation.among.iter().map(|name| answers.get(name).copied().unwrap_or(0)).collect();
    match (expectation.split, answers.len()) {
        (Split::OnePod, 1) => one_pod(answers, &expectation.why, true),
        (Split::OnePod, several) => Verdict {
            conclusion: Conclusion::Uneven,
            said: format!("uneven: {several} pods answered, and one was to be expected, because {}", expectation.why),
            as_expected: false,
            statistic: None,
        },
        _ => shared(expectation, answers, &counts, total),
    }
}

fn shared(expectation: &Expectation, answers: &BTreeMap<String, u64>, counts: &[u64], total: u64) -> Verdict {
    let statistic = chi_squared(counts);
    if answers.len() == 1 && by_chance(counts.len(), total) < RARE {
        let why = format!("{} of {} should have answered: {}", counts.len(), counts.len(), expectation.why);
        return Verdict { statistic, ..one_pod(answers, &why, false) };
    }
    let needed = enough(counts.len());
    if total < needed {
        let said = format!("too few to tell: {} pods need {needed} answers, and there are {total}", counts.len());
        return Verdict { conclusion: Conclusion::TooFew, said, as_expected: true, statistic: None };
    }
    let Some(measured) = statistic else { return not_judged("there is nothing to compare") };
    let figures = figures(&measured);
    let over = format!("{total} answers of {} pods", counts.len());
    let how = match expectation.split {
        Split::RoundRobin => "taking turns gives them",
        _ => "chance gives them",
    };
    let even = measured.p >= RARE;
    let turns = match expectation.split {
        Split::Random if measured.p > 1.0 - RARE && total >= 2 * needed => {
            "; more even than chance would be: something takes turns"
        }
        _ => "",
    };
    let (conclusion, said) = match even {
        true => (Conclusion::Even, format!("even: {over}, as {how} ({figures}){turns}")),
        false => (Conclusion::Uneven, format!("uneven: {over}, and not as {how} ({figures})")),
    };
    Verdict { conclusion, said, as_expected: even, statistic }
}

/// How probable it is that all go to one and the same.
fn by_chance(pods: usize, total: u64) -> f64 {
    let exponent = i32::try_from(total).unwrap_or(i32::MAX).saturating_sub(1);
    (1.0 / pods as f64).powi(exponent)
}

fn one_pod(answers: &BTreeMap<String, u64>, why: &str, as_expected: bool) -> Verdict {
    let (name, count) = answers.iter().next().map_or(("", 0), |(name, count)| (name.as_str(), *count));
    let said = match as_expected {
        true => format!("one pod only: {name} gave {}, because {why}", all_of(count)),
        false => format!("one pod only: {name} gave {}, and {why}", all_of(count)),
    };
    Verdict { conclusion: Conclusion::OnePodOnly, said, as_expected, statistic: None }
}

fn all_of(count: u64) -> String {
    if count == 1 { "the one answer".into() } else { format!("all {count} answers") }
}

fn not_judged(why: impl Into<String>) -> Verdict {
    Verdict {
        conclusion: Conclusion::NotJudged,
        said: format!("not judged: {}", why.into()),
        as_expected: true,
        statistic: None,
    }
}

fn figures(statistic: &Statistic) -> String {
    let p = match statistic.p {
        p if p < RARE => "p < 0.001".to_owned(),
        p if p > 1.0 - RARE => "p > 0.999".to_owned(),
        p if p < 0.01 => format!("p = {p:.3}"),
        p => format!("p = {p:.2}"),
    };
    let degrees = statistic.degrees_of_freedom;
    let degrees = if degrees == 1 { "1 degree".to_owned() } else { format!("{degrees} degrees") };
    format!("chi-squared {:.2}, {degrees} of freedom, {p}", statistic.chi_squared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expectation(split: Split, among: &[&str]) -> Expectation {
        let among = among.iter().map(|name| (*name).to_owned()).collect();
        Expectation { among, split, why: "each connection goes to a pod by chance".into() }
    }

    fn said(split: Split, answers: &[(&str, u64)], unknown: u64) -> (Conclusion, bool, String) {
        let answers = answers.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        let verdict = judge(&expectation(split, &["a", "b", "c"]), &answers, unknown);
        (verdict.conclusion, verdict.as_expected, verdict.said)
    }

    #[test]
    fn shares_are_held_against_chance() {
        use Conclusion::{Even, NotJudged, OnePodOnly, TooFew, Uneven};
        for (answers, unknown, conclusion, expected, words) in [
            (
                vec![("a", 90), ("b", 100), ("c", 110)],
                0,
                Even,
                true,
                "even: 300 answers of 3 pods, as chance gives them (chi-squared 2.00, 2 degrees of freedom, p = 0.37)",
            ),
            (
                vec![("a", 60), ("b", 100), ("c", 140)],
                0,
                Uneven,
                false,
                "uneven: 300 answers of 3 pods, and not as chance gives them (chi-squared 32.00, 2 degrees of freedom, p < 0.001)",
            ),
            (
                vec![("a", 150), ("b", 150)],
                0,
                Uneven,
                false,
                "uneven: 300 answers of 3 pods, and not as chance gives them (chi-squared 150.00, 2 degrees of freedom, p < 0.001)",
            ),
            (
                vec![("a", 100), ("b", 100), ("c", 100)],
                0,
                Even,
                true,
                "even: 300 answers of 3 pods, as chance gives them (chi-squared 0.00, 2 degrees of freedom, p > 0.999); more even than chance would be: something takes turns",
            ),
            (
                vec![("b", 300)],
                0,
                OnePodOnly,
                false,
                "one pod only: b gave all 300 answers, and 3 of 3 should have answered: each connection goes to a pod by chance",
            ),
            (vec![("b", 3)], 0, TooFew, true, "too few to tell: 3 pods need 15 answers, and there are 3"),
            (vec![("a", 5), ("b", 9)], 0, TooFew, true, "too few to tell: 3 pods need 15 answers, and there are 14"),
            (vec![("a", 5)], 5, NotJudged, true, "not judged: who gave 5 of 10 answers is unknown"),
            (vec![], 0, NotJudged, true, "not judged: nobody answered"),
            (
                vec![("a", 150), ("x", 150)],
                0,
                NotJudged,
                true,
                "not judged: x answered, which was not to be expected: each connection goes to a pod by chance",
            ),
        ] {
            assert_eq!(said(Split::Random, &answers, unknown), (conclusion, expected, words.to_owned()));
        }
    }

    #[test]
    fn one_pod_is_right_where_one_is_to_be_expected() {
        let (conclusion, expected, _) = said(Split::OnePod, &[("c", 300)], 0);
        assert_eq!((conclusion, expected), (Conclusion::OnePodOnly, true));
        let (conclusion, expected, _) = said(Split::OnePod, &[("c", 150), ("a", 150)], 0);
        assert_eq!((conclusion, expected), (Conclusion::Uneven, false));
    }

    #[test]
    fn where_nothing_is_fair_nothing_is_unfair() {
        let (conclusion, expected, _) = said(Split::Open, &[("c", 300)], 0);
        assert_eq!((conclusion, expected), (Conclusion::NotJudged, true));
        assert!(
            said(Split::RoundRobin, &[("a", 100), ("b", 100), ("c", 100)], 0).2.contains("as taking turns gives them")
        );
    }
}
