//! Small free ranges on the nodes' network, each with the reasons for it. Nothing here asks the network: what has an
//! address without the cluster knowing of it (a DHCP server's clients) is guessed from where such things usually are.

use std::net::IpAddr;

use super::range::{Family, Range, amount, neighbour};
use super::reasons::reasons;
use super::surroundings::{Network, Node, Subnet, Surroundings};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposals {
    /// The best first; never more than three.
    pub offers: Vec<Proposal>,
    pub without: Vec<Without>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// One for each family that Services get.
    pub ranges: Vec<Range>,
    pub reasons: Vec<String>,
}

/// A family that nothing can be proposed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    pub family: Family,
    pub reason: String,
    /// What to give instead.
    pub hint: String,
}

/// Enough for a lab, and few enough to be free.
const WANTED: u128 = 20;
/// Said as "at" or "near" it.
const TOP: &str = "the top end of";
/// What gives out addresses in order will soon be here.
const APART: i64 = 5;

pub fn propose(around: &Surroundings) -> Proposals {
    let mut families = around.families();
    if families.is_empty() {
        families = Family::BOTH.into_iter().filter(|family| !around.networks(*family).is_empty()).collect();
    }
    if families.is_empty() {
        families.push(Family::V4);
    }
    let mut found = Vec::new();
    let mut without = Vec::new();
    for family in families {
        match offers(family, around) {
            Ok(offers) => found.push(offers),
            Err((why, hint)) => {
                let reason = format!("no {family} range can be proposed: {why}");
                without.push(Without { family, reason, hint: hint.to_owned() });
            }
        }
    }
    let most = found.iter().map(Vec::len).max().unwrap_or(0);
    Proposals { offers: (0..most).map(|index| together(&found, index)).collect(), without }
}

/// The proposals of the families in one; a family that has fewer repeats its first.
fn together(families: &[Vec<Offer>], index: usize) -> Proposal {
    let offers: Vec<&Offer> = families.iter().filter_map(|offers| offers.get(index).or(offers.first())).collect();
    let mut reasons = Vec::new();
    for offer in &offers {
        let begin = reasons.len();
        reasons.extend(offer.reasons.iter().cloned());
        if let (Some(first), true) = (reasons.get_mut(begin), offers.len() > 1) {
            *first = format!("{}: {first}", offer.range);
        }
    }
    Proposal { ranges: offers.iter().map(|offer| offer.range).collect(), reasons }
}

struct Offer {
    range: Range,
    reasons: Vec<String>,
}

const TELL: &str = "tell it with: --subnet CIDR";
const ELSEWHERE: &str = "give addresses that a router sends to the nodes: --pool A-B --allow off-subnet";

/// Why not, and what to give.
type No = (String, &'static str);

fn offers(family: Family, around: &Surroundings) -> Result<Vec<Offer>, No> {
    let networks = match around.subnet(family) {
        Subnet::Known(networks) => networks,
        Subnet::Unknown(why) => {
            return Err((format!("the nodes' network is unknown ({why})"), TELL));
        }
    };
    let nodes_on = |network: &Network| around.nodes.iter().filter(|node| node.is_on(network)).count();
    let Some(network) = networks.iter().rev().max_by_key(|network| nodes_on(network)) else {
        return Err(("the nodes are on no such network".to_owned(), TELL));
    };
    let place = Place { network, around };
    place.offers()
}

/// Where in a network to look, and what speaks for it.
#[derive(Clone, Copy)]
struct Band {
    range: Range,
    why: &'static str,
}

impl Band {
    fn place(&self, range: &Range) -> String {
        match self.why {
            TOP if range.last() == self.range.last() => format!("at {TOP}"),
            TOP => format!("near {TOP}"),
            why => why.to_owned(),
        }
    }
}

struct Place<'p> {
    network: &'p Network,
    around: &'p Surroundings,
}

