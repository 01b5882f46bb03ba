//! Is there a pool with an address for the Service, or one that holds the address that it has?

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::fit::{allocation, why_not};
use super::words::list;
use super::{Case, Hop, Id, World};
use crate::addresses::range::Family;
use crate::addresses::surroundings::Pool;
use crate::addresses::used::{hands_out, usage};
use crate::resources::name;
use crate::services::Requested;

pub fn judge(case: &Case<'_>) -> Hop {
    let pools = case.pools();
    if !case.service.is_pending() {
        return holder(case, &pools).warn(deprecated(case));
    }
    if pools.is_empty() {
        return no_pool(case);
    }
    let hop = match case.service.requested_addresses(case.prefixes()) {
        Err(why) => {
            Hop::failed(Id::Pool, format!("MetalLB cannot make anything of what it asks for: {why}")).hint(edit(case))
        }
        Ok(Some(requested)) => requested_address(case, &pools, &requested),
        Ok(None) => match case.service.requested_pool(case.prefixes()) {
            Some(asked) => requested_pool(case, &pools, asked.key, asked.value),
            None => any(case, &pools),
        },
    };
    hop.warn(deprecated(case))
}

fn edit(case: &Case<'_>) -> String {
    format!("{} edit service {}", case.kubectl(), case.service.name())
}

fn see(case: &Case<'_>) -> String {
    format!("{} get ipaddresspools", case.kubectl_there())
}

fn add(pool: &str) -> String {
    format!("add addresses as another pool: kubectl lab metallb pool add {pool}-2 RANGE")
}

fn no_pool(case: &Case<'_>) -> Hop {
    let elsewhere: Vec<String> = case
        .world
        .present
        .pools
        .iter()
        .map(|pool| {
            let metadata = &pool.object.metadata;
            format!("{}/{}", metadata.namespace.as_deref().unwrap_or_default(), name(metadata))
        })
        .collect();
    if elsewhere.is_empty() {
        return Hop::failed(Id::Pool, "there is no IPAddressPool, so MetalLB has no address to give")
            .hint("kubectl lab metallb pool propose shows what would be free")
            .hint("kubectl lab metallb pool add lecture RANGE");
    }
    let there = case.world.present.namespace();
    let said = format!(
        "the only pools are in another namespace than MetalLB's own, {there}, and it heeds none of them: {}",
        list(&elsewhere)
    );
    Hop::failed(Id::Pool, said).hint(format!("make the pool again in namespace {there}"))
}

/// It has an address: whose is it?
fn holder(case: &Case<'_>, pools: &[Pool]) -> Hop {
    let service = case.service;
    let addresses: Vec<String> = service.addresses().iter().map(ToString::to_string).collect();
    let origin = service.origin(pools);
    let Some(pool) = origin.holds.as_ref().and_then(|name| pools.iter().find(|pool| pool.name == *name)) else {
        return not_held(case, &addresses, origin.written.as_deref());
    };
    Hop::ok(Id::Pool, format!("{}: {}", pool.name, fill(case, pool))).warn(nodes_inside(case.world, pool))
}

fn not_held(case: &Case<'_>, addresses: &[String], written: Option<&str>) -> Hop {
    let what = if addresses.is_empty() { list(&case.service.hostnames()) } else { list(addresses) };
    let service = case.service;
    let Some(written) = written else {
        let said =
            format!("MetalLB has not given it {what}: no pool holds that, and no annotation of MetalLB's is on it");
        return Hop::failed(Id::Pool, said).hint(format!(
            "see who has, with: {} get service {} -o yaml --show-managed-fields",
            case.kubectl(),
            service.name()
        ));
    };
    let keeps =
        case.world.present.version().is_some_and(|version| crate::release::Behaviour::of(version).keeps_pools_in_use);
    let said = format!("it has {what} from the pool {written}, and no pool holds that any more");
    if keeps {
        let deployment =
            case.world.present.controller.as_ref().map_or("controller", |seen| name(&seen.object.metadata));
        return Hop::failed(
            Id::Pool,
            format!("{said}; before 0.14 MetalLB goes on with it until its controller is restarted"),
        )
        .hint(format!("{} rollout restart deployment {deployment}", case.kubectl_there()));
    }
    Hop::failed(Id::Pool, format!("{said}; a running controller takes it away")).hint(see(case))
}

