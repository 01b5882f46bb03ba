//! Whether a pool can be had here: every reason against it, found before anything is written. What is unknown is
//! called unknown in a note and refuses nothing.

use lab_plan::Refusal;

use super::range::{Family, Range, amount};
use super::surroundings::{Held, Node, Surroundings};

pub const OFF_SUBNET: &str = "off-subnet";
pub const HUGE_POOL: &str = "huge-pool";
pub const UNUSED_FAMILY: &str = "unused-family";
pub const ADDRESS_IN_USE: &str = "address-in-use";

/// What an experienced administrator may want all the same. Overlaps are not here: with a node, the gateway, pods or
/// Services they break the network for others, and with another pool MetalLB refuses them itself.
pub const ALLOWS: [(&str, &str); 4] = [
    (
        OFF_SUBNET,
        "take addresses outside of the nodes' network: a router sends them to the nodes, or they have a second interface there",
    ),
    (HUGE_POOL, "take more than 65,536 IPv4 addresses, or more than an IPv6 /64"),
    (UNUSED_FAMILY, "take addresses of a family that Services of this cluster do not get"),
    (ADDRESS_IN_USE, "take an address that a Service got from something else than MetalLB"),
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub refusals: Vec<Refusal>,
    pub notes: Vec<String>,
}

/// The ranges of one pool, as they are about to be written.
pub fn check(pools: &[Range], around: &Surroundings) -> Verdict {
    let case = Case { pools, around };
    let mut refusals = case.overlaps();
    refusals.extend(pools.iter().filter_map(|range| case.off_subnet(range)));
    if let Some(last) = refusals.last_mut() {
        last.hints.push(case.what_is_left());
    }
    for range in pools {
        refusals.extend(case.in_use(range));
        refusals.extend(case.unused_family(range));
        refusals.extend(huge(range));
    }
    let mut notes: Vec<String> = pools.iter().flat_map(|range| case.notes(range)).collect();
    notes.extend(case.unknown());
    Verdict { refusals, notes }
}

pub(super) struct Case<'c> {
    pub(super) pools: &'c [Range],
    pub(super) around: &'c Surroundings,
}

impl Case<'_> {
    /// MetalLB gives back to a Service what it gave it before; what another load balancer gave is in use.
    fn in_use(&self, range: &Range) -> Option<Refusal> {
        let foreign = |held: &&Held| held.from_pool.is_none() && range.contains(held.address);
        let of_node = |held: &&Held| self.around.nodes.iter().flat_map(Node::addresses).any(|own| own == held.address);
        let inside = self.around.held.iter().filter(foreign).filter(|held| !of_node(held));
        let shown = inside.map(|held| format!("{} (Service {}/{})", held.address, held.namespace, held.name));
        let listed = some_of(&shown.collect::<Vec<_>>())?;
        let reason = format!("{range} holds what Services have already, and not from MetalLB: {listed}");
        let hint = "if an earlier load balancer gave them and is gone, MetalLB may take them over";
        Some(Refusal::refused(reason, Some(ADDRESS_IN_USE)).hint(hint))
    }

    fn unused_family(&self, range: &Range) -> Option<Refusal> {
        let has = self.around.families();
        if has.is_empty() || has.contains(&range.family()) {
            return None;
        }
        let has: Vec<String> = has.iter().map(ToString::to_string).collect();
        let reason = format!(
            "{range} is {}, and Services of this cluster get {} addresses only: it would never be used",
            range.family(),
            has.join(" and ")
        );
        Some(Refusal::refused(reason, Some(UNUSED_FAMILY)))
    }

    fn off_subnet(&self, range: &Range) -> Option<Refusal> {
        let networks = self.around.networks(range.family());
        if networks.is_empty() || networks.iter().any(|network| network.range().covers(range)) {
            return None;
        }
        let partly = networks.iter().any(|network| network.range().overlaps(range));
        let where_it_is = match (partly, networks.len()) {
            (true, 1) => "is only partly on the nodes' network",
            (true, _) => "is only partly on one of the nodes' networks",
            (false, 1) => "is not on the nodes' network",
            (false, _) => "is on none of the nodes' networks",
        };
        let known: Vec<String> =
            networks.iter().map(|network| format!("{} ({})", network.network.trunc(), network.source)).collect();
        let reason = format!(
            "{range} {where_it_is}, {}: in layer 2 mode only machines on that network ask for an address",
            known.join(" or ")
        );
        Some(Refusal::refused(reason, Some(OFF_SUBNET)))
    }
}

fn huge(range: &Range) -> Option<Refusal> {
    let (_, huge) = limits(range.family());
    (range.size() > huge).then(|| {
        let reason =
            format!("{range} holds {}: nobody else on the network could use any of them", amount(range.size()));
        Refusal::refused(reason, Some(HUGE_POOL)).hint("a lab seldom needs more than twenty")
    })
}

/// Beyond the first a pool is worth a remark, and beyond the second it is a slip of the hand.
pub(super) fn limits(family: Family) -> (u128, u128) {
    match family {
        Family::V4 => (256, 1 << 16),
        Family::V6 => (1 << 16, 1 << 64),
    }
}

/// The first few of a list in words; none of an empty one.
pub(super) fn some_of<T: AsRef<str>>(all: &[T]) -> Option<String> {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = all.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match all.len() {
        0 => None,
        count if count > SHOWN => Some(format!("{} and {} more", shown.join(", "), count - SHOWN)),
        _ => Some(shown.join(", ")),
    }
}
