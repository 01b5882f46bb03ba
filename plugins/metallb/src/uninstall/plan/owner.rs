//! Whose MetalLB it is, and what of others would go along.

use lab::rights::{Right, smallest_roles};
use lab_plan::{Contents, Item, Refusal, Target};
use lab_topics::cascade::{self, CASCADE, Inventory};

use super::super::facts::{DEFINITION, Facts};
use super::super::names;
use super::ADOPT;
use crate::around;
use crate::inventory::is_ours;
use crate::pool::{losing, words};
use crate::present::Installer;
use crate::resources::{API_VERSION, GROUP, name};

/// Whoever keeps it installed would bring it again.
pub fn managed(facts: &Facts) -> Option<Refusal> {
    match facts.present.installer() {
        Installer::Helm { release, namespace } => {
            let [release, namespace] = [(&release, "RELEASE"), (&namespace, "NAMESPACE")]
                .map(|(name, word)| if name.is_empty() { word.to_owned() } else { name.clone() });
            let reason = format!("MetalLB here is managed by Helm (release {release})");
            Some(Refusal::refused(reason, None).hint(format!("helm uninstall {release} -n {namespace}")))
        }
        Installer::GitOps(who) => {
            let reason = format!("MetalLB here is synced by {who}, which would bring it again");
            Some(Refusal::refused(reason, None).hint("take it out of its source"))
        }
        Installer::Us | Installer::Others => None,
    }
}

pub fn refusals(facts: &Facts) -> Vec<Refusal> {
    let ours = inventory(facts);
    let cascades =
        facts.contents.iter().filter_map(|(container, contents)| goes_along(facts, &ours, container, contents));
    not_installed_by_us(facts).into_iter().chain(foreign_pools(facts)).chain(cascades).collect()
}

fn not_installed_by_us(facts: &Facts) -> Option<Refusal> {
    let is_workload = |part: &&crate::inventory::Ours| part.target.kind == "Deployment";
    let first = facts.unlabelled.iter().find(is_workload).or(facts.unlabelled.last())?;
    let more = match facts.unlabelled.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more objects"),
    };
    let reason = format!("MetalLB here was not installed by this command ({}{more})", first.target);
    let refusal = Refusal::refused(reason, Some(ADOPT));
    Some(match facts.present.version() {
        Some(version) => refusal.hint(format!(
            "take it away the way it came: kubectl delete -f https://raw.githubusercontent.com/metallb/metallb/{version}/config/manifests/metallb-native.yaml"
        )),
        None => refusal,
    })
}

fn foreign_pools(facts: &Facts) -> Vec<Refusal> {
    let foreign = facts.present.pools.iter().filter(|seen| !is_ours(&seen.object.metadata));
    let refusal = |seen: &lab::Seen<crate::resources::IPAddressPool>| {
        let pool = &seen.object;
        let namespace = pool.metadata.namespace.as_deref().unwrap_or_default();
        let addresses = pool.spec.addresses.join(", ");
        let mut reason =
            format!("IPAddressPool {namespace}/{} ({addresses}) was not made by this command", name(&pool.metadata));
        let losing = losing(&facts.services, &[around::read_pool(pool)]);
        if !losing.is_empty() {
            reason.push_str(&format!(", and with it these Services lose their address: {}", words(&losing)));
        }
        let look = format!("kubectl get ipaddresspool {} -n {namespace} -o yaml", name(&pool.metadata));
        Refusal::refused(reason, Some(CASCADE.0)).hint(format!("look at it with: {look}"))
    };
    foreign.map(refusal).collect()
}

/// What this removal takes away of its own, what it has taken away already included.
fn inventory(facts: &Facts) -> Inventory {
    let mut ours = Inventory::default();
    for part in facts.parts() {
        ours.add(&part.target, part.live.pointer("/metadata/uid").and_then(serde_json::Value::as_str));
    }
    for target in names::all(facts.present.namespace()) {
        ours.add(&target, None);
    }
    // Foreign pools have a refusal of their own, which says more.
    let pools = facts.present.pools.iter().map(|seen| ("IPAddressPool", &seen.object.metadata));
    let advertisements = facts.present.l2_advertisements.iter().map(|seen| ("L2Advertisement", &seen.object.metadata));
    for (kind, metadata) in pools.chain(advertisements.filter(|(_, metadata)| is_ours(metadata))) {
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        let target = Target::namespaced(API_VERSION, kind, namespace, name(metadata));
        ours.add(&target, metadata.uid.as_deref());
    }
    ours
}

fn goes_along(facts: &Facts, ours: &Inventory, container: &Target, contents: &Contents) -> Option<Refusal> {
    let mut contents = contents.clone();
    contents.items.retain(|item| !is_judged_elsewhere(facts, container, item));
    let foreign = ours.foreign(&contents);
    let refusal = cascade::refusal(container, &foreign)?;
    let rights: Vec<Right> = foreign.unseen.iter().filter_map(|unseen| lab::right_to_see(container, unseen)).collect();
    if rights.is_empty() {
        return Some(refusal);
    }
    Some(refusal.hint(format!("to look at the rest, this is enough:\n\n{}", smallest_roles(&rights))))
}

/// In the Namespace lie objects of MetalLB's kinds too, which go with their kind.
fn is_judged_elsewhere(facts: &Facts, container: &Target, item: &Item) -> bool {
    let of_metallb = item.target.api_version.split('/').next() == Some(GROUP);
    if !of_metallb || container.kind == DEFINITION {
        return false;
    }
    facts.parts().any(|part| part.target.kind == DEFINITION && part.target.name == item.resource)
}