/// `172.30.0.200-172.30.0.220, 1 used, 20 free`
fn fill(case: &Case<'_>, pool: &Pool) -> String {
    let held: Vec<_> = case.world.services.iter().flat_map(|service| crate::around::held(&service.service)).collect();
    let ranges: Vec<String> = pool.ranges.iter().map(ToString::to_string).collect();
    let usage = usage(std::slice::from_ref(pool), &held);
    let count = usage
        .iter()
        .map(|usage| (usage.v4.used + usage.v6.used, usage.v4.free().saturating_add(usage.v6.free())))
        .next();
    let (used, free) = count.unwrap_or_default();
    let free = if free >= 1 << 32 { "many".to_owned() } else { free.to_string() };
    format!("{}, {used} used, {free} free", ranges.join(", "))
}

/// Such a pool breaks a node some day.
pub fn nodes_inside(world: &World, pool: &Pool) -> Option<String> {
    let addresses = world.nodes.iter().flat_map(|node| {
        let all = node.status.as_ref().and_then(|status| status.addresses.as_deref()).unwrap_or_default();
        all.iter().filter_map(|one| Some((name(&node.metadata), one.address.parse::<IpAddr>().ok()?)))
    });
    let inside = addresses.filter(|(_, address)| hands_out(pool, *address));
    let named: BTreeSet<String> = inside.map(|(node, address)| format!("{address} ({node})")).collect();
    let named: Vec<String> = named.into_iter().collect();
    (!named.is_empty()).then(|| {
        format!(
            "pool {} holds nodes' own addresses, and a Service that gets one takes its node off the network: {}",
            pool.name,
            list(&named)
        )
    })
}

fn requested_address(case: &Case<'_>, pools: &[Pool], requested: &Requested) -> Hop {
    let words: Vec<String> = requested.addresses.iter().map(ToString::to_string).collect();
    let asks = format!("it asks for {} ({})", list(&words), requested.by);
    let holds = |pool: &&Pool| requested.addresses.iter().all(|address| hands_out(pool, *address));
    let Some(pool) = pools.iter().find(holds) else {
        let ranges: Vec<String> = pools.iter().flat_map(|pool| pool.ranges.iter().map(ToString::to_string)).collect();
        let said = format!("{asks}, which no pool holds; they hold {}", list(&ranges));
        return Hop::failed(Id::Pool, said).hint(edit(case));
    };
    if let Some(why) = other_family(case, requested) {
        return Hop::failed(Id::Pool, format!("{asks}, and {why}")).hint(edit(case));
    }
    if let Some(asked) = case.service.requested_pool(case.prefixes()).filter(|asked| asked.value != pool.name) {
        let said =
            format!("{asks}, which is in the pool {}, and for the pool {} ({})", pool.name, asked.value, asked.key);
        return Hop::failed(Id::Pool, said).hint(edit(case));
    }
    if let Some(why) = allocation(case, pool, true) {
        return Hop::failed(Id::Pool, format!("{asks} of the pool {}: {why}", pool.name)).hint(edit(case));
    }
    if let Some(other) = taken_by(case, &requested.addresses) {
        let said = format!("{asks}, which Service {other} has");
        let annotation = format!("{}allow-shared-ip", case.prefixes().best());
        return Hop::failed(Id::Pool, said).hint(edit(case)).hint(format!(
            "or let the two share it: the same value of the annotation {annotation} on both, and no port twice"
        ));
    }
    Hop::ok(Id::Pool, format!("{}: {}; {asks}", pool.name, fill(case, pool))).warn(nodes_inside(case.world, pool))
}

fn other_family(case: &Case<'_>, requested: &Requested) -> Option<String> {
    let families = case.service.families();
    let asked: Vec<Family> = requested.addresses.iter().map(|address| Family::of(*address)).collect();
    let all_asked = families.iter().all(|family| asked.contains(family));
    let all_had = asked.iter().all(|family| families.contains(family));
    if families.is_empty() || (all_asked && all_had) {
        return None;
    }
    let words: Vec<String> = families.iter().map(ToString::to_string).collect();
    Some(format!("the Service is {}", list(&words)))
}

