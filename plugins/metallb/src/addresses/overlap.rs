//! What a pool must not overlap with. None of it can be allowed: with a node, a gateway, pods or Services it breaks
//! the network for others, and overlapping pools are refused by MetalLB itself.

use lab_plan::Refusal;

use super::check::{Case, some_of};
use super::range::{Family, Range, amount, neighbour, number};
use super::surroundings::{Node, ServiceRanges};

/// What is left of a larger range is seldom what somebody wants.
const SENSIBLE: u128 = 64;

impl Case<'_> {
    pub(super) fn overlaps(&self) -> Vec<Refusal> {
        let mut found = Vec::new();
        for (index, range) in self.pools.iter().enumerate() {
            found.extend(self.pools[..index].iter().filter_map(|earlier| each_other(earlier, range)));
            found.extend(self.nodes(range));
            found.extend(self.api_server(range));
            found.extend(self.special(range));
            found.extend(self.pods(range));
            found.extend(self.services(range));
            found.extend(self.other_pools(range));
        }
        found.into_iter().map(|reason| Refusal::refused(reason, None)).collect()
    }

    fn nodes(&self, range: &Range) -> Option<String> {
        let own = self.around.nodes.iter().flat_map(|node| node.addresses().map(move |own| (own, &node.name)));
        let inside: Vec<String> =
            own.filter(|(own, _)| range.contains(*own)).map(|(own, node)| format!("{own} ({node})")).collect();
        let what = if inside.len() == 1 { "an address of a node" } else { "addresses of nodes" };
        let listed = some_of(&inside)?;
        Some(format!("{range} holds {what}, {listed}: two machines would answer for one address"))
    }

    fn api_server(&self, range: &Range) -> Option<String> {
        let address = self.around.api_server?;
        let of_node = self.around.nodes.iter().flat_map(Node::addresses).any(|own| own == address);
        (range.contains(address) && !of_node).then(|| {
            format!("{range} holds {address}, the address of the API server: two machines would answer for it")
        })
    }

    /// The gateway, and the addresses that mean all of a network.
    fn special(&self, range: &Range) -> Vec<String> {
        let found = self.around.networks(range.family()).iter().flat_map(|network| {
            let shown = network.network.trunc();
            let base = match range.family() {
                Family::V4 => format!("the address of the network {shown} itself: no Service can be reached there"),
                Family::V6 => format!("which every router on {shown} answers to"),
            };
            let special = [
                (network.gateway, format!("the gateway of {shown}: nobody there would reach other networks")),
                (network.base(), base),
                (network.broadcast(), format!("the broadcast address of {shown}: no Service can be reached there")),
            ];
            special.into_iter().filter_map(|(address, what)| {
                let address = address.filter(|address| range.contains(*address))?;
                Some(format!("{range} holds {address}, {what}"))
            })
        });
        found.collect()
    }

    fn pods(&self, range: &Range) -> Option<String> {
        let inside = self.around.pods.iter().filter(|pods| Range::from(pods.range).overlaps(range));
        let listed = some_of(&inside.map(|pods| format!("{} ({})", pods.range, pods.node)).collect::<Vec<_>>())?;
        Some(format!("{range} overlaps with the addresses of pods, {listed}: what is sent there stays in the cluster"))
    }

    fn services(&self, range: &Range) -> Option<String> {
        let inside: Vec<Range> = self.around.services.ranges().into_iter().filter(|own| own.overlaps(range)).collect();
        let known = matches!(self.around.services, ServiceRanges::Known(_));
        let shown = |own: &Range| if known { own.to_string() } else { own.first().to_string() };
        let listed = some_of(&inside.iter().map(shown).collect::<Vec<_>>())?;
        let what = if known { "the cluster IPs of Services" } else { "cluster IPs that Services have" };
        Some(format!("{range} overlaps with {what}, {listed}: what is sent there stays in the cluster"))
    }

    fn other_pools(&self, range: &Range) -> Vec<String> {
        let pools = self.around.pools.iter().flat_map(|pool| pool.ranges.iter().map(move |theirs| (pool, theirs)));
        let found = pools.filter_map(|(pool, theirs)| {
            let common = theirs.intersection(range)?;
            let name = pool.full_name();
            let what = match (common == *theirs, common == *range) {
                (true, true) => format!("{range} is all in pool {name} already"),
                (true, false) => format!("{range} holds {theirs} of pool {name}"),
                (false, true) => format!("{range} is in {theirs} of pool {name}"),
                (false, false) => format!("{range} shares {common} with {theirs} of pool {name}"),
            };
            Some(format!("{what}: MetalLB refuses pools that overlap"))
        });
        found.collect()
    }

    /// What could be given instead of ranges that overlap with something, or are not on the nodes' network.
    pub(super) fn what_is_left(&self) -> String {
        let taken = self.around.taken();
        let mut left: Vec<Range> = Vec::new();
        for range in self.pools {
            let new = range.minus(&left);
            left.extend(new.iter().flat_map(|piece| piece.minus(&taken)).flat_map(|piece| self.on_networks(&piece)));
        }
        let sensible = joined(left).into_iter().filter(|piece| piece.size() <= SENSIBLE);
        match sensible.max_by_key(|piece| (piece.size(), number(piece.last()))) {
            Some(piece) => format!("the largest part with nothing against it: {piece} ({})", amount(piece.size())),
            None => "see what is free with: kubectl lab metallb pool propose".to_owned(),
        }
    }

    fn on_networks(&self, piece: &Range) -> Vec<Range> {
        let networks = self.around.networks(piece.family());
        if networks.is_empty() {
            return vec![*piece];
        }
        networks.iter().filter_map(|network| network.range().intersection(piece)).collect()
    }
}

/// Ranges that follow each other as one.
fn joined(mut pieces: Vec<Range>) -> Vec<Range> {
    pieces.sort_by_key(|piece| (piece.family(), number(piece.first())));
    let mut all: Vec<Range> = Vec::new();
    for piece in pieces {
        match all.last_mut() {
            Some(last) if neighbour(last.last(), 1) == Some(piece.first()) => {
                *last = Range::between(last.first(), piece.last()).unwrap_or(piece);
            }
            _ => all.push(piece),
        }
    }
    all
}

fn each_other(earlier: &Range, range: &Range) -> Option<String> {
    let common = earlier.intersection(range)?;
    let both = earlier.size() == common.size() && range.size() == common.size();
    Some(if both {
        format!("{range} is given twice: MetalLB refuses ranges that overlap")
    } else {
        format!("{earlier} and {range} have {common} in common: MetalLB refuses ranges that overlap")
    })
}
