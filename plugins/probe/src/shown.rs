//! What the user gets to see, as JSON has it.

mod table;

use std::collections::BTreeMap;

use lab_topics::service::{Conclusion, Statistic, Verdict, in_use, judge};
use serde::Serialize;

use crate::args::From;
use crate::asked::asked;
use crate::conclude::{self, Overall};
use crate::expected::expected;
use crate::facts::Hop;
use crate::place::{Place, places};
use crate::report::ProbeReport;
use crate::tally::{Share, Tally};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// In the user agent of each request, `kubectl-lab-probe/RUN.PLACE.NUMBER`.
    run: String,
    target: String,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    conclusion: Overall,
    /// In one line.
    verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    places: Vec<Asker>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    hop: &'static str,
    said: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Asker {
    from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    keep_alive: bool,
    requests: u32,
    answered: u64,
    /// Of these with an HTTP status from 400 on.
    errors: u64,
    failed: u64,
    skipped: u64,
    missing: u64,
    conclusion: &'static str,
    verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistic: Option<Figures>,
    answers: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Reason>,
    #[serde(skip)]
    words: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    chi_squared: f64,
    degrees_of_freedom: usize,
    p: f64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    /// Absent where nobody knows who it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    answers: u64,
    /// Of all answers of the place.
    share: f64,
    errors: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    slowest_ms: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reason {
    why: String,
    count: u64,
}

pub fn shown(report: &ProbeReport) -> Shown {
    let places = places(&report.args, &report.facts);
    let judged: Vec<Judged<'_>> =
        places.into_iter().zip(&report.tallies).map(|(place, tally)| judged(report, place, tally)).collect();
    let (conclusion, verdict, failure) = conclude::overall(report, &judged);
    let url =
        judged.first().and_then(|one| asked(&report.args, &report.facts, &one.place).ok()).map(|asked| asked.url());
    Shown {
        run: report.facts.run.clone(),
        target: report.facts.found.what.clone(),
        url,
        conclusion,
        verdict,
        failure: failure.map(|(hop, trouble)| Failure { hop: word(hop), said: trouble.said, hints: trouble.hints }),
        notes: conclude::notes(report, &judged),
        // Where nothing could be asked there is nothing to show of places.
        places: match report.facts.trouble(&report.args) {
            Some(_) => Vec::new(),
            None => judged.iter().map(|one| asker(report, one)).collect(),
        },
    }
}

/// A place with what it was answered and what that means.
pub struct Judged<'j> {
    pub place: Place,
    pub tally: &'j Tally,
    pub verdict: Verdict,
}

fn judged<'j>(report: &ProbeReport, place: Place, tally: &'j Tally) -> Judged<'j> {
    let expectation = expected(report, &place, tally);
    let counts: BTreeMap<String, u64> =
        tally.shares.iter().map(|(name, share)| (name.clone(), share.answers)).collect();
    let mut verdict = judge(&expectation, &counts, tally.unknown());
    if let Some(changes) = conclude::changes(report).filter(|_| !verdict.as_expected) {
        verdict = Verdict {
            conclusion: Conclusion::NotJudged,
            said: format!("not judged: the endpoints changed meanwhile ({changes})"),
            as_expected: true,
            statistic: None,
        };
    }
    Judged { place, tally, verdict }
}

fn asker(report: &ProbeReport, judged: &Judged<'_>) -> Asker {
    let Judged { place, tally, verdict, .. } = judged;
    Asker {
        from: match place.from {
            From::Pod => "pod",
            From::Node => "node",
            From::Here => "here",
        },
        node: place.node.clone().or_else(|| tally.node.clone()),
        keep_alive: place.keep_alive,
        requests: report.args.count,
        answered: tally.answered(),
        errors: tally.errors(),
        failed: tally.failed(),
        skipped: tally.skipped,
        missing: tally.missing(report.args.count),
        conclusion: match verdict.conclusion {
            Conclusion::Even => "even",
            Conclusion::Uneven => "uneven",
            Conclusion::OnePodOnly => "onePodOnly",
            Conclusion::TooFew => "tooFew",
            Conclusion::NotJudged => "notJudged",
        },
        verdict: verdict.said.clone(),
        statistic: verdict.statistic.as_ref().map(Figures::from),
        answers: rows(report, judged),
        failures: tally
            .failures
            .iter()
            .map(|(failure, count)| Reason { why: failure.words(), count: *count })
            .collect(),
        words: place.words(tally.node.as_deref()),
    }
}

impl std::convert::From<&Statistic> for Figures {
    fn from(statistic: &Statistic) -> Figures {
        let Statistic { chi_squared, degrees_of_freedom, p } = *statistic;
        Figures { chi_squared, degrees_of_freedom, p }
    }
}

/// Whoever answered, and whoever could have.
fn rows(report: &ProbeReport, judged: &Judged<'_>) -> Vec<Row> {
    let tally = judged.tally;
    let endpoints = report.facts.found.endpoints.iter().chain(report.after.iter().flatten());
    let nodes: BTreeMap<&str, Option<&String>> =
        endpoints.map(|endpoint| (endpoint.name(), endpoint.node.as_ref())).collect();
    let mut shares: BTreeMap<&str, Share> =
        in_use(&report.facts.found.endpoints).into_iter().map(|endpoint| (endpoint.name(), Share::default())).collect();
    shares.extend(tally.shares.iter().map(|(name, share)| (name.as_str(), *share)));
    let row = |name: Option<&str>, share: Share| Row {
        endpoint: name.map(str::to_owned),
        node: name.and_then(|name| nodes.get(name).copied().flatten()).cloned(),
        answers: share.answers,
        share: portion(share.answers, tally.answered()),
        errors: share.errors,
        slowest_ms: share.slowest.map(|slowest| u64::try_from(slowest.as_millis()).unwrap_or(u64::MAX)),
    };
    let mut rows: Vec<Row> = shares.into_iter().map(|(name, share)| row(Some(name), share)).collect();
    if tally.unknown() > 0 {
        let share =
            Share { answers: tally.unknown(), errors: tally.errors_unknown(), slowest: tally.slowest_unknown() };
        rows.push(row(None, share));
    }
    rows
}

fn portion(part: u64, whole: u64) -> f64 {
    let float = |number: u64| u32::try_from(number).map_or(f64::from(u32::MAX), f64::from);
    if whole == 0 { 0.0 } else { float(part) / float(whole) }
}

fn word(hop: Hop) -> &'static str {
    match hop {
        Hop::Target => "target",
        Hop::Endpoints => "endpoints",
        Hop::Address => "address",
        Hop::Probe => "probe",
        Hop::Name => "name",
        Hop::Connection => "connection",
        Hop::Answer => "answer",
        Hop::Http => "http",
    }
}

impl Shown {
    pub fn is_negative(&self) -> bool {
        self.conclusion.is_negative()
    }
}
