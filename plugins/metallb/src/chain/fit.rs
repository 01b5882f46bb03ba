//! Whether a Service can get an address of a pool.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::Case;
use super::words::list;
use crate::addresses::range::{Family, amount};
use crate::addresses::surroundings::Pool;
use crate::addresses::used::{Usage, usage};
use crate::resources::{ServiceAllocation, selects};

/// Why it gets none; `asked`: it asks for this pool or for an address of it.
pub fn why_not(case: &Case<'_>, pool: &Pool, asked: bool) -> Option<String> {
    if !asked && !pool.auto_assign {
        return Some("its autoAssign is false, so only Services that ask for it get an address".into());
    }
    allocation(case, pool, asked).or_else(|| families(case, pool))
}

/// Whether it may have one at all, however many there are.
pub fn allocation(case: &Case<'_>, pool: &Pool, asked: bool) -> Option<String> {
    let seen = case.world.present.pools.iter().find(|seen| {
        let metadata = &seen.object.metadata;
        metadata.name.as_deref() == Some(&pool.name) && metadata.namespace.as_deref() == Some(&pool.namespace)
    })?;
    let allocation = seen.object.spec.service_allocation.as_ref()?;
    let selective = !allocation.namespaces.is_empty() || !allocation.namespace_selectors.is_empty();
    if selective && !is_for_namespace(case, allocation) {
        return Some(format!("its serviceAllocation is for {}", wanted_namespaces(case, allocation)));
    }
    let labels = case.service.service.object.metadata.labels.as_ref();
    let selectors = &allocation.service_selectors;
    if !selectors.is_empty() && !selectors.iter().any(|selector| selects(selector, labels)) {
        return Some("the serviceSelectors of its serviceAllocation do not select this Service's labels".into());
    }
    let for_none = !selective && selectors.is_empty() && !asked;
    for_none.then(|| {
        "its serviceAllocation names neither namespaces nor Services, so it is for none that does not ask for it".into()
    })
}

fn is_for_namespace(case: &Case<'_>, allocation: &ServiceAllocation) -> bool {
    let namespace = case.service.namespace();
    let labels = case.world.namespaces.get(namespace);
    allocation.namespaces.iter().any(|named| named == namespace)
        || allocation.namespace_selectors.iter().any(|selector| selects(selector, labels))
}

fn wanted_namespaces(case: &Case<'_>, allocation: &ServiceAllocation) -> String {
    let selected = case.world.namespaces.iter().filter(|(_, labels)| {
        allocation.namespace_selectors.iter().any(|selector: &LabelSelector| selects(selector, Some(labels)))
    });
    let mut names: Vec<String> =
        allocation.namespaces.iter().cloned().chain(selected.map(|(name, _)| name.clone())).collect();
    names.sort();
    names.dedup();
    match names.len() {
        0 => "namespaces of which there is none".into(),
        1 => format!("the namespace {}", list(&names)),
        _ => format!("the namespaces {}", list(&names)),
    }
}

fn families(case: &Case<'_>, pool: &Pool) -> Option<String> {
    let held: Vec<_> = case.world.services.iter().flat_map(|service| crate::around::held(&service.service)).collect();
    let usage = usage(std::slice::from_ref(pool), &held).into_iter().next()?;
    let missing = |family: &Family| lacks(case, &usage, *family);
    let mut lacking = wanted(case).into_iter().map(|family| missing(&family));
    // One family is enough where both are only preferred.
    if case.service.spec().ip_family_policy.as_deref() == Some("PreferDualStack") {
        let all: Vec<Option<String>> = lacking.collect();
        return if all.iter().all(Option::is_some) { all.into_iter().flatten().next() } else { None };
    }
    lacking.find_map(|lack| lack)
}

/// An object without families is of before dual stack.
fn wanted(case: &Case<'_>) -> Vec<Family> {
    let families = case.service.families();
    if families.is_empty() { vec![Family::V4] } else { families }
}

fn lacks(case: &Case<'_>, usage: &Usage, family: Family) -> Option<String> {
    let count = usage.of(family);
    if count.total == 0 {
        return Some(format!("it has no {family} address, and the Service is {family}"));
    }
    // An address that others have may be shared.
    let shares = case.service.sharing_key(case.prefixes()).is_some();
    (count.free() == 0 && !shares).then(|| match count.total {
        1 => "it is full: its one address is in use".to_owned(),
        total => format!("it is full: all {} are in use", amount(total)),
    })
}
