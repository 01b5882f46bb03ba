//! What is left of MetalLB.

use lab::Report;
use serde::Serialize;

use super::facts::Facts;
use crate::around;
use crate::pool::{losing, words};
use crate::resources::name;
use crate::services::LoadBalancer;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UninstallReport {
    /// In one line: whether anything of it is left.
    verdict: String,
    /// Nothing is.
    gone: bool,
    /// Pools, advertisements and all objects that came with it, as they are still there.
    left: Vec<String>,
    /// The Services of type LoadBalancer that have an address of MetalLB's, as NAMESPACE/NAME.
    with_address: Vec<String>,
    /// Those that have none at all.
    without_address: Vec<String>,
}

pub fn report(facts: &Facts) -> UninstallReport {
    let names = |services: &[&LoadBalancer]| services.iter().map(|service| service.full_name()).collect();
    let with = losing(&facts.services, &around::pools(&facts.present));
    let without: Vec<&LoadBalancer> = facts.services.iter().filter(|service| service.is_pending()).collect();
    let left = left(facts);
    UninstallReport {
        verdict: verdict(facts, &with, &left),
        gone: left.is_empty(),
        with_address: names(&with),
        without_address: names(&without),
        left,
    }
}

fn left(facts: &Facts) -> Vec<String> {
    let pools = facts.present.pools.iter().map(|seen| format!("IPAddressPool {}", name(&seen.object.metadata)));
    let advertisements = facts.present.l2_advertisements.iter();
    let advertisements = advertisements.map(|seen| format!("L2Advertisement {}", name(&seen.object.metadata)));
    let parts = facts.parts().map(|part| part.target.to_string());
    pools.chain(advertisements).chain(parts).collect()
}

fn verdict(facts: &Facts, with: &[&LoadBalancer], left: &[String]) -> String {
    if left.is_empty() {
        let done = if facts.wrote { "MetalLB is gone" } else { "MetalLB is not installed" };
        return format!("{done}: nothing of it is left in the cluster");
    }
    let version = facts.present.version().map(|version| format!(" {version}")).unwrap_or_default();
    let services = match with {
        [] => "no Service has an address of it".to_owned(),
        some => format!("these Services have an address of it: {}", words(some)),
    };
    format!("MetalLB{version} is there with {} objects; {services}", left.len())
}

impl Report for UninstallReport {
    const KIND: &'static str = "MetalLBUninstallReport";

    fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.verdict);
        if !self.without_address.is_empty() {
            text.push_str(&format!("Services without an address: {}\n", self.without_address.join(", ")));
        }
        if wide {
            self.left.iter().for_each(|left| text.push_str(&format!("left: {left}\n")));
        }
        text
    }
}
