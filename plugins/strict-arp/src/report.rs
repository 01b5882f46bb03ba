//! What the user gets to see at the end.

use lab::{Report, Table};
use lab_plan::Plan;
use lab_topics::kube_proxy::{Config, Place, Runs, StrictArp, reasons, runs};
use serde::Serialize;

use crate::args::{Args, Want};
use crate::facts::Facts;
use crate::plan::{configuration, matters, why_not};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StrictArpReport {
    /// In one line: how it is, whether it matters, and what was proven.
    verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<Configuration>,
    nodes: Vec<NodeProxy>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    /// The object and the key in it.
    object: String,
    key: String,
    strict_arp: Word,
    mode: String,
    /// strictARP has an effect in this mode.
    matters: bool,
    proof: Proof,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Word {
    On,
    Off,
    /// Off, because it is not written.
    Absent,
    /// Something else than a boolean.
    Invalid,
}

/// Whether the running kube-proxy uses the configured value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Proof {
    Proven,
    Unproven,
    /// Some pods run an older configuration.
    Disproven,
    /// It does not matter in this mode.
    NotNeeded,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeProxy {
    name: String,
    pod: String,
    /// The mode that it runs in; absent where its log does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    /// What it uses, by its own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    strict_arp: Option<bool>,
    /// Why that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    unproven: Option<String>,
    /// Whether it was started after the configuration was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_since: Option<bool>,
}

pub fn report(args: &Args, facts: &Facts, _plan: &Plan) -> StrictArpReport {
    match configuration(facts) {
        Err(trouble) => {
            StrictArpReport { verdict: why_not(facts, &trouble), configuration: None, nodes: nodes(facts, None) }
        }
        Ok((config, place)) => {
            let proof = proof(args, &config, &place, facts);
            StrictArpReport {
                verdict: verdict(args, facts, &config, &place, proof),
                nodes: nodes(facts, Some(&place)),
                configuration: Some(Configuration {
                    object: place.target().to_string(),
                    key: place.key.to_owned(),
                    strict_arp: word(&config.strict_arp),
                    mode: config.mode.to_string(),
                    matters: matters(&config, facts),
                    proof,
                }),
            }
        }
    }
}

fn word(value: &StrictArp) -> Word {
    match value {
        StrictArp::On => Word::On,
        StrictArp::Off => Word::Off,
        StrictArp::Absent => Word::Absent,
        StrictArp::Other(_) => Word::Invalid,
    }
}

fn proof(args: &Args, config: &Config, place: &Place<'_>, facts: &Facts) -> Proof {
    let asked_for = args.look || (args.restart && args.want != Want::Status);
    if !matters(config, facts) && !asked_for {
        return Proof::NotNeeded;
    }
    let all: Vec<Runs> =
        facts.kube_proxy.proxies.iter().map(|proxy| runs(proxy, place.changed(), config.strict_arp.is(true))).collect();
    if all.contains(&Runs::Older) {
        Proof::Disproven
    } else if !all.is_empty() && all.iter().all(|runs| *runs == Runs::Proven) {
        Proof::Proven
    } else {
        Proof::Unproven
    }
}

fn verdict(args: &Args, facts: &Facts, config: &Config, place: &Place<'_>, proof: Proof) -> String {
    let value = match &config.strict_arp {
        StrictArp::On => "on".to_owned(),
        StrictArp::Off => "off".to_owned(),
        StrictArp::Absent => "off (not written)".to_owned(),
        StrictArp::Other(other) => format!("neither on nor off, but {other}"),
    };
    let mode =
        if config.by_default { format!("{} mode (the default)", config.mode) } else { format!("{} mode", config.mode) };
    let said = format!("strictARP is {value} in {}, which configures {mode}", place.target());
    let irrelevant = "it changes nothing there: only ipvs mode knows it";
    let rest = match proof {
        Proof::NotNeeded => return format!("{said}; {irrelevant}"),
        Proof::Proven => {
            format!(
                "every running kube-proxy uses it ({} of {})",
                facts.kube_proxy.proxies.len(),
                facts.kube_proxy.proxies.len()
            )
        }
        Proof::Disproven => {
            let older = facts
                .kube_proxy
                .proxies
                .iter()
                .filter(|proxy| runs(proxy, place.changed(), config.strict_arp.is(true)) == Runs::Older)
                .count();
            let restart = if matters(config, facts) { "" } else { " with --restart" };
            let how = format!("; `kubectl lab strict-arp on` or `off`{restart} restarts it");
            let how = if args.want == Want::Status { how.as_str() } else { "" };
            format!(
                "{older} of {} running kube-proxies were started with an older configuration{how}",
                facts.kube_proxy.proxies.len()
            )
        }
        Proof::Unproven => {
            format!("which configuration the running kube-proxy uses was not proven: {}", unproven(facts))
        }
    };
    if matters(config, facts) { format!("{said}; {rest}") } else { format!("{said}; {irrelevant}; {rest}") }
}

fn unproven(facts: &Facts) -> String {
    if facts.kube_proxy.proxies.is_empty() {
        return "there is no kube-proxy pod".into();
    }
    let why = reasons(facts.kube_proxy.proxies.iter().filter_map(|proxy| proxy.uses.as_ref().err()));
    let not_asked = facts.kube_proxy.proxies.iter().any(|proxy| proxy.uses.is_err()) && facts.looks.is_empty();
    if not_asked { format!("{why} (--look asks it there)") } else { why }
}

fn nodes(facts: &Facts, place: Option<&Place<'_>>) -> Vec<NodeProxy> {
    let changed = place.and_then(Place::changed);
    facts
        .kube_proxy
        .proxies
        .iter()
        .map(|proxy| NodeProxy {
            name: proxy.node.clone(),
            pod: proxy.pod.clone(),
            mode: proxy.mode.as_ref().ok().map(ToString::to_string),
            strict_arp: proxy.uses.as_ref().ok().copied(),
            unproven: proxy.uses.as_ref().err().cloned(),
            started_since: proxy.created.zip(changed).map(|(created, changed)| created >= changed),
        })
        .collect()
}

impl Report for StrictArpReport {
    const KIND: &'static str = "StrictArpReport";

    fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.verdict);
        if self.nodes.is_empty() || self.configuration.is_none() {
            return text;
        }
        let head = ["NODE", "RUNNING MODE", "STRICT ARP", "CONFIGURATION", if wide { "POD" } else { "" }];
        let mut table = Table::new(head);
        for node in &self.nodes {
            let uses = match node.strict_arp {
                Some(true) => "on",
                Some(false) => "off",
                None => "<unproven>",
            };
            let since = match node.started_since {
                Some(true) => "started since",
                Some(false) => "older",
                None => "<unknown>",
            };
            let mode = node.mode.as_deref().unwrap_or("<unknown>");
            table.row([node.name.as_str(), mode, uses, since, if wide { &node.pod } else { "" }]);
        }
        text.push_str(&table.to_string());
        text
    }
}
