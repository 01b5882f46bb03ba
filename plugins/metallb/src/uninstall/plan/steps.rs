//! The steps of a removal. None of them can be taken back, and each asks first.

use lab_plan::{Announcement, Change, Condition, Path, Settle, Step, Target};

use super::super::facts::{DEFINITION, Facts, NAMESPACE, WEBHOOK, is_going};
use crate::around;
use crate::controller::{self, Down, down, keeps_pools_in_use};
use crate::inventory::Ours;
use crate::pool::{advertised, losing, words};
use crate::resources::{API_VERSION, name};
use crate::services::LoadBalancer;

const CLEAR: &str = "clear-addresses";

/// The pools and what announces them; or why there is nothing to do but wait for them.
pub fn pools(facts: &Facts) -> Result<Step, String> {
    let (mut changes, mut titles, mut going) = (Vec::new(), Vec::new(), Vec::new());
    let pools = facts.present.pools.iter().map(|seen| {
        let ranges = format!(" ({})", seen.object.spec.addresses.join(", "));
        ("IPAddressPool", &seen.object.metadata, &seen.raw, ranges)
    });
    let advertisements = facts.present.l2_advertisements.iter();
    let advertisements =
        advertisements.map(|seen| ("L2Advertisement", &seen.object.metadata, &seen.raw, String::new()));
    for (kind, metadata, raw, more) in pools.chain(advertisements) {
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        let target = Target::namespaced(API_VERSION, kind, namespace, name(metadata));
        if is_going(raw) {
            let held_by = metadata.finalizers.clone().unwrap_or_default().join(", ");
            going.push(format!("{target} is being deleted; it stays until these are through with it: {held_by}"));
        } else {
            titles.push(format!("{kind} {}{more}", name(metadata)));
            changes.push(Change::delete(target, raw));
        }
    }
    if changes.is_empty() {
        return Err(going.join("; "));
    }
    let losing = losing(&facts.services, &around::pools(&facts.present));
    let why = match &losing[..] {
        [] => "asked for; no Service has an address of MetalLB's".to_owned(),
        some => format!("asked for; these Services lose their address: {}", words(some)),
    };
    let step = step(facts, "remove-pools", format!("remove {}", titles.join(", ")), &why, changes);
    let restart = !losing.is_empty() && keeps_pools_in_use(&facts.present) && down(&facts.present).is_none();
    Ok(if restart { step.settle(controller::restart(&facts.present)) } else { step })
}

/// An old controller has not noticed that its pools are gone.
pub fn restart(facts: &Facts, stale: &[&LoadBalancer]) -> Step {
    let title = format!("restart {}", controller::target(&facts.present));
    let why = format!("it goes on with pools that are gone; these Services lose their address: {}", words(stale));
    step(facts, "restart-controller", title, &why, Vec::new()).settle(controller::restart(&facts.present))
}

pub fn may_clear() -> Announcement {
    let title = "clear the addresses of these Services, if MetalLB's controller is not there to do it";
    Announcement { id: CLEAR.into(), title: title.into() }
}

/// What the controller would do: the address goes from the status, and its own note from the annotations.
pub fn clear(facts: &Facts, stale: &[&LoadBalancer], down: &Down) -> Step {
    let changes = stale.iter().flat_map(|service| cleared(service)).collect();
    let title = format!("clear the addresses of {}", words(stale));
    let why = format!("no pool holds them, and {}, which would do it", down.why);
    step(facts, CLEAR, title, &why, changes)
}

fn cleared(service: &LoadBalancer) -> Vec<Change> {
    let raw = &service.service.raw;
    let target = Target::namespaced("v1", "Service", service.namespace(), service.name());
    let ingress = Path::default().key("status").key("loadBalancer").key("ingress");
    let mut changes = Vec::new();
    if ingress.get(raw).is_some() {
        changes.push(Change::set(target.clone().subresource("status"), raw, ingress, None));
    }
    let annotations = service.service.object.metadata.annotations.iter().flatten();
    let notes = annotations.filter(|(key, _)| key.starts_with("metallb.") && key.ends_with("/ip-allocated-from-pool"));
    for (note, _) in notes {
        let path = Path::default().key("metadata").key("annotations").key(note);
        changes.push(Change::set(target.clone(), raw, path, None));
    }
    changes
}

pub fn webhook(facts: &Facts) -> Option<Step> {
    let parts = present(facts, |kind| kind == WEBHOOK);
    let why = "nobody answers it soon, and then it would turn writes away";
    (!parts.is_empty())
        .then(|| step(facts, "remove-webhook", format!("remove {}", named(&parts)), why, deleted(&parts)))
}