impl Place<'_> {
    fn offers(&self) -> Result<Vec<Offer>, No> {
        let shown = self.network.network.trunc();
        let hosts =
            self.network.hosts().filter(|hosts| hosts.size() > 2).ok_or_else(|| {
                (format!("the nodes' network {shown} has no room for more than its machines"), ELSEWHERE)
            })?;
        let free = hosts.minus(&self.avoided());
        let sizes = free.iter().fold(0, |sum: u128, piece| sum.saturating_add(piece.size()));
        if sizes == 0 {
            let reason = format!("none of the {} of the nodes' network {shown} is free", amount(hosts.size()));
            return Err((reason, ELSEWHERE));
        }
        let count = (sizes / 4).clamp(1, WANTED);
        let mut left = hosts.minus(&[self.avoided(), self.close_to_nodes()].concat());
        let mut found = Vec::new();
        for band in self.bands(&hosts) {
            if let Some(range) = self.pick(&left, &band.range, count) {
                left = left.iter().flat_map(|piece| piece.minus(&[range])).collect();
                found.push(Offer { range, reasons: reasons(&range, &band.place(&range), self.network, self.around) });
            }
        }
        if found.is_empty() {
            let range = (1..=count).rev().find_map(|count| self.pick(&free, &hosts, count));
            found.extend(
                range
                    .map(|range| Offer { range, reasons: reasons(&range, "still free on", self.network, self.around) }),
            );
        }
        Ok(found)
    }

    fn family(&self) -> Family {
        Family::of(self.network.network.addr())
    }

    /// What has an owner, and where a router usually is if nobody knows.
    fn avoided(&self) -> Vec<Range> {
        let mut avoided = self.around.taken();
        avoided.extend(self.around.held.iter().map(|held| Range::from(held.address)));
        if self.network.gateway.is_none() {
            avoided.extend(self.usual_gateways().into_iter().map(Range::from));
        }
        avoided
    }

    fn usual_gateways(&self) -> Vec<IpAddr> {
        let hosts = self.network.hosts();
        let last = hosts.filter(|_| self.family() == Family::V4).map(|hosts| hosts.last());
        hosts.map(|hosts| hosts.first()).into_iter().chain(last).collect()
    }

    fn close_to_nodes(&self) -> Vec<Range> {
        let own = self.around.nodes.iter().flat_map(Node::addresses);
        let around = own.map(|own| {
            let from = neighbour(own, -APART).unwrap_or(own);
            Range::between(from, neighbour(own, APART).unwrap_or(own)).unwrap_or_else(|| Range::from(own))
        });
        around.collect()
    }

    fn bands(&self, hosts: &Range) -> Vec<Band> {
        let length = self.network.network.prefix_len();
        let (base, last) = (self.network.network.network(), self.network.network.broadcast());
        if self.family() == Family::V6 {
            let part = (length <= 112).then(|| Range::between(neighbour(base, 0xf000)?, neighbour(base, 0xff7f)?));
            return match part.flatten() {
                Some(range) => {
                    vec![Band { range, why: "away from the low addresses that are given by hand or in order, on" }; 2]
                }
                None => vec![Band { range: *hosts, why: "still free on" }],
            };
        }
        if length > 24 {
            let band = Band { range: *hosts, why: TOP };
            return if length == 25 { vec![band; 2] } else { vec![band] };
        }
        let part = |from: i64, to: i64| Range::between(neighbour(last, from - 255)?, neighbour(last, to - 255)?);
        let top = part(200, 254).map(|range| Band { range, why: TOP });
        let low = part(10, 99).filter(|_| length == 24);
        let low = low.map(|range| Band { range, why: "in the lower half of" });
        [top, top, low].into_iter().flatten().collect()
    }

    /// The highest in IPv4, where small numbers are given out first; in IPv6 the lowest, which is shorter to write.
    fn pick(&self, free: &[Range], band: &Range, count: u128) -> Option<Range> {
        let mut pieces = free.iter().filter_map(|piece| piece.intersection(band)).filter(|piece| piece.size() >= count);
        let steps = i64::try_from(count).ok()? - 1;
        match self.family() {
            Family::V4 => {
                pieces.next_back().and_then(|piece| Range::between(neighbour(piece.last(), -steps)?, piece.last()))
            }
            Family::V6 => {
                pieces.next().and_then(|piece| Range::between(piece.first(), neighbour(piece.first(), steps)?))
            }
        }
    }
}
