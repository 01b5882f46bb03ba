//! The cluster that the tests of this folder change in one thing at a time: three nodes on 172.30.0.0/24.

use std::net::IpAddr;

use ipnet::{IpAddrRange, IpNet, Ipv4AddrRange, Ipv6AddrRange};

use super::range::{Family, Range};
use super::surroundings::{Held, Network, Node, PodRange, Pool, ServiceRanges, Subnet, Surroundings};

pub fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_| panic!("{text} is an address"))
}

pub fn network(text: &str) -> IpNet {
    text.parse().unwrap_or_else(|_| panic!("{text} is a network"))
}

pub fn on(text: &str, gateway: Option<&str>) -> Subnet {
    let known =
        Network { network: network(text), source: "seen on node worker-1".into(), gateway: gateway.map(address) };
    Subnet::Known(vec![known])
}

pub fn node(name: &str, internal: &[&str]) -> Node {
    Node { name: name.into(), internal: internal.iter().copied().map(address).collect(), external: Vec::new() }
}

pub fn pool(name: &str, ranges: &[&str]) -> Pool {
    Pool {
        namespace: "metallb-system".into(),
        name: name.into(),
        ranges: ranges.iter().map(|text| Range::in_pool(text).unwrap_or_else(|| panic!("{text} is a range"))).collect(),
        unreadable: Vec::new(),
        auto_assign: true,
        avoid_buggy_ips: false,
    }
}

pub fn held(name: &str, own: &str, from_pool: Option<&str>) -> Held {
    Held { namespace: "demo".into(), name: name.into(), address: address(own), from_pool: from_pool.map(str::to_owned) }
}

pub fn v4_cluster() -> Surroundings {
    let pods = |node: &str, range: &str| PodRange { node: node.into(), range: network(range) };
    Surroundings {
        nodes: vec![
            node("control-plane", &["172.30.0.2"]),
            node("worker-1", &["172.30.0.3"]),
            node("worker-2", &["172.30.0.4"]),
        ],
        families: vec![Family::V4],
        api_server: Some(address("172.30.0.2")),
        v4: on("172.30.0.0/24", Some("172.30.0.1")),
        v6: Subnet::Unknown("the nodes have no IPv6 address".into()),
        pods: vec![
            pods("control-plane", "10.244.0.0/24"),
            pods("worker-1", "10.244.1.0/24"),
            pods("worker-2", "10.244.2.0/24"),
        ],
        services: ServiceRanges::Known(vec![network("10.96.0.0/16")]),
        pools: Vec::new(),
        held: Vec::new(),
    }
}

pub fn dual_stack_cluster() -> Surroundings {
    let mut around = v4_cluster();
    for (node, own) in around.nodes.iter_mut().zip(["fd00:30::2", "fd00:30::3", "fd00:30::4"]) {
        node.internal.push(address(own));
    }
    around.pods.push(PodRange { node: "worker-1".into(), range: network("fd00:10:244:1::/64") });
    around.services = ServiceRanges::Known(vec![network("10.96.0.0/16"), network("fd00:10:96::/112")]);
    Surroundings { families: Family::BOTH.to_vec(), v6: on("fd00:30::/64", Some("fd00:30::1")), ..around }
}

/// The addresses of a range in order, no more than `limit` of them: one of IPv6 may have no end in sight.
pub fn addresses(range: &Range, limit: usize) -> impl Iterator<Item = IpAddr> {
    let all = match (range.first(), range.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => IpAddrRange::V4(Ipv4AddrRange::new(first, last)),
        (IpAddr::V6(first), IpAddr::V6(last)) => IpAddrRange::V6(Ipv6AddrRange::new(first, last)),
        _ => unreachable!("a range is of one family"),
    };
    all.take(limit)
}
