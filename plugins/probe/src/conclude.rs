//! What all of it means, in one line.

use std::collections::BTreeSet;

use lab_topics::service::{Conclusion, Endpoint, Trouble, in_use};
use serde::Serialize;

use crate::event::Failure;
use crate::explain::Case;
use crate::facts::Hop;
use crate::lines::failure;
use crate::report::ProbeReport;
use crate::shown::Judged;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Overall {
    Even,
    Uneven,
    OnePodOnly,
    TooFew,
    NotJudged,
    /// Requests got no answer, or nothing could be asked.
    Fails,
    /// What became of some requests is unknown.
    Incomplete,
    NotAsked,
    /// One pod only, and others should have answered too.
    Unexpected,
}

impl Overall {
    pub fn is_negative(self) -> bool {
        matches!(self, Overall::Uneven | Overall::Fails | Overall::Incomplete | Overall::Unexpected)
    }
}

type Verdict = (Overall, String, Option<(Hop, Trouble)>);

pub fn overall(report: &ProbeReport, judged: &[Judged<'_>]) -> Verdict {
    let what = &report.facts.found.what;
    if let Some((hop, trouble)) = report.facts.trouble(&report.args) {
        let said = match hop {
            Hop::Target => trouble.said.clone(),
            _ => format!("{what} does not answer: {}", trouble.said),
        };
        return (Overall::Fails, said, Some((hop, trouble)));
    }
    if judged.iter().all(|one| one.tally.told() == 0 && one.tally.over.is_none()) {
        return (Overall::NotAsked, format!("{what} was not asked"), None);
    }
    failed(report, judged)
        .or_else(|| never_asked(report, judged))
        .or_else(|| incomplete(report, judged))
        .or_else(|| http_errors(report, judged))
        .unwrap_or_else(|| shared(judged))
}

/// The pod that was to ask came to nothing.
fn never_asked(report: &ProbeReport, judged: &[Judged<'_>]) -> Option<Verdict> {
    let nothing = |one: &&Judged<'_>| one.tally.told() == 0;
    let one = judged.iter().find(nothing)?;
    let why = one.tally.over.clone().flatten()?;
    let place = one.place.words(one.tally.node.as_deref());
    if one.place.keep_alive && why.contains("nc: ") {
        return Some(unanswered(report, one, &failure(1, &why), u64::from(report.args.count)));
    }
    let mut trouble = Trouble::new(format!("no answer can be had from {place}: the pod that was to ask: {why}"));
    if why.contains("violates PodSecurity") {
        trouble = trouble
            .hint(format!("namespace {} forbids pods on the network of nodes; ask from a pod, or make the pods that ask elsewhere: kubectl lab probe http://NAME.{}/ --from node -n OTHER", report.facts.namespace, report.facts.namespace));
    }
    Some((Overall::Fails, trouble.said.clone(), Some((Hop::Probe, trouble))))
}

fn failed(report: &ProbeReport, judged: &[Judged<'_>]) -> Option<Verdict> {
    let one = judged.iter().find(|one| one.tally.failed() > 0)?;
    let (failure, _) = one.tally.failures.iter().max_by_key(|(_, count)| **count)?;
    Some(unanswered(report, one, failure, one.tally.failed()))
}

fn unanswered(report: &ProbeReport, one: &Judged<'_>, failure: &Failure, count: u64) -> Verdict {
    let node = one.place.node.as_deref().or(one.tally.node.as_deref());
    let case = Case { args: &report.args, facts: &report.facts, node, policies: &report.policies };
    let (hop, trouble) = case.silent(failure);
    let asked = u64::from(report.args.count) - one.tally.skipped;
    let many = match count {
        1 if asked == 1 => "the one request".to_owned(),
        all if all >= asked => format!("all {all} requests"),
        some => format!("{some} of {asked} requests"),
    };
    let given_up = match one.tally.skipped {
        0 => String::new(),
        skipped => format!(" ({skipped} more were not made)"),
    };
    let what = &report.facts.found.what;
    let from = one.place.words(one.tally.node.as_deref());
    let said = format!("{what} does not answer {from}: {many} failed{given_up}: {}", trouble.said);
    (Overall::Fails, said, Some((hop, trouble)))
}

fn incomplete(report: &ProbeReport, judged: &[Judged<'_>]) -> Option<Verdict> {
    // That a server ends a connection after some requests is its right, and noted.
    let closed = |one: &Judged<'_>| one.place.keep_alive && one.tally.over == Some(None);
    let one = judged.iter().find(|one| one.tally.missing(report.args.count) > 0 && !closed(one))?;
    let missing = one.tally.missing(report.args.count);
    let why = match &one.tally.over {
        None => "the command was ended before they were made",
        Some(Some(why)) => why,
        Some(None) => "the pod that asked did not write what became of them",
    };
    let (told, asked) = (one.tally.told(), report.args.count);
    let said = format!("{told} of {asked} requests are accounted for, {missing} are not: {why}");
    Some((Overall::Incomplete, said, None))
}

fn http_errors(report: &ProbeReport, judged: &[Judged<'_>]) -> Option<Verdict> {
    let one = judged.iter().find(|one| one.tally.errors() > 0)?;
    let case = Case { args: &report.args, facts: &report.facts, node: None, policies: &report.policies };
    let (hop, trouble) = case.statuses(&one.tally.statuses);
    let (errors, answered) = (one.tally.errors(), one.tally.answered());
    let many = if errors == answered { format!("all {errors}") } else { format!("{errors} of {answered}") };
    let said = format!("{}: {many} requests were {}", report.facts.found.what, trouble.said);
    Some((Overall::Fails, said, Some((hop, trouble))))
}

/// Everybody was answered; now whether the pods shared that as they should.
fn shared(judged: &[Judged<'_>]) -> Verdict {
    let overall = |one: &Judged<'_>| match one.verdict.conclusion {
        Conclusion::Even => Overall::Even,
        Conclusion::Uneven => Overall::Uneven,
        Conclusion::OnePodOnly if !one.verdict.as_expected => Overall::Unexpected,
        Conclusion::OnePodOnly => Overall::OnePodOnly,
        Conclusion::TooFew => Overall::TooFew,
        Conclusion::NotJudged => Overall::NotJudged,
    };
    let from = |one: &Judged<'_>| one.place.words(one.tally.node.as_deref());
    if let Some(one) = judged.iter().find(|one| !one.verdict.as_expected) {
        let place = if judged.len() > 1 { format!("from {}: ", from(one)) } else { String::new() };
        return (overall(one), format!("{place}{}", one.verdict.said), None);
    }
    let fresh: Vec<&Judged<'_>> = judged.iter().filter(|one| !one.place.keep_alive).collect();
    match fresh.as_slice() {
        [] => (Overall::NotAsked, "nothing was asked".into(), None),
        [one] => (overall(one), one.verdict.said.clone(), None),
        [first, others @ ..] if others.iter().all(|one| overall(one) == overall(first)) => {
            let word = match overall(first) {
                Overall::Even => "even",
                Overall::OnePodOnly => "one pod only, as was to be expected,",
                Overall::TooFew => "too few to tell",
                _ => "not judged",
            };
            (overall(first), format!("{word} from each of {} places", fresh.len()), None)
        }
        _ => (Overall::NotJudged, format!("not the same from each of {} places: see below", fresh.len()), None),
    }
}

/// The endpoints that came or went while it was asked.
pub fn changes(report: &ProbeReport) -> Option<String> {
    let names = |endpoints: &[Endpoint]| -> BTreeSet<String> {
        in_use(endpoints).into_iter().map(|endpoint| endpoint.name().to_owned()).collect()
    };
    let (before, after) = (names(&report.facts.found.endpoints), names(report.after.as_ref()?));
    let came = after.difference(&before).map(|name| format!("{name} came"));
    let went = before.difference(&after).map(|name| format!("{name} went"));
    let all: Vec<String> = came.chain(went).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

pub fn notes(report: &ProbeReport, judged: &[Judged<'_>]) -> Vec<String> {
    let mut notes: Vec<String> = report.facts.found.note.iter().cloned().collect();
    if let Some(changes) = changes(report) {
        notes.push(format!("the endpoints changed meanwhile: {changes}"));
    }
    let asked = judged.iter().any(|one| one.tally.answered() > 0);
    let unready = report.facts.found.endpoints.iter().filter(|endpoint| !endpoint.ready && !endpoint.terminating);
    let unready: Vec<&str> = unready.map(Endpoint::name).collect();
    if asked && !unready.is_empty() {
        notes.push(format!("not ready, and so without requests: {}", unready.join(", ")));
    }
    if report.ground.as_ref().is_some_and(|ground| ground.mode.is_none())
        && asked
        && report.facts.found.service.is_some()
    {
        notes.push(
            "kube-proxy's mode may not be read by you; it is judged as in iptables and nftables mode, by chance".into(),
        );
    }
    let unknown: u64 = judged.iter().map(|one| one.tally.unknown()).sum();
    let has_endpoints = !report.facts.found.endpoints.is_empty();
    if unknown > 0 && has_endpoints {
        let why =
            report.logs_silent.clone().unwrap_or_else(|| "the pods' logs do not show the user agent either".into());
        notes.push(format!("who gave {unknown} answers is unknown: no pod is named in them, and {why}"));
    }
    for one in judged.iter().filter(|one| one.place.keep_alive && one.tally.over == Some(None)) {
        let missing = one.tally.missing(report.args.count);
        if missing > 0 {
            notes.push(format!(
                "the server closed the one connection after {} of {} requests",
                one.tally.told(),
                report.args.count
            ));
        }
    }
    notes
}
