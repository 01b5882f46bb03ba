//! What is shown of a measurement, to people and to programs alike.

mod csv;
mod table;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::args::Sort;
use crate::event::Counted;
use crate::meter::{Meter, Moved, float, per_second};
use crate::pod::PodName;
use crate::report::{Row, TrafficReport};
use crate::sample::Counters;
use crate::source::Source;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Whose traffic.
    pub of: String,
    /// When it was measured last, by the API server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What the rates are about: the time between the last two samples, or the whole time of the measurement.
    pub span: Span,
    pub pods: Vec<PodLine>,
    pub total: Total,
    /// Nodes of which nothing was heard.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<SilentNode>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip)]
    pub layout: Layout,
}

/// Which columns there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    pub namespaces: bool,
    pub requests: bool,
    pub packets: bool,
    pub rates: bool,
    pub hidden: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Span {
    Present,
    Whole,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodLine {
    pub namespace: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How long the span of the rates is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx_bytes_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_bytes_per_second: Option<f64>,
    /// Since the pod's interfaces came into being, as the following.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx_packets: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_packets: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx_dropped: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_dropped: Option<u64>,
    /// Of all that these pods receive and send, from 0 to 1; by the rates, and without rates by the totals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<f64>,
    /// Since the measurement began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// It was there, and is not any more.
    pub has_gone: bool,
    /// Why there are no numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmeasured: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    pub pods: usize,
    pub measured: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rx_bytes_per_second: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_bytes_per_second: Option<f64>,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SilentNode {
    pub name: String,
    pub why: String,
}

pub fn shown(report: &TrafficReport) -> Shown {
    let span = if report.args.watch && !report.is_over { Span::Present } else { Span::Whole };
    // Who has gone is part of what was, and not of what is.
    let rows =
        report.pods.iter().filter(|(_, row)| !row.has_gone || (span == Span::Whole && row.meter.total().is_some()));
    let mut pods: Vec<PodLine> = rows.map(|(name, row)| line(name, row, span)).collect();
    let total = total(&pods);
    give_shares(&mut pods, &total);
    sort(&mut pods, report.args.order());
    let all = pods.len();
    pods.truncate(report.args.top.map_or(usize::MAX, |top| usize::try_from(top).unwrap_or(usize::MAX)));
    let layout = Layout {
        namespaces: report.args.all_namespaces,
        requests: report.args.requests,
        packets: report.args.packets,
        rates: !report.args.only_totals(),
        hidden: all - pods.len(),
    };
    Shown {
        of: report.of.clone(),
        at: report.at.map(|at| at.to_string()),
        span,
        notes: notes(report, &pods, &total, layout),
        nodes: report.silent.iter().map(|(name, why)| SilentNode { name: name.clone(), why: why.clone() }).collect(),
        pods,
        total,
        layout,
    }
}

fn line(name: &PodName, row: &Row, span: Span) -> PodLine {
    let PodName { namespace, name } = name.clone();
    let base = PodLine {
        namespace,
        name,
        node: row.node.clone(),
        has_gone: row.has_gone,
        unmeasured: row.why_not.clone().filter(|_| !row.has_gone),
        requests: row.requests.whole.map(|counted| counted.requests),
        requests_per_second: requests(row, span).map(|counted| per_second(counted.requests, counted.took)),
        ..PodLine::default()
    };
    // What was counted before stays true in the whole; what is now is not known then.
    let is_known = row.why_not.is_none() || span == Span::Whole;
    match row.meter.total().filter(|_| is_known) {
        Some(total) => with_numbers(base, &row.meter, &total, span),
        None => base,
    }
}

fn requests(row: &Row, span: Span) -> Option<Counted> {
    match span {
        Span::Present => row.requests.present,
        Span::Whole => row.requests.whole,
    }
}

fn with_numbers(line: PodLine, meter: &Meter, total: &Counters, span: Span) -> PodLine {
    let moved = match span {
        Span::Present => meter.present(),
        Span::Whole => meter.whole(),
    };
    let packets = total.packets;
    PodLine {
        source: meter.source(),
        seconds: moved.map(|moved| moved.took.as_secs_f64()),
        rx_bytes_per_second: moved.as_ref().map(Moved::rx),
        tx_bytes_per_second: moved.as_ref().map(Moved::tx),
        rx_bytes: Some(total.rx),
        tx_bytes: Some(total.tx),
        rx_packets: packets.map(|packets| packets.rx),
        tx_packets: packets.map(|packets| packets.tx),
        rx_dropped: packets.map(|packets| packets.rx_dropped),
        tx_dropped: packets.map(|packets| packets.tx_dropped),
        ..line
    }
}

fn total(pods: &[PodLine]) -> Total {
    let sum = |of: fn(&PodLine) -> Option<f64>| pods.iter().filter_map(of).reduce(|sum, one| sum + one);
    let bytes = |of: fn(&PodLine) -> Option<u64>| pods.iter().filter_map(of).fold(0, u64::saturating_add);
    Total {
        pods: pods.len(),
        measured: pods.iter().filter(|pod| pod.rx_bytes.is_some()).count(),
        rx_bytes_per_second: sum(|pod| pod.rx_bytes_per_second),
        tx_bytes_per_second: sum(|pod| pod.tx_bytes_per_second),
        rx_bytes: bytes(|pod| pod.rx_bytes),
        tx_bytes: bytes(|pod| pod.tx_bytes),
        requests_per_second: sum(|pod| pod.requests_per_second),
    }
}

/// By the rates where there are some; idle pods have no shares of nothing.
fn give_shares(pods: &mut [PodLine], total: &Total) {
    let rate = total.rx_bytes_per_second.unwrap_or_default() + total.tx_bytes_per_second.unwrap_or_default();
    let bytes = float(total.rx_bytes.saturating_add(total.tx_bytes));
    let by_rates = total.rx_bytes_per_second.is_some();
    let whole = if by_rates { rate } else { bytes };
    for pod in pods.iter_mut().filter(|_| whole > 0.0) {
        let own = if by_rates { rate_of(pod) } else { bytes_of(pod).map(float) };
        pod.share = own.map(|own| own / whole);
    }
}

fn rate_of(pod: &PodLine) -> Option<f64> {
    Some(pod.rx_bytes_per_second? + pod.tx_bytes_per_second?)
}

fn bytes_of(pod: &PodLine) -> Option<u64> {
    Some(pod.rx_bytes?.saturating_add(pod.tx_bytes?))
}

/// What is more comes first; names go from a to z.
fn sort(pods: &mut [PodLine], by: Sort) {
    let amount = |pod: &PodLine| match by {
        Sort::Rx => pod.rx_bytes_per_second.or(pod.rx_bytes.map(float)),
        Sort::Tx => pod.tx_bytes_per_second.or(pod.tx_bytes.map(float)),
        Sort::Traffic => rate_of(pod).or(bytes_of(pod).map(float)),
        Sort::Requests => pod.requests_per_second,
        Sort::Name | Sort::Node => None,
    };
    // None of these numbers is negative, and their bits are in their order.
    let descending = |pod: &PodLine| Reverse(amount(pod).map(f64::to_bits));
    match by {
        Sort::Name => {}
        Sort::Node => pods.sort_by(|a, b| a.node.cmp(&b.node)),
        _ => pods.sort_by_key(descending),
    }
}

fn notes(report: &TrafficReport, pods: &[PodLine], total: &Total, layout: Layout) -> Vec<String> {
    let mut notes: Vec<String> = report.notes.iter().cloned().collect();
    let unmeasured = |pod: &PodLine| pod.unmeasured.clone();
    notes.extend(grouped(pods, unmeasured).into_iter().map(|(why, which)| format!("n/a for {which}: {why}")));
    let silent = report.silent.iter().filter(|(node, _)| !pods.iter().any(|pod| pod.node.as_ref() == Some(node)));
    notes.extend(silent.map(|(node, why)| format!("no pod of node {node} is shown: {why}")));
    let requests: Vec<PodLine> = report
        .pods
        .iter()
        .filter_map(|(name, row)| {
            let PodName { namespace, name } = name.clone();
            Some(PodLine { namespace, name, unmeasured: Some(row.requests.why_not.clone()?), ..PodLine::default() })
        })
        .collect();
    let no_requests = grouped(&requests, unmeasured).into_iter();
    notes.extend(no_requests.map(|(why, which)| format!("no requests are counted for {which}: {why}")));
    if layout.rates && total.measured > 0 && total.rx_bytes_per_second.is_none() && report.is_over {
        notes.push(
            "there are no rates: kubelets look at their pods every 10 to 15 s, so give it more time with --for".into(),
        );
    }
    if layout.hidden > 0 {
        notes.push(format!("{} more pods are not shown, and are part of the total", layout.hidden));
    }
    notes
}

/// The pods by why there are no numbers of them: `pod lecture/web`, `3 pods (lecture/web and 2 more)`.
fn grouped(pods: &[PodLine], why: impl Fn(&PodLine) -> Option<String>) -> Vec<(String, String)> {
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in pods {
        if let Some(why) = why(pod) {
            by_reason.entry(why).or_default().push(format!("{}/{}", pod.namespace, pod.name));
        }
    }
    let words = |names: Vec<String>| match names.as_slice() {
        [] => String::new(),
        [one] => format!("pod {one}"),
        [first, rest @ ..] => format!("{} pods ({first} and {} more)", names.len(), rest.len()),
    };
    by_reason.into_iter().map(|(why, names)| (why, words(names))).collect()
}

impl Shown {
    /// The longest of the spans, to the second.
    pub fn span(&self) -> Option<Duration> {
        let longest = self.pods.iter().filter_map(|pod| pod.seconds).fold(0.0, f64::max);
        (longest > 0.0).then(|| Duration::from_secs_f64(longest.round()))
    }
}
