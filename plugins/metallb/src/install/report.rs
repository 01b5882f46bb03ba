//! What the user gets to see at the end.

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
    let services = facts.services.iter().filter(|service| has_address(service)).count();
    match services {
        0 => format!("{up}; that an address answers is unproven: no Service of type LoadBalancer has one yet"),
        1 => format!("{up}; 1 Service has an address: ask it with kubectl lab metallb verify"),
        many => format!("{up}; {many} Services have an address: ask them with kubectl lab metallb verify"),
    }
}

fn has_address(service: &k8s_openapi::api::core::v1::Service) -> bool {
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