fn taken_by(case: &Case<'_>, addresses: &[IpAddr]) -> Option<String> {
    let key = case.service.sharing_key(case.prefixes());
    let others = case.world.services.iter().filter(|other| other.full_name() != case.service.full_name());
    let mut holding = others.filter(|other| other.addresses().iter().any(|address| addresses.contains(address)));
    let shares = |other: &&crate::services::LoadBalancer| key.is_some() && other.sharing_key(case.prefixes()) == key;
    holding.find(|other| !shares(other)).map(crate::services::LoadBalancer::full_name)
}

fn requested_pool(case: &Case<'_>, pools: &[Pool], key: &str, wanted: &str) -> Hop {
    let asks = format!("it asks for the pool {wanted} ({key})");
    let Some(pool) = pools.iter().find(|pool| pool.name == wanted) else {
        let names: Vec<&str> = pools.iter().map(|pool| pool.name.as_str()).collect();
        let hop = Hop::failed(Id::Pool, format!("{asks}, which does not exist; there is {}", list(&names)));
        let meant = lab::nearest(wanted, names.iter().copied()).or(names.first().copied()).unwrap_or_default();
        return hop.hint(format!(
            "{} annotate service {} {key}={meant} --overwrite",
            case.kubectl(),
            case.service.name()
        ));
    };
    match why_not(case, pool, true) {
        None => {
            Hop::ok(Id::Pool, format!("{wanted}: {}; asked for", fill(case, pool))).warn(nodes_inside(case.world, pool))
        }
        Some(why) => {
            Hop::failed(Id::Pool, format!("{asks}, and has no address for it: {why}")).hint(remedy(case, pool, &why))
        }
    }
}

fn any(case: &Case<'_>, pools: &[Pool]) -> Hop {
    let judged: Vec<(&Pool, Option<String>)> = pools.iter().map(|pool| (pool, why_not(case, pool, false))).collect();
    if let Some((pool, _)) = judged.iter().find(|(_, why)| why.is_none()) {
        return Hop::ok(Id::Pool, format!("{}: {}", pool.name, fill(case, pool))).warn(nodes_inside(case.world, pool));
    }
    let reasons: Vec<String> =
        judged.iter().filter_map(|(pool, why)| Some(format!("{}: {}", pool.name, why.as_ref()?))).collect();
    let said = match &judged[..] {
        [(pool, Some(why))] => format!("the pool {} has no address for it: {why}", pool.name),
        _ => format!("no pool has an address for it; {}", reasons.join("; ")),
    };
    let remedies = judged.iter().filter_map(|(pool, why)| Some(remedy(case, pool, why.as_ref()?)));
    remedies.fold(Hop::failed(Id::Pool, said), Hop::hint)
}

/// The command that helps, by the reason.
fn remedy(case: &Case<'_>, pool: &Pool, why: &str) -> String {
    if why.starts_with("its autoAssign") {
        let key = format!("{}address-pool", case.prefixes().best());
        return format!("{} annotate service {} {key}={}", case.kubectl(), case.service.name(), pool.name);
    }
    if why.starts_with("it is full") || why.starts_with("it has no") {
        return add(&pool.name);
    }
    format!("{} edit ipaddresspool {}", case.kubectl_there(), pool.name)
}

fn deprecated(case: &Case<'_>) -> Vec<String> {
    let version = || case.world.present.version().map(|version| version.to_string()).unwrap_or_default();
    let old = case.service.deprecated_annotations();
    let unknown = case.service.unknown_annotations(case.prefixes());
    let mut warnings = Vec::new();
    if !old.is_empty() && case.prefixes() == crate::services::Prefixes::Both {
        warnings
            .push(format!("deprecated annotation {}: write metallb.io/ instead of metallb.universe.tf/", list(&old)));
    }
    if !unknown.is_empty() {
        warnings.push(format!(
            "MetalLB {} does not know the annotation {}: before v0.14.9 the prefix is metallb.universe.tf/",
            version(),
            list(&unknown)
        ));
    }
    warnings
}