/// As far as they were looked into: what goes along was either agreed to or is not there.
pub fn kinds(facts: &Facts) -> Option<Step> {
    let parts = looked_into(facts, DEFINITION);
    let names: Vec<&str> = parts.iter().map(|part| part.target.name.trim_end_matches(".metallb.io")).collect();
    let title = format!("remove the {} kinds of metallb.io ({})", names.len(), names.join(", "));
    let why = "nobody needs them without MetalLB";
    (!parts.is_empty()).then(|| step(facts, "remove-kinds", title, why, deleted(&parts)).settle(gone(&parts)))
}

/// What runs, and its rights and configuration; in the reverse of the order in which it was applied.
pub fn workloads(facts: &Facts) -> Option<Step> {
    let mut parts = present(facts, |kind| ![NAMESPACE, DEFINITION, WEBHOOK].contains(&kind));
    parts.reverse();
    let runs = |part: &&&Ours| matches!(part.target.kind.as_str(), "Deployment" | "DaemonSet");
    let runs: Vec<&Ours> = parts.iter().filter(runs).copied().collect();
    let title = match parts.len() - runs.len() {
        rest if runs.is_empty() => format!("remove {rest} objects of MetalLB (accounts, rights, configuration)"),
        0 => format!("remove {}", named(&runs)),
        rest => format!("remove {}, and {rest} more objects (accounts, rights, configuration)", named(&runs)),
    };
    (!parts.is_empty())
        .then(|| step(facts, "remove-workloads", title, "no Service has an address of it", deleted(&parts)))
}

pub fn namespace(facts: &Facts) -> Option<Step> {
    let parts = looked_into(facts, NAMESPACE);
    let title = format!("remove {}", named(&parts));
    let why = "nothing of others is in it";
    (!parts.is_empty()).then(|| step(facts, "remove-namespace", title, why, deleted(&parts)).settle(gone(&parts)))
}

fn step(facts: &Facts, id: &str, title: String, why: &str, changes: Vec<Change>) -> Step {
    let mut step = Step::new(id, title, why, changes).destructive();
    step.cannot_be_undone = Some(way_back(facts));
    step
}

/// The line that brings it again, with its pools as far as they are still there.
fn way_back(facts: &Facts) -> String {
    let present = &facts.present;
    let mut line = "kubectl lab metallb install".to_owned();
    if let Some(version) = present.version() {
        line.push_str(&format!(" --version {version}"));
    }
    let mut more = String::new();
    for (index, pool) in present.pools.iter().map(|seen| &seen.object).enumerate() {
        let name = name(&pool.metadata);
        let ranges = pool.spec.addresses.iter().map(|range| range.replace(' ', ""));
        if index == 0 {
            line.push_str(&ranges.map(|range| format!(" --pool {range}")).collect::<String>());
            line.push_str(&format!(" --pool-name {name}"));
            let advertisement = advertised(present, pool).into_iter().find(|one| one.kind == "L2Advertisement");
            line.extend(advertisement.map(|one| format!(" --advertisement {}", one.name)));
        } else {
            let ranges: String = ranges.map(|range| format!(" {range}")).collect();
            more.push_str(&format!(" && kubectl lab metallb pool add {name}{ranges}"));
        }
    }
    format!("{line}{more} brings it again; Services may get other addresses then")
}

fn named(parts: &[&Ours]) -> String {
    parts.iter().map(|part| part.target.to_string()).collect::<Vec<_>>().join(", ")
}

fn deleted(parts: &[&Ours]) -> Vec<Change> {
    parts.iter().map(|part| Change::delete(part.target.clone(), &part.live)).collect()
}

fn gone(parts: &[&Ours]) -> Vec<Settle> {
    parts.iter().map(|part| Settle::Until(Condition::Gone, part.target.clone())).collect()
}

/// What nobody has deleted yet.
fn present(facts: &Facts, wanted: impl Fn(&str) -> bool) -> Vec<&Ours> {
    facts.parts().filter(|part| wanted(&part.target.kind) && !is_going(&part.live)).collect()
}

fn looked_into<'f>(facts: &'f Facts, kind: &str) -> Vec<&'f Ours> {
    let looked = |part: &&Ours| facts.contents.iter().any(|(container, _)| *container == part.target);
    present(facts, |found| found == kind).into_iter().filter(looked).collect()
}
