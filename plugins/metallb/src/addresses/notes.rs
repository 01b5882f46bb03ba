//! What is said of a pool that stands in nobody's way, and what could not be checked.

use std::net::{IpAddr, Ipv4Addr};

use super::check::{Case, limits, some_of};
use super::range::{Family, Range, amount, number};
use super::special;
use super::surroundings::{Node, ServiceRanges, Subnet};

impl Case<'_> {
    pub(super) fn notes(&self, range: &Range) -> Vec<String> {
        let mut notes = Vec::new();
        let (large, huge) = limits(range.family());
        if range.size() > large && range.size() <= huge {
            notes.push(format!("{range} holds {}; a lab seldom needs more than twenty", amount(range.size())));
        }
        if let Some(block) = special::documentation(range) {
            notes.push(format!(
                "{range} is of {block}, addresses for examples in documents; no router outside of a lab knows them"
            ));
        }
        notes.extend(self.old_devices(range));
        notes.extend(self.where_no_node_is(range));
        notes
    }

    /// Inside of a larger network such addresses are a machine's like any other.
    fn old_devices(&self, range: &Range) -> Option<String> {
        if range.family() == Family::V6 || range.size() > limits(Family::V4).1 {
            return None;
        }
        let networks = self.around.networks(Family::V4).iter();
        let ends: Vec<IpAddr> = networks.flat_map(|network| [network.base(), network.broadcast()]).flatten().collect();
        let (first, last) = (number(range.first()), number(range.last()));
        let blocks = (first >> 8)..=(last >> 8);
        let candidates = blocks.flat_map(|block| [block << 8, block << 8 | 255]);
        let inside = candidates.filter(|number| (first..=last).contains(number));
        let addresses = inside.filter_map(|number| Some(IpAddr::from(Ipv4Addr::from(u32::try_from(number).ok()?))));
        let odd: Vec<String> = addresses.filter(|own| !ends.contains(own)).map(|own| own.to_string()).collect();
        let listed = some_of(&odd)?;
        Some(format!(
            "{range} holds {listed}: some old devices drop what ends in .0 or .255; avoidBuggyIPs of a pool leaves those out"
        ))
    }

    fn where_no_node_is(&self, range: &Range) -> Option<String> {
        let mut networks = self.around.networks(range.family()).iter();
        let network = networks.find(|network| network.range().covers(range))?;
        let shown = network.network.trunc();
        let (on, off): (Vec<&Node>, Vec<&Node>) = self.around.nodes.iter().partition(|node| node.is_on(network));
        let off: Vec<&str> = off.into_iter().map(|node| node.name.as_str()).collect();
        let listed = some_of(&off)?;
        if on.is_empty() {
            return Some(format!(
                "no node's InternalIP is on {shown} ({}): {range} is answered for only if nodes have another interface there",
                network.source
            ));
        }
        let have = if off.len() == 1 { "has" } else { "have" };
        Some(format!("{listed} {have} no InternalIP on {shown} and may not be able to announce {range}"))
    }

    /// What nobody could look at.
    pub(super) fn unknown(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let families: Vec<Family> = Family::BOTH
            .into_iter()
            .filter(|family| self.pools.iter().any(|range| range.family() == *family))
            .collect();
        let used = self.around.families();
        for family in families.into_iter().filter(|family| used.is_empty() || used.contains(family)) {
            if let Subnet::Unknown(why) = self.around.subnet(family) {
                notes.push(format!(
                    "the nodes' {family} network is unknown ({why}): whether the pool is on it, and clear of its gateway and broadcast address, was not checked; --subnet CIDR tells it, or --look-at-nodes"
                ));
            }
        }
        if self.around.nodes.is_empty() {
            notes.push(
                "the addresses of the nodes are unknown: whether the pool holds any of them was not checked".to_owned(),
            );
        }
        if self.around.pods.is_empty() {
            notes.push(
                "the addresses of pods are unknown (the nodes name no range): overlap with them was not checked"
                    .to_owned(),
            );
        }
        if let ServiceRanges::AtLeast { addresses, why } = &self.around.services {
            let checked = match addresses.len() {
                0 => "was not checked".to_owned(),
                1 => "was checked only with the one that a Service has".to_owned(),
                count => format!("was checked only with the {count} that Services have"),
            };
            notes.push(format!("the range of the cluster IPs is unknown ({why}): overlap with it {checked}"));
        }
        for pool in self.around.pools.iter().filter(|pool| !pool.unreadable.is_empty()) {
            let texts: Vec<String> = pool.unreadable.iter().map(|text| format!("{text:?}")).collect();
            notes.extend(
                some_of(&texts).map(|listed| format!("pool {} holds what is no range: {listed}", pool.full_name())),
            );
        }
        notes
    }
}
