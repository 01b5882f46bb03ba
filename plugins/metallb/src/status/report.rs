//! What the user gets to see.

use lab::Report;
use serde::Serialize;

use super::facts::Facts;
use super::nodes::{self, Node};
use super::services::{self, Service};
use super::warnings::warnings;
use crate::chain;
use crate::pool::{self, Row};
use crate::present::{Installer, Present};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// Anything of MetalLB is there.
    installed: bool,
    /// In one line.
    verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metallb: Option<MetalLB>,
    pools: Vec<Row>,
    nodes: Vec<Node>,
    services: Vec<Service>,
    warnings: Vec<String>,
    #[serde(skip)]
    nothing: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MetalLB {
    namespace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    controller_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker_version: Option<String>,
    installed_by: &'static str,
    controller: Pods,
    speakers: Pods,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pods {
    ready: i32,
    wanted: i32,
}

pub fn report(facts: &Facts) -> StatusReport {
    let (world, present) = (&facts.world, &facts.world.present);
    if !present.is_there() {
        return StatusReport {
            installed: false,
            verdict: "MetalLB is not installed; install it with: kubectl lab metallb install".into(),
            metallb: None,
            pools: Vec::new(),
            nodes: Vec::new(),
            services: Vec::new(),
            warnings: Vec::new(),
            nothing: "",
        };
    }
    let metallb = metallb(present);
    let warnings = warnings(world);
    StatusReport {
        installed: true,
        verdict: verdict(present, &metallb),
        pools: pool::rows(present, &world.services),
        nodes: nodes::nodes(world),
        services: facts.services.iter().map(|service| services::row(world, service, &warnings)).collect(),
        metallb: Some(metallb),
        warnings,
        nothing: if facts.chosen { "no such Service of type LoadBalancer" } else { "no Service of type LoadBalancer" },
    }
}

fn metallb(present: &Present) -> MetalLB {
    let controller = present.controller.as_ref().map(|seen| &seen.object);
    let speaker = present.speaker.as_ref().and_then(|seen| seen.object.status.as_ref());
    MetalLB {
        namespace: present.namespace().to_owned(),
        controller_version: present.version().map(|version| version.to_string()),
        speaker_version: present.speaker_version().map(|version| version.to_string()),
        installed_by: match present.installer() {
            Installer::Us => "kubectl lab",
            Installer::Helm { .. } => "Helm",
            Installer::GitOps(who) => who,
            Installer::Others => "others",
        },
        controller: Pods {
            ready: controller.and_then(|one| one.status.as_ref()?.ready_replicas).unwrap_or_default(),
            wanted: controller.map_or(0, |one| one.spec.replicas.unwrap_or(1)),
        },
        speakers: Pods {
            ready: speaker.map_or(0, |status| status.number_ready),
            wanted: speaker.map_or(0, |status| status.desired_number_scheduled),
        },
    }
}

fn verdict(present: &Present, metallb: &MetalLB) -> String {
    let by = match present.installer() {
        Installer::Us => "installed by kubectl lab".to_owned(),
        Installer::Helm { release, .. } if release.is_empty() => "installed by Helm".to_owned(),
        Installer::Helm { release, .. } => format!("installed by Helm (release {release})"),
        Installer::GitOps(who) => format!("installed by {who}"),
        Installer::Others => "not installed by this command".to_owned(),
    };
    format!(
        "{} in namespace {}, {by}; controller {}/{} ready, speakers {}/{} ready",
        chain::version(present),
        metallb.namespace,
        metallb.controller.ready,
        metallb.controller.wanted,
        metallb.speakers.ready,
        metallb.speakers.wanted
    )
}

impl Report for StatusReport {
    const KIND: &'static str = "MetalLBStatusReport";

    fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.verdict);
        if !self.installed {
            return text;
        }
        let pools = match self.pools.is_empty() {
            true => "no pool; see what is free with: kubectl lab metallb pool propose\n".to_owned(),
            false => pool::table(&self.pools, wide),
        };
        let services = match self.services.is_empty() {
            true => format!("{}\n", self.nothing),
            false => services::table(&self.services, wide),
        };
        let warnings: String = self.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
        for part in [pools, nodes::table(&self.nodes), services, warnings] {
            if !part.is_empty() {
                text.push('\n');
                text.push_str(&part);
            }
        }
        text
    }
}
