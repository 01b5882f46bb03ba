//! What is wrong with MetalLB as a whole, whatever the Service.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::around;
use crate::chain::{self, World};
use crate::pool::advertised;
use crate::resources::name;
use crate::speakers::speakers;

pub fn warnings(world: &World) -> Vec<String> {
    let mut warnings = chain::warnings(&world.present);
    warnings.extend(unheeded(world));
    warnings.extend(unannounced(world));
    warnings.extend(idle(world));
    warnings.extend(around::pools(&world.present).iter().filter_map(|pool| chain::nodes_inside(world, pool)));
    warnings.extend(no_node(world));
    warnings
}

/// In a namespace that MetalLB does not look into.
fn unheeded(world: &World) -> Vec<String> {
    let (present, there) = (&world.present, world.present.namespace());
    let pools = present.pools.iter().map(|seen| ("pool", &seen.object.metadata));
    let advertisements = present.l2_advertisements.iter().map(|seen| ("L2Advertisement", &seen.object.metadata));
    let elsewhere = pools.chain(advertisements).filter(|(_, metadata)| metadata.namespace.as_deref() != Some(there));
    let words = elsewhere.map(|(kind, metadata)| {
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        format!(
            "{kind} {namespace}/{} is in another namespace than MetalLB's own, {there}, which alone it heeds",
            name(metadata)
        )
    });
    words.collect()
}

fn unannounced(world: &World) -> Vec<String> {
    let present = &world.present;
    let heeded =
        present.pools.iter().filter(|pool| pool.object.metadata.namespace.as_deref() == Some(present.namespace()));
    let alone = heeded.filter(|pool| advertised(present, &pool.object).is_empty());
    let words = alone.map(|pool| {
        let (name, ranges) = (name(&pool.object.metadata), pool.object.spec.addresses.join(" "));
        format!("no advertisement covers the pool {name}, so no node announces its addresses; make one with: kubectl lab metallb pool add {name} {ranges}")
    });
    words.collect()
}

/// An advertisement of pools that there are not.
fn idle(world: &World) -> Vec<String> {
    let present = &world.present;
    let here = |metadata: &ObjectMeta| metadata.namespace.as_deref() == Some(present.namespace());
    let pools: Vec<&ObjectMeta> =
        present.pools.iter().map(|seen| &seen.object.metadata).filter(|metadata| here(metadata)).collect();
    let all = present.l2_advertisements.iter().map(|seen| &seen.object).filter(|one| here(&one.metadata));
    let of_none = all.filter(|one| !pools.iter().any(|pool| one.spec.covers(name(pool), pool.labels.as_ref())));
    let words = of_none.map(|one| {
        let named = &one.spec.ip_address_pools;
        let names = if named.is_empty() { String::new() } else { format!(": it names {}", chain::list(named)) };
        format!("L2Advertisement {} covers no pool that there is{names}", name(&one.metadata))
    });
    words.collect()
}

fn no_node(world: &World) -> Option<String> {
    let all = speakers(&world.nodes, &world.present);
    let none = world.present.controller.is_some() && all.iter().all(|speaker| speaker.obstacle.is_some());
    none.then(|| "no node may announce an address".to_owned())
}
