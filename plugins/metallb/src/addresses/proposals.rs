//! What is proposed in clusters as they are met, and that it can be had.

use super::check::check;
use super::propose::{Proposals, propose};
use super::range::{Family, Range, neighbour};
use super::sample::{address, dual_stack_cluster, held, node, on, pool, v4_cluster};
use super::surroundings::{Network, Subnet, Surroundings};

fn told(around: &Surroundings) -> String {
    let Proposals { offers, without } = propose(around);
    let mut lines = Vec::new();
    for (index, offer) in offers.iter().enumerate() {
        let ranges: Vec<String> = offer.ranges.iter().map(ToString::to_string).collect();
        lines.push(format!("{}. {}", index + 1, ranges.join(" ")));
        lines.extend(offer.reasons.iter().map(|reason| format!("   {reason}")));
    }
    lines.extend(without.iter().map(|no| format!("-  {}\n   hint: {}", no.reason, no.hint)));
    lines.join("\n")
}

#[test]
fn three_on_a_usual_network() {
    insta::assert_snapshot!(told(&v4_cluster()), @r#"
    1. 172.30.0.235-172.30.0.254
       20 addresses at the top end of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.235
    2. 172.30.0.215-172.30.0.234
       20 addresses near the top end of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.215
    3. 172.30.0.80-172.30.0.99
       20 addresses in the lower half of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do
    "#);
}

#[test]
fn one_of_each_family_in_dual_stack() {
    insta::assert_snapshot!(told(&dual_stack_cluster()), @r#"
    1. 172.30.0.235-172.30.0.254 fd00:30::f000-fd00:30::f013
       172.30.0.235-172.30.0.254: 20 addresses at the top end of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.235
       fd00:30::f000-fd00:30::f013: 20 addresses away from the low addresses that are given by hand or in order, on fd00:30::/64, the nodes' network (seen on node worker-1)
       clear of the nodes (fd00:30::2, fd00:30::3, fd00:30::4) and the gateway (fd00:30::1)
       see that no DHCP server gives these out
    2. 172.30.0.215-172.30.0.234 fd00:30::f014-fd00:30::f027
       172.30.0.215-172.30.0.234: 20 addresses near the top end of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.215
       fd00:30::f014-fd00:30::f027: 20 addresses away from the low addresses that are given by hand or in order, on fd00:30::/64, the nodes' network (seen on node worker-1)
       clear of the nodes (fd00:30::2, fd00:30::3, fd00:30::4) and the gateway (fd00:30::1)
       see that no DHCP server gives these out
    3. 172.30.0.80-172.30.0.99 fd00:30::f000-fd00:30::f013
       172.30.0.80-172.30.0.99: 20 addresses in the lower half of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do
       fd00:30::f000-fd00:30::f013: 20 addresses away from the low addresses that are given by hand or in order, on fd00:30::/64, the nodes' network (seen on node worker-1)
       clear of the nodes (fd00:30::2, fd00:30::3, fd00:30::4) and the gateway (fd00:30::1)
       see that no DHCP server gives these out
    "#);
}

#[test]
fn only_the_family_whose_network_is_known() {
    let around = Surroundings { v6: Subnet::Unknown("the nodes were not asked".into()), ..dual_stack_cluster() };
    insta::assert_snapshot!(told(&around), @r#"
    1. 172.30.0.235-172.30.0.254
       20 addresses at the top end of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.235
    2. 172.30.0.215-172.30.0.234
       20 addresses near the top end of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.215
    3. 172.30.0.80-172.30.0.99
       20 addresses in the lower half of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4) and the gateway (172.30.0.1)
       below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do
    -  no IPv6 range can be proposed: the nodes' network is unknown (the nodes were not asked)
       hint: tell it with: --subnet CIDR
    "#);
}

#[test]
fn none_on_an_unknown_network() {
    insta::assert_snapshot!(told(&Surroundings::default()), @r#"
    -  no IPv4 range can be proposed: the nodes' network is unknown (nobody looked for it)
       hint: tell it with: --subnet CIDR
    "#);
}

#[test]
fn away_from_nodes_pools_and_services_at_the_top_end() {
    let around = Surroundings {
        nodes: vec![node("control-plane", &["172.30.0.250"]), node("worker-1", &["172.30.0.3"])],
        api_server: Some(address("172.30.0.10")),
        v4: on("172.30.0.0/24", None),
        pools: vec![pool("others", &["172.30.0.220-172.30.0.230"])],
        held: vec![held("web", "172.30.0.221", Some("others"))],
        ..v4_cluster()
    };
    insta::assert_snapshot!(told(&around), @r#"
    1. 172.30.0.200-172.30.0.219
       20 addresses near the top end of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.3, 172.30.0.250), the API server (172.30.0.10), pool metallb-system/others and the address that a Service has
       the gateway is unknown; the first and the last address, where it usually is, are left out
       above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.200
    2. 172.30.0.80-172.30.0.99
       20 addresses in the lower half of 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.3, 172.30.0.250), the API server (172.30.0.10), pool metallb-system/others and the address that a Service has
       the gateway is unknown; the first and the last address, where it usually is, are left out
       below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do
    "#);
}

#[test]
fn at_the_very_top_of_a_docker_network() {
    let around = Surroundings {
        nodes: vec![node("kind-control-plane", &["172.18.0.2"])],
        v4: on("172.18.0.0/16", Some("172.18.0.1")),
        ..v4_cluster()
    };
    insta::assert_snapshot!(told(&around), @r#"
    1. 172.18.255.235-172.18.255.254
       20 addresses at the top end of 172.18.0.0/16, the nodes' network (seen on node worker-1)
       clear of the node (172.18.0.2) and the gateway (172.18.0.1)
       see that no DHCP server gives these out
    2. 172.18.255.215-172.18.255.234
       20 addresses near the top end of 172.18.0.0/16, the nodes' network (seen on node worker-1)
       clear of the node (172.18.0.2) and the gateway (172.18.0.1)
       see that no DHCP server gives these out
    "#);
}

#[test]
fn where_most_nodes_are() {
    let network =
        |text: &str| Network { network: text.parse().unwrap(), source: "seen on a node".into(), gateway: None };
    let around = Surroundings {
        nodes: vec![node("a", &["10.1.0.2"]), node("b", &["10.2.0.2"]), node("c", &["10.2.0.3"])],
        v4: Subnet::Known(vec![network("10.1.0.0/24"), network("10.2.0.0/24")]),
        ..v4_cluster()
    };
    let first = propose(&around).offers.remove(0).ranges;
    assert_eq!(first, ["10.2.0.234-10.2.0.253".parse::<Range>().unwrap()]);
}

#[test]
fn few_or_none_on_small_networks() {
    let said = (25..=32).map(|length| {
        let around = Surroundings {
            nodes: vec![node("only", &["172.30.0.2"])],
            v4: on(&format!("172.30.0.0/{length}"), Some("172.30.0.1")),
            ..v4_cluster()
        };
        format!("/{length}\n{}", told(&around))
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @r#"
    /25
    1. 172.30.0.107-172.30.0.126
       20 addresses at the top end of 172.30.0.0/25, the nodes' network (seen on node worker-1)
       clear of the node (172.30.0.2) and the gateway (172.30.0.1)
       see that no DHCP server gives these out
    2. 172.30.0.87-172.30.0.106
       20 addresses near the top end of 172.30.0.0/25, the nodes' network (seen on node worker-1)
       clear of the node (172.30.0.2) and the gateway (172.30.0.1)
       see that no DHCP server gives these out
    /26
    1. 172.30.0.48-172.30.0.62
       15 addresses at the top end of 172.30.0.0/26, the nodes' network (seen on node worker-1)
       clear of the node (172.30.0.2) and the gateway (172.30.0.1)
       see that no DHCP server gives these out
    /27
    1. 172.30.0.24-172.30.0.30
       7 addresses at the top end of 172.30.0.0/27, the nodes' network (seen on node worker-1)
       clear of the node (172.30.0.2) and the gateway (172.30.0.1)
       see that no DHCP server gives these out
    /28
    1. 172.30.0.12-172.30.0.14
       3 addresses at the top end of 172.30.0.0/28, the nodes' network (seen on node worker-1)
       clear of the node (172.30.0.2) and the gateway (172.30.0.1)
       see that no DHCP server gives these out
    /29
    1. 172.30.0.6/32
       1 address still free on 172.30.0.0/29, the nodes' network (seen on node worker-1)
       clear of the node (172.30.0.2) and the gateway (172.30.0.1)
       see that no DHCP server gives these out
    /30
    -  no IPv4 range can be proposed: the nodes' network 172.30.0.0/30 has no room for more than its machines
       hint: give addresses that a router sends to the nodes: --pool A-B --allow off-subnet
    /31
    -  no IPv4 range can be proposed: the nodes' network 172.30.0.0/31 has no room for more than its machines
       hint: give addresses that a router sends to the nodes: --pool A-B --allow off-subnet
    /32
    -  no IPv4 range can be proposed: the nodes' network 172.30.0.0/32 has no room for more than its machines
       hint: give addresses that a router sends to the nodes: --pool A-B --allow off-subnet
    "#);
}

#[test]
fn none_where_all_are_taken() {
    let around = Surroundings {
        v4: on("172.30.0.0/29", Some("172.30.0.1")),
        pools: vec![pool("others", &["172.30.0.5-172.30.0.6"])],
        ..v4_cluster()
    };
    insta::assert_snapshot!(told(&around), @r#"
    -  no IPv4 range can be proposed: none of the 6 addresses of the nodes' network 172.30.0.0/29 is free
       hint: give addresses that a router sends to the nodes: --pool A-B --allow off-subnet
    "#);
}

#[test]
fn what_is_left_on_a_crowded_network() {
    let around = Surroundings {
        pools: vec![pool("others", &["172.30.0.8-172.30.0.189", "172.30.0.193-172.30.0.254"])],
        ..v4_cluster()
    };
    insta::assert_snapshot!(told(&around), @r#"
    1. 172.30.0.192/32
       1 address still free on 172.30.0.0/24, the nodes' network (seen on node worker-1)
       clear of the nodes (172.30.0.2, 172.30.0.3, 172.30.0.4), the gateway (172.30.0.1) and pool metallb-system/others
       see that no DHCP server gives these out: many do so in this part of a network
    "#);
}

#[test]
fn on_short_networks_of_ipv6() {
    let said = [64, 112, 113, 120, 124, 126, 127, 128].map(|length| {
        let around = Surroundings {
            nodes: vec![node("only", &["fd00:30::2"])],
            families: vec![Family::V6],
            v6: on(&format!("fd00:30::/{length}"), None),
            ..v4_cluster()
        };
        let found = propose(&around);
        let ranges: Vec<String> =
            found.offers.iter().flat_map(|offer| &offer.ranges).map(ToString::to_string).collect();
        format!(
            "/{length}: {}{}",
            ranges.join(" or "),
            found.without.iter().map(|no| no.reason.as_str()).collect::<String>()
        )
    });
    insta::assert_snapshot!(said.join("\n"), @r#"
    /64: fd00:30::f000-fd00:30::f013 or fd00:30::f014-fd00:30::f027
    /112: fd00:30::f000-fd00:30::f013 or fd00:30::f014-fd00:30::f027
    /113: fd00:30::8-fd00:30::1b
    /120: fd00:30::8-fd00:30::1b
    /124: fd00:30::8-fd00:30::a
    /126: fd00:30::3/128
    /127: no IPv6 range can be proposed: the nodes' network fd00:30::/127 has no room for more than its machines
    /128: no IPv6 range can be proposed: the nodes' network fd00:30::/128 has no room for more than its machines
    "#);
}

/// Whatever the network and wherever its nodes: nothing is said against what is proposed, and it is a small part.
#[test]
fn a_proposal_is_never_refused() {
    let mut offers = 0;
    for length in 16..=32 {
        for at in [1, 2, 5, 6, 62, 126, 200, 230, 250, 254, 65_534] {
            for gateway in [None, Some("10.50.0.1"), Some("10.50.0.254")] {
                for others in [&[][..], &["10.50.0.200-10.50.0.240"], &["10.50.255.0/24", "10.50.0.0/25"]] {
                    let own = neighbour(address("10.50.0.0"), at).unwrap().to_string();
                    let around = Surroundings {
                        nodes: vec![node("a", &[&own]), node("b", &["10.50.0.3"])],
                        api_server: None,
                        v4: on(&format!("10.50.0.0/{length}"), gateway),
                        pools: vec![pool("others", others)],
                        ..v4_cluster()
                    };
                    let found = propose(&around);
                    assert_eq!(found.offers.is_empty(), !found.without.is_empty());
                    for offer in &found.offers {
                        assert_eq!(
                            check(&offer.ranges, &around).refusals,
                            [],
                            "/{length}, node at {at}: {:?}",
                            offer.ranges
                        );
                        assert!(offer.ranges.iter().all(|range| range.size() <= 20));
                        offers += 1;
                    }
                }
            }
        }
    }
    assert!(offers > 1_000, "{offers}");
}
