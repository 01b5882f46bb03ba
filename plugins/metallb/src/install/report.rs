//! What the user gets to see at the end.

use k8s_openapi::api::core::v1::Service;
use lab::{Report, Table};
use lab_plan::Exit;
use serde::Serialize;

use super::args::Args;
use super::facts::Facts;
use super::proof::{self, ProofReport};
use crate::pool::{Advertisement, advertised, advertisers};
use crate::present::Present;
use crate::resources::{IPAddressPool, name};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstallReport {
    /// In one line: how MetalLB is, and what was proven.
    verdict: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    namespace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<Manifest>,
    pools: Vec<Pool>,
    /// What --prove has shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<ProofReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    url: String,
    sha256: String,
    /// The digest is one that this program knows.
    known: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pool {
    name: String,
    addresses: Vec<String>,
    advertised_by: Vec<Advertisement>,
}

pub fn report(args: &Args, facts: &Facts) -> InstallReport {
    let present = &facts.present;
    let manifest = facts.manifest.as_ref().map(|manifest| Manifest {
        url: manifest.release.url.clone(),
        sha256: manifest.release.sha256.clone(),
        known: manifest.release.known_digest,
    });
    let proof = facts.proof.as_ref().and_then(|proof| proof::report(args, proof));
    InstallReport {
        verdict: verdict(facts, proof.as_ref()),
        version: present.version().map(|version| version.to_string()),
        namespace: present.namespace().to_owned(),
        manifest,
        pools: pools(present),
        proof,
    }
}

fn pools(present: &Present) -> Vec<Pool> {
    let pool = |pool: &IPAddressPool| Pool {
        name: name(&pool.metadata).to_owned(),
        addresses: pool.spec.addresses.clone(),
        advertised_by: advertised(present, pool),
    };
    present.pools.iter().map(|seen| pool(&seen.object)).collect()
}

fn verdict(facts: &Facts, proof: Option<&ProofReport>) -> String {
    let present = &facts.present;
    let Some(version) = present.version() else { return "MetalLB is not installed".into() };
    if let Some(plan) = super::waiting::plan(present) {
        let why = match plan.then {
            lab_plan::Then::LookAgain { why } => why,
            _ => plan.refusals.first().map(|refusal| refusal.reason.clone()).unwrap_or_default(),
        };
        return format!("MetalLB {version} is not up yet: {why}");
    }
    let up = format!("MetalLB {version} is up, and its webhook answers");
    if let Some(proof) = proof {
        return format!("{up}; {}", proof.verdict);
    }
    if present.pools.is_empty() {
        return format!("{up}; it has no addresses to hand out yet");
    }
    format!("{up}; {}", unproven(&facts.services))
}

/// That an address answers is only known when it was asked.
fn unproven(services: &[Service]) -> String {
    let (with, without): (Vec<&Service>, Vec<&Service>) = services.iter().partition(|service| has_address(service));
    let ask = |services: &[&Service]| {
        let first = &services[0].metadata;
        format!("kubectl lab metallb verify {}/{}", first.namespace.as_deref().unwrap_or_default(), name(first))
    };
    match (with.as_slice(), without.as_slice()) {
        ([], []) => "that an address answers is unproven: there is no Service of type LoadBalancer yet".into(),
        ([], [_]) => format!("1 Service waits for its address: {}", ask(&without)),
        ([], many) => format!("{} Services wait for their addresses: {}", many.len(), ask(many)),
        ([_], _) => format!("1 Service has an address, which was not asked: {}", ask(&with)),
        (many, _) => format!("{} Services have an address, which was not asked: {}", many.len(), ask(many)),
    }
}

fn has_address(service: &Service) -> bool {
    let ingress = service.status.as_ref().and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref());
    ingress.is_some_and(|ingress| !ingress.is_empty())
}

impl Report for InstallReport {
    const KIND: &'static str = "MetalLBInstallReport";

    fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.verdict);
        if !self.pools.is_empty() {
            let mut table = Table::new(["POOL", "ADDRESSES", "ADVERTISED-BY"]);
            for pool in &self.pools {
                table.row([pool.name.clone(), pool.addresses.join(","), advertisers(&pool.advertised_by)]);
            }
            text.push_str(&format!("\n{table}"));
        }
        if let Some(table) = self.proof.as_ref().and_then(ProofReport::table) {
            text.push_str(&format!("\n{table}"));
        }
        if let (true, Some(manifest)) = (wide, &self.manifest) {
            let known = if manifest.known { "known" } else { "not known to this program" };
            text.push_str(&format!("\nmanifest: {}\nsha256: {} ({known})\n", manifest.url, manifest.sha256));
        }
        text
    }

    fn exit(&self) -> Exit {
        self.proof.as_ref().map_or(Exit::Done, ProofReport::exit)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_not_asked_is_not_said_to_answer() {
        let service = |name: &str, address: Option<&str>| -> Service {
            let ingress: Vec<_> = address.iter().map(|address| json!({ "ip": address })).collect();
            serde_json::from_value(json!({
                "metadata": { "namespace": "lecture", "name": name },
                "status": { "loadBalancer": { "ingress": ingress } },
            }))
            .unwrap()
        };
        let (with, without) = (|name| service(name, Some("172.30.0.200")), |name| service(name, None));
        let verify = |name: &str| format!("kubectl lab metallb verify lecture/{name}");
        for (services, said) in [
            (vec![], "that an address answers is unproven: there is no Service of type LoadBalancer yet".to_owned()),
            (vec![without("a")], format!("1 Service waits for its address: {}", verify("a"))),
            (vec![without("a"), without("b")], format!("2 Services wait for their addresses: {}", verify("a"))),
            (vec![without("a"), with("b")], format!("1 Service has an address, which was not asked: {}", verify("b"))),
            (vec![with("a"), with("b")], format!("2 Services have an address, which was not asked: {}", verify("a"))),
        ] {
            assert_eq!(unproven(&services), said);
        }
    }
}
