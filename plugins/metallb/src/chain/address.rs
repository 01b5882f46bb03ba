//! Has the Service got an address?

use super::words::{age, list};
use super::{Case, Hop, Id};
use crate::services::Told;

pub fn judge(case: &Case<'_>) -> Hop {
    let service = case.service;
    if service.is_pending() {
        return pending(case);
    }
    let addresses: Vec<String> = service.addresses().iter().map(ToString::to_string).collect();
    let origin = service.origin(&case.pools());
    let from = origin.pool().map(|pool| format!(" from the pool {pool}")).unwrap_or_default();
    Hop::ok(Id::Address, format!("{}{from}", list(&addresses)))
}

/// A pool has one for it, and yet.
fn pending(case: &Case<'_>) -> Hop {
    let deployment = case
        .world
        .present
        .controller
        .as_ref()
        .map_or("controller", |seen| crate::resources::name(&seen.object.metadata));
    let log = format!("{} logs deployment/{deployment} --tail=20", case.kubectl_there());
    match refusal(case) {
        Some(told) => {
            let since = told.at.map(|at| format!(" ({} ago)", age(case.world.now, at))).unwrap_or_default();
            Hop::failed(Id::Address, format!("it has no address; MetalLB said{since}: {}", told.message)).hint(log)
        }
        None => Hop::failed(
            Id::Address,
            "it has no address, though a pool has one for it, and MetalLB has said nothing about it",
        )
        .hint(log),
    }
}

/// The last thing that the controller complained about.
fn refusal<'f>(case: &Case<'f>) -> Option<&'f Told> {
    let is_about_it = |told: &&Told| {
        told.warning
            && told.by.contains("metallb")
            && !["deprecatedAnnotation", "announceFailed"].contains(&told.reason.as_str())
    };
    case.service.events.iter().rev().find(is_about_it)
}
