//! Does an advertisement cover the pool that the address is from, and this Service?

use super::words::list;
use super::{Case, Hop, Id};
use crate::pool::{Advertisement, advertised};
use crate::present::Present;
use crate::resources::{L2Advertisement, name, selects};
use crate::services::LoadBalancer;

pub fn judge(case: &Case<'_>) -> Hop {
    let origin = case.service.origin(&case.pools());
    let Some(pool) = origin.pool() else {
        return Hop::unproven(Id::Advertisement, "from which pool its address is, nothing tells");
    };
    let present = &case.world.present;
    let of_pool = covering(present, pool);
    let (for_service, for_others): (Vec<_>, Vec<_>) =
        of_pool.into_iter().partition(|advertisement| is_for(advertisement, case.service));
    if for_service.is_empty() {
        if let Some(bgp) = by_bgp(present, pool) {
            let said = format!("{bgp} announces the pool {pool} by BGP, and only layer 2 is looked at here");
            return Hop::unproven(Id::Advertisement, said);
        }
        return for_others.first().map_or_else(|| uncovered(case, pool), |other| other_services(case, other));
    }
    if let Some(selective) = shares_and_selects(case, &for_service) {
        return selective;
    }
    let names: Vec<&str> = for_service.iter().map(|advertisement| name(&advertisement.metadata)).collect();
    Hop::ok(Id::Advertisement, format!("L2Advertisement {} covers the pool {pool}", list(&names)))
}

/// The advertisements by which layer 2 announces the addresses of a pool: those in MetalLB's own namespace.
fn covering<'f>(present: &'f Present, pool: &str) -> Vec<&'f L2Advertisement> {
    let labels = present.pool(pool).and_then(|pool| pool.object.metadata.labels.as_ref());
    let heeded = heeded(present);
    heeded.into_iter().filter(|advertisement| advertisement.spec.covers(pool, labels)).collect()
}

fn heeded(present: &Present) -> Vec<&L2Advertisement> {
    let all = present.l2_advertisements.iter().map(|seen| &seen.object);
    all.filter(|advertisement| advertisement.metadata.namespace.as_deref() == Some(present.namespace())).collect()
}

/// What announces the pool by BGP, if anything does.
fn by_bgp(present: &Present, pool: &str) -> Option<Advertisement> {
    let all = advertised(present, &present.pool(pool)?.object);
    all.into_iter().find(|advertisement| advertisement.kind == "BGPAdvertisement")
}

/// Those that announce this very Service.
pub fn of_service<'f>(case: &Case<'f>) -> Vec<&'f L2Advertisement> {
    let origin = case.service.origin(&case.pools());
    let Some(pool) = origin.pool() else { return Vec::new() };
    covering(&case.world.present, pool)
        .into_iter()
        .filter(|advertisement| is_for(advertisement, case.service))
        .collect()
}

fn is_for(advertisement: &L2Advertisement, service: &LoadBalancer) -> bool {
    let selectors = &advertisement.spec.service_selectors;
    let labels = service.service.object.metadata.labels.as_ref();
    selectors.is_empty() || selectors.iter().any(|selector| selects(selector, labels))
}

fn other_services(case: &Case<'_>, other: &L2Advertisement) -> Hop {
    let name = name(&other.metadata);
    let said =
        format!("L2Advertisement {name} covers the pool, and its serviceSelectors do not select this Service's labels");
    Hop::failed(Id::Advertisement, said).hint(format!("{} get l2advertisement {name} -o yaml", case.kubectl_there()))
}

/// MetalLB announces such a Service from nowhere.
fn shares_and_selects(case: &Case<'_>, advertisements: &[&L2Advertisement]) -> Option<Hop> {
    case.service.annotation("allow-shared-ip")?;
    let selective = advertisements.iter().find(|advertisement| !advertisement.spec.service_selectors.is_empty())?;
    let said = format!(
        "it shares its address (allow-shared-ip), which MetalLB does not announce by an advertisement with serviceSelectors ({})",
        name(&selective.metadata)
    );
    Some(Hop::failed(Id::Advertisement, said).hint(format!(
        "{} edit l2advertisement {}",
        case.kubectl_there(),
        name(&selective.metadata)
    )))
}

fn uncovered(case: &Case<'_>, pool: &str) -> Hop {
    let present = &case.world.present;
    let there = present.namespace();
    let heeded = heeded(present);
    if let Some(misnamed) = misnamed(present, &heeded, pool) {
        let name = name(&misnamed.0.metadata);
        let said = format!(
            "L2Advertisement {name} is for the pool {}, which does not exist; the address is from {pool}",
            misnamed.1
        );
        return Hop::failed(Id::Advertisement, said)
            .hint(format!("{} edit l2advertisement {name}", case.kubectl_there()));
    }
    let elsewhere: Vec<String> = present
        .l2_advertisements
        .iter()
        .map(|seen| &seen.object.metadata)
        .filter(|metadata| metadata.namespace.as_deref() != Some(there))
        .map(|metadata| format!("{}/{}", metadata.namespace.as_deref().unwrap_or_default(), name(metadata)))
        .collect();
    let said = if !heeded.is_empty() {
        let names: Vec<&str> = heeded.iter().map(|advertisement| name(&advertisement.metadata)).collect();
        format!(
            "no advertisement covers the pool {pool}, so no node announces its addresses; L2Advertisement {} is for other pools",
            list(&names)
        )
    } else if !elsewhere.is_empty() {
        format!(
            "no advertisement covers the pool {pool}: MetalLB heeds only those in its own namespace, {there}, and {} is not there",
            list(&elsewhere)
        )
    } else {
        format!("there is no L2Advertisement, so no node announces the addresses of the pool {pool}")
    };
    Hop::failed(Id::Advertisement, said).hint(add(present, pool))
}

/// One that names a pool that there is not, and that is spelt nearly as this one.
fn misnamed<'f>(
    present: &Present,
    heeded: &[&'f L2Advertisement],
    pool: &str,
) -> Option<(&'f L2Advertisement, &'f str)> {
    heeded.iter().find_map(|advertisement| {
        let names = advertisement.spec.ip_address_pools.iter();
        let mut unknown = names.filter(|named| present.pool(named).is_none());
        let near = unknown.find(|named| lab::nearest(named, [pool]).is_some())?;
        Some((*advertisement, near.as_str()))
    })
}

/// With the ranges that the pool has, this only adds what announces it.
fn add(present: &Present, pool: &str) -> String {
    let ranges = present.pool(pool).map(|pool| pool.object.spec.addresses.join(" ")).unwrap_or_default();
    format!("kubectl lab metallb pool add {pool} {ranges}")
}
