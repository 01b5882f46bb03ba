//! What the user gets to see.

use std::collections::BTreeSet;

use lab::{Report, Table};
use lab_plan::Exit;
use serde::Serialize;

use super::answer;
use super::args::Args;
use super::facts::{Facts, Place};
use crate::chain::{self, Id, State, list};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    /// NAMESPACE/NAME
    service: String,
    addresses: Vec<String>,
    conclusion: Conclusion,
    /// In one line.
    verdict: String,
    /// What the answers show.
    shown: Vec<Shown>,
    hops: Vec<Hop>,
    /// Where this machine is, once it has asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    here: Option<Here>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Here {
    place: &'static str,
    /// The node that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// Its own address, as the cluster sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Conclusion {
    Answers,
    Fails,
    /// Nothing could be asked for an answer, and nothing speaks against one.
    Unproven,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Shown {
    KubeProxy,
    /// The address is announced on the nodes' network.
    Layer2,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Hop {
    hop: Id,
    state: State,
    #[serde(skip_serializing_if = "String::is_empty")]
    said: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

pub fn report(args: &Args, facts: &Facts) -> VerifyReport {
    let hops = hops(args, facts);
    let service = format!("{}/{}", facts.namespace, args.service.name);
    let addresses = facts.service.iter().flat_map(crate::services::LoadBalancer::addresses);
    let addresses: Vec<String> = addresses.map(|address| address.to_string()).collect();
    let here = facts.here.as_ref().map(|here| &here.place);
    let shown = shown(&hops, here);
    let conclusion = conclude(&hops);
    VerifyReport {
        verdict: verdict(&service, &addresses, conclusion, &shown, &hops),
        service,
        addresses,
        conclusion,
        shown,
        here: here.map(Here::from),
        hops: hops.into_iter().map(Hop::from).collect(),
    }
}

/// All of them, in their order.
pub fn hops(args: &Args, facts: &Facts) -> Vec<chain::Hop> {
    let mut hops = facts.chain(args);
    hops.extend(answer::judge(args, facts));
    hops
}

fn conclude(hops: &[chain::Hop]) -> Conclusion {
    if hops.iter().any(|hop| hop.state == State::Failed) {
        return Conclusion::Fails;
    }
    if hops.iter().any(|hop| is_answer(hop.id) && hop.state == State::Ok) {
        Conclusion::Answers
    } else {
        Conclusion::Unproven
    }
}

fn is_answer(id: Id) -> bool {
    matches!(id, Id::FromPod | Id::FromNode | Id::FromHere)
}

/// What the answers show.
pub fn shown(hops: &[chain::Hop], here: Option<&Place>) -> Vec<Shown> {
    let ok = |id: Id| hops.iter().any(|hop| hop.id == id && hop.state == State::Ok);
    let off_nodes = matches!(here, Some(Place::OffNodes(_)));
    let inside = ok(Id::FromPod) || ok(Id::FromNode);
    let kube_proxy = (inside || ok(Id::FromHere)).then_some(Shown::KubeProxy);
    let layer2 = (ok(Id::FromHere) && off_nodes && !by_bgp(hops)).then_some(Shown::Layer2);
    kube_proxy.into_iter().chain(layer2).collect()
}

/// Something else than layer 2 announces it.
fn by_bgp(hops: &[chain::Hop]) -> bool {
    hops.iter().any(|hop| hop.id == Id::Advertisement && hop.state != State::Ok)
}

fn verdict(
    service: &str,
    addresses: &[String],
    conclusion: Conclusion,
    shown: &[Shown],
    hops: &[chain::Hop],
) -> String {
    let failed = hops.iter().find(|hop| hop.state == State::Failed);
    if let Some(failed) = failed {
        let place = if is_answer(failed.id) { format!(" {}", failed.id.words()) } else { String::new() };
        return format!("Service {service} does not work{place}: {}", failed.said);
    }
    let at = list(addresses);
    match conclusion {
        Conclusion::Answers if shown.contains(&Shown::Layer2) => {
            format!("Service {service} answers at {at}, also off the nodes: layer 2 and kube-proxy are shown")
        }
        Conclusion::Answers => {
            format!(
                "Service {service} answers at {at}; that shows kube-proxy alone, and layer 2 is unproven until a machine off the nodes gets an answer"
            )
        }
        _ => format!("unproven: nothing speaks against Service {service} at {at}, and no answer was got"),
    }
}

impl From<&Place> for Here {
    fn from(place: &Place) -> Here {
        let here = |place, node: Option<&String>, address: Option<String>| Here { place, node: node.cloned(), address };
        match place {
            Place::Node(node) => here("node", Some(node), None),
            Place::Pod => here("pod", None, None),
            Place::Owner => here("owner", None, None),
            Place::OffNodes(own) => here("offNodes", None, Some(own.to_string())),
            Place::Unknown => here("unknown", None, None),
        }
    }
}

impl From<chain::Hop> for Hop {
    fn from(hop: chain::Hop) -> Hop {
        Hop { hop: hop.id, state: hop.state, said: hop.said, hints: hop.hints, warnings: hop.warnings }
    }
}

impl Report for VerifyReport {
    const KIND: &'static str = "MetalLBVerifyReport";

    fn table(&self, _wide: bool) -> String {
        let mut table = Table::new(["HOP", "STATE", "DETAIL"]);
        for hop in &self.hops {
            table.row([hop.hop.words(), hop.state.words(), &hop.said]);
        }
        let mut text = format!("{}\n\n{table}", self.verdict);
        let mut below: Vec<String> = Vec::new();
        for hop in &self.hops {
            below.extend(hop.warnings.iter().map(|warning| format!("warning: {warning}\n")));
            below.extend(hop.hints.iter().map(|hint| format!("hint: {hint}\n")));
        }
        // Two answers that fail alike have the same hints.
        let mut seen = BTreeSet::new();
        let below: String = below.into_iter().filter(|line| seen.insert(line.clone())).collect();
        if !below.is_empty() {
            text.push('\n');
            text.push_str(&below);
        }
        text
    }

    fn exit(&self) -> Exit {
        if self.conclusion == Conclusion::Fails { Exit::Negative } else { Exit::Done }
    }
}
