//! Pools that are wanted in clusters as they are met, each with everything that is said against it.

use super::check::{ALLOWS, Verdict, check};
use super::range::{Family, Range};
use super::sample::{address, addresses, dual_stack_cluster, held, network, node, on, pool, v4_cluster};
use super::surroundings::{Network, ServiceRanges, Subnet, Surroundings};

fn verdict(pools: &[&str], around: &Surroundings) -> Verdict {
    let ranges: Vec<Range> =
        pools.iter().map(|text| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))).collect();
    check(&ranges, around)
}

fn told(pools: &[&str], around: &Surroundings) -> String {
    let verdict = verdict(pools, around);
    let mut lines = vec![pools.join(" ")];
    for refusal in &verdict.refusals {
        let code = refusal.allowed_by.map(|code| format!(" [--allow {code}]")).unwrap_or_default();
        lines.push(format!("    refused{code}: {}", refusal.reason));
        lines.extend(refusal.hints.iter().map(|hint| format!("        hint: {hint}")));
    }
    lines.extend(verdict.notes.iter().map(|note| format!("    note: {note}")));
    if lines.len() == 1 {
        lines.push("    nothing against it".to_owned());
    }
    lines.join("\n")
}

fn table(around: &Surroundings, pools: &[&[&str]]) -> String {
    pools.iter().map(|pools| told(pools, around)).collect::<Vec<_>>().join("\n")
}

#[test]
fn on_one_network() {
    let around = Surroundings { pools: vec![pool("others", &["172.30.0.100-172.30.0.109"])], ..v4_cluster() };
    let said = table(
        &around,
        &[
            &["172.30.0.200-172.30.0.220"],
            &["172.30.0.200"],
            &["172.30.0.200-172.30.0.209", "172.30.0.211"],
            &["172.30.0.3"],
            &["172.30.0.3-172.30.0.9"],
            &["172.30.0.1-172.30.0.20"],
            &["172.30.0.0/24"],
            &["172.30.0.240-172.30.0.255"],
            &["172.30.0.200-172.30.0.220", "172.30.0.210-172.30.0.230"],
            &["172.30.0.200-172.30.0.220", "172.30.0.200-172.30.0.220"],
            &["172.30.0.100-172.30.0.109"],
            &["172.30.0.105-172.30.0.120"],
            &["172.30.0.102"],
            &["172.30.0.90-172.30.0.120"],
            &["10.244.1.10-10.244.1.20"],
            &["10.96.0.10"],
            &["192.168.1.200-192.168.1.220"],
            &["172.30.0.250-172.30.1.20"],
            &["172.30.4.0/22"],
            &["172.0.0.0/8"],
            &["203.0.113.10-203.0.113.20"],
            &["fd00:30::200-fd00:30::220"],
        ],
    );
    insta::assert_snapshot!(said, @r#"
    172.30.0.200-172.30.0.220
        nothing against it
    172.30.0.200
        nothing against it
    172.30.0.200-172.30.0.209 172.30.0.211
        nothing against it
    172.30.0.3
        refused: 172.30.0.3/32 holds an address of a node, 172.30.0.3 (worker-1): two machines would answer for one address
            hint: see what is free with: kubectl lab metallb pool propose
    172.30.0.3-172.30.0.9
        refused: 172.30.0.3-172.30.0.9 holds addresses of nodes, 172.30.0.3 (worker-1), 172.30.0.4 (worker-2): two machines would answer for one address
            hint: the largest part with nothing against it: 172.30.0.5-172.30.0.9 (5 addresses)
    172.30.0.1-172.30.0.20
        refused: 172.30.0.1-172.30.0.20 holds addresses of nodes, 172.30.0.2 (control-plane), 172.30.0.3 (worker-1), 172.30.0.4 (worker-2): two machines would answer for one address
        refused: 172.30.0.1-172.30.0.20 holds 172.30.0.1, the gateway of 172.30.0.0/24: nobody there would reach other networks
            hint: the largest part with nothing against it: 172.30.0.5-172.30.0.20 (16 addresses)
    172.30.0.0/24
        refused: 172.30.0.0/24 holds addresses of nodes, 172.30.0.2 (control-plane), 172.30.0.3 (worker-1), 172.30.0.4 (worker-2): two machines would answer for one address
        refused: 172.30.0.0/24 holds 172.30.0.1, the gateway of 172.30.0.0/24: nobody there would reach other networks
        refused: 172.30.0.0/24 holds 172.30.0.0, the address of the network 172.30.0.0/24 itself: no Service can be reached there
        refused: 172.30.0.0/24 holds 172.30.0.255, the broadcast address of 172.30.0.0/24: no Service can be reached there
        refused: 172.30.0.0/24 holds 172.30.0.100-172.30.0.109 of pool metallb-system/others: MetalLB refuses pools that overlap
            hint: see what is free with: kubectl lab metallb pool propose
    172.30.0.240-172.30.0.255
        refused: 172.30.0.240-172.30.0.255 holds 172.30.0.255, the broadcast address of 172.30.0.0/24: no Service can be reached there
            hint: the largest part with nothing against it: 172.30.0.240-172.30.0.254 (15 addresses)
    172.30.0.200-172.30.0.220 172.30.0.210-172.30.0.230
        refused: 172.30.0.200-172.30.0.220 and 172.30.0.210-172.30.0.230 have 172.30.0.210-172.30.0.220 in common: MetalLB refuses ranges that overlap
            hint: the largest part with nothing against it: 172.30.0.200-172.30.0.230 (31 addresses)
    172.30.0.200-172.30.0.220 172.30.0.200-172.30.0.220
        refused: 172.30.0.200-172.30.0.220 is given twice: MetalLB refuses ranges that overlap
            hint: the largest part with nothing against it: 172.30.0.200-172.30.0.220 (21 addresses)
    172.30.0.100-172.30.0.109
        refused: 172.30.0.100-172.30.0.109 is all in pool metallb-system/others already: MetalLB refuses pools that overlap
            hint: see what is free with: kubectl lab metallb pool propose
    172.30.0.105-172.30.0.120
        refused: 172.30.0.105-172.30.0.120 shares 172.30.0.105-172.30.0.109 with 172.30.0.100-172.30.0.109 of pool metallb-system/others: MetalLB refuses pools that overlap
            hint: the largest part with nothing against it: 172.30.0.110-172.30.0.120 (11 addresses)
    172.30.0.102
        refused: 172.30.0.102/32 is in 172.30.0.100-172.30.0.109 of pool metallb-system/others: MetalLB refuses pools that overlap
            hint: see what is free with: kubectl lab metallb pool propose
    172.30.0.90-172.30.0.120
        refused: 172.30.0.90-172.30.0.120 holds 172.30.0.100-172.30.0.109 of pool metallb-system/others: MetalLB refuses pools that overlap
            hint: the largest part with nothing against it: 172.30.0.110-172.30.0.120 (11 addresses)
    10.244.1.10-10.244.1.20
        refused: 10.244.1.10-10.244.1.20 overlaps with the addresses of pods, 10.244.1.0/24 (worker-1): what is sent there stays in the cluster
        refused [--allow off-subnet]: 10.244.1.10-10.244.1.20 is not on the nodes' network, 172.30.0.0/24 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
    10.96.0.10
        refused: 10.96.0.10/32 overlaps with the cluster IPs of Services, 10.96.0.0/16: what is sent there stays in the cluster
        refused [--allow off-subnet]: 10.96.0.10/32 is not on the nodes' network, 172.30.0.0/24 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
    192.168.1.200-192.168.1.220
        refused [--allow off-subnet]: 192.168.1.200-192.168.1.220 is not on the nodes' network, 172.30.0.0/24 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
    172.30.0.250-172.30.1.20
        refused: 172.30.0.250-172.30.1.20 holds 172.30.0.255, the broadcast address of 172.30.0.0/24: no Service can be reached there
        refused [--allow off-subnet]: 172.30.0.250-172.30.1.20 is only partly on the nodes' network, 172.30.0.0/24 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: the largest part with nothing against it: 172.30.0.250-172.30.0.254 (5 addresses)
        note: 172.30.0.250-172.30.1.20 holds 172.30.1.0: some old devices drop what ends in .0 or .255; avoidBuggyIPs of a pool leaves those out
    172.30.4.0/22
        refused [--allow off-subnet]: 172.30.4.0/22 is not on the nodes' network, 172.30.0.0/24 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
        note: 172.30.4.0/22 holds 1,024 addresses; a lab seldom needs more than twenty
        note: 172.30.4.0/22 holds 172.30.4.0, 172.30.4.255, 172.30.5.0, 172.30.5.255 and 4 more: some old devices drop what ends in .0 or .255; avoidBuggyIPs of a pool leaves those out
    172.0.0.0/8
        refused: 172.0.0.0/8 holds addresses of nodes, 172.30.0.2 (control-plane), 172.30.0.3 (worker-1), 172.30.0.4 (worker-2): two machines would answer for one address
        refused: 172.0.0.0/8 holds 172.30.0.1, the gateway of 172.30.0.0/24: nobody there would reach other networks
        refused: 172.0.0.0/8 holds 172.30.0.0, the address of the network 172.30.0.0/24 itself: no Service can be reached there
        refused: 172.0.0.0/8 holds 172.30.0.255, the broadcast address of 172.30.0.0/24: no Service can be reached there
        refused: 172.0.0.0/8 holds 172.30.0.100-172.30.0.109 of pool metallb-system/others: MetalLB refuses pools that overlap
        refused [--allow off-subnet]: 172.0.0.0/8 is only partly on the nodes' network, 172.30.0.0/24 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
        refused [--allow huge-pool]: 172.0.0.0/8 holds 16,777,216 addresses: nobody else on the network could use any of them
            hint: a lab seldom needs more than twenty
    203.0.113.10-203.0.113.20
        refused [--allow off-subnet]: 203.0.113.10-203.0.113.20 is not on the nodes' network, 172.30.0.0/24 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
        note: 203.0.113.10-203.0.113.20 is of 203.0.113.0/24, addresses for examples in documents; no router outside of a lab knows them
    fd00:30::200-fd00:30::220
        refused [--allow unused-family]: fd00:30::200-fd00:30::220 is IPv6, and Services of this cluster get IPv4 addresses only: it would never be used
    "#);
}

#[test]
fn in_dual_stack() {
    let said = table(
        &dual_stack_cluster(),
        &[
            &["172.30.0.200-172.30.0.220", "fd00:30::200-fd00:30::220"],
            &["fd00:30::/120"],
            &["fd00:30::/64"],
            &["fd00:30::2:0/111"],
            &["fd00::/32"],
            &["fd00:10:96::/120"],
            &["2001:db8::10-2001:db8::20"],
        ],
    );
    insta::assert_snapshot!(said, @r#"
    172.30.0.200-172.30.0.220 fd00:30::200-fd00:30::220
        nothing against it
    fd00:30::/120
        refused: fd00:30::/120 holds addresses of nodes, fd00:30::2 (control-plane), fd00:30::3 (worker-1), fd00:30::4 (worker-2): two machines would answer for one address
        refused: fd00:30::/120 holds fd00:30::1, the gateway of fd00:30::/64: nobody there would reach other networks
        refused: fd00:30::/120 holds fd00:30::, which every router on fd00:30::/64 answers to
            hint: see what is free with: kubectl lab metallb pool propose
    fd00:30::/64
        refused: fd00:30::/64 holds addresses of nodes, fd00:30::2 (control-plane), fd00:30::3 (worker-1), fd00:30::4 (worker-2): two machines would answer for one address
        refused: fd00:30::/64 holds fd00:30::1, the gateway of fd00:30::/64: nobody there would reach other networks
        refused: fd00:30::/64 holds fd00:30::, which every router on fd00:30::/64 answers to
            hint: see what is free with: kubectl lab metallb pool propose
        note: fd00:30::/64 holds 2^64 addresses; a lab seldom needs more than twenty
    fd00:30::2:0/111
        note: fd00:30::2:0/111 holds 131,072 addresses; a lab seldom needs more than twenty
    fd00::/32
        refused [--allow off-subnet]: fd00::/32 is not on the nodes' network, fd00:30::/64 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
        refused [--allow huge-pool]: fd00::/32 holds 2^96 addresses: nobody else on the network could use any of them
            hint: a lab seldom needs more than twenty
    fd00:10:96::/120
        refused: fd00:10:96::/120 overlaps with the cluster IPs of Services, fd00:10:96::/112: what is sent there stays in the cluster
        refused [--allow off-subnet]: fd00:10:96::/120 is not on the nodes' network, fd00:30::/64 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
    2001:db8::10-2001:db8::20
        refused [--allow off-subnet]: 2001:db8::10-2001:db8::20 is not on the nodes' network, fd00:30::/64 (seen on node worker-1): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
        note: 2001:db8::10-2001:db8::20 is of 2001:db8::/32, addresses for examples in documents; no router outside of a lab knows them
    "#);
}

#[test]
fn among_addresses_that_services_have() {
    let around = Surroundings {
        held: vec![
            held("from-metallb", "172.30.0.200", Some("lecture")),
            held("from-elsewhere", "172.30.0.201", None),
            held("from-klipper", "172.30.0.3", None),
        ],
        ..v4_cluster()
    };
    let said = table(&around, &[&["172.30.0.200"], &["172.30.0.200-172.30.0.210"], &["172.30.0.3"]]);
    insta::assert_snapshot!(said, @r#"
    172.30.0.200
        nothing against it
    172.30.0.200-172.30.0.210
        refused [--allow address-in-use]: 172.30.0.200-172.30.0.210 holds what Services have already, and not from MetalLB: 172.30.0.201 (Service demo/from-elsewhere)
            hint: if an earlier load balancer gave them and is gone, MetalLB may take them over
    172.30.0.3
        refused: 172.30.0.3/32 holds an address of a node, 172.30.0.3 (worker-1): two machines would answer for one address
            hint: see what is free with: kubectl lab metallb pool propose
    "#);
}

#[test]
fn what_is_unknown_refuses_nothing() {
    let nothing = Surroundings::default();
    let some = Surroundings {
        v4: Subnet::Unknown("the nodes were not asked".into()),
        services: ServiceRanges::AtLeast {
            addresses: vec![address("10.96.0.1"), address("10.96.0.10")],
            why: "this cluster has no ServiceCIDR objects".into(),
        },
        pools: vec![super::surroundings::Pool { unreadable: vec!["10.0.0.5".into()], ..pool("odd", &[]) }],
        ..v4_cluster()
    };
    for around in [&nothing, &some] {
        assert_eq!(verdict(&["172.30.0.128/25"], around).refusals, []);
    }
    let said =
        [table(&nothing, &[&["172.30.0.0/24"]]), table(&some, &[&["172.30.0.200-172.30.0.220"], &["10.96.0.8/29"]])];
    insta::assert_snapshot!(said.join("\n"), @r#"
    172.30.0.0/24
        note: 172.30.0.0/24 holds 172.30.0.0, 172.30.0.255: some old devices drop what ends in .0 or .255; avoidBuggyIPs of a pool leaves those out
        note: the nodes' IPv4 network is unknown (nobody looked for it): whether the pool is on it, and clear of its gateway and broadcast address, was not checked; --subnet CIDR tells it, or --look-at-nodes
        note: the addresses of the nodes are unknown: whether the pool holds any of them was not checked
        note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
        note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    172.30.0.200-172.30.0.220
        note: the nodes' IPv4 network is unknown (the nodes were not asked): whether the pool is on it, and clear of its gateway and broadcast address, was not checked; --subnet CIDR tells it, or --look-at-nodes
        note: the range of the cluster IPs is unknown (this cluster has no ServiceCIDR objects): overlap with it was checked only with the 2 that Services have
        note: pool metallb-system/odd holds what is no range: "10.0.0.5"
    10.96.0.8/29
        refused: 10.96.0.8/29 overlaps with cluster IPs that Services have, 10.96.0.10: what is sent there stays in the cluster
            hint: the largest part with nothing against it: 10.96.0.11-10.96.0.15 (5 addresses)
        note: the nodes' IPv4 network is unknown (the nodes were not asked): whether the pool is on it, and clear of its gateway and broadcast address, was not checked; --subnet CIDR tells it, or --look-at-nodes
        note: the range of the cluster IPs is unknown (this cluster has no ServiceCIDR objects): overlap with it was checked only with the 2 that Services have
        note: pool metallb-system/odd holds what is no range: "10.0.0.5"
    "#);
}

#[test]
fn on_several_networks() {
    let network = |text: &str, source: &str| Network { network: network(text), source: source.into(), gateway: None };
    let around = Surroundings {
        nodes: vec![node("a", &["10.1.0.2"]), node("b", &["10.1.0.3"]), node("c", &["10.2.0.2"])],
        api_server: Some(address("10.1.0.100")),
        v4: Subnet::Known(vec![
            network("10.1.0.0/24", "seen on node a"),
            network("10.2.0.0/24", "seen on node c"),
            network("192.168.7.0/24", "given by --subnet"),
        ]),
        ..v4_cluster()
    };
    let said = table(
        &around,
        &[
            &["10.1.0.200-10.1.0.220"],
            &["10.1.0.90-10.1.0.110"],
            &["10.2.0.200-10.2.0.220"],
            &["192.168.7.200-192.168.7.220"],
            &["10.3.0.200-10.3.0.220"],
            &["10.1.0.0-10.2.0.255"],
        ],
    );
    insta::assert_snapshot!(said, @r#"
    10.1.0.200-10.1.0.220
        note: c has no InternalIP on 10.1.0.0/24 and may not be able to announce 10.1.0.200-10.1.0.220
    10.1.0.90-10.1.0.110
        refused: 10.1.0.90-10.1.0.110 holds 10.1.0.100, the address of the API server: two machines would answer for it
            hint: the largest part with nothing against it: 10.1.0.101-10.1.0.110 (10 addresses)
        note: c has no InternalIP on 10.1.0.0/24 and may not be able to announce 10.1.0.90-10.1.0.110
    10.2.0.200-10.2.0.220
        note: a, b have no InternalIP on 10.2.0.0/24 and may not be able to announce 10.2.0.200-10.2.0.220
    192.168.7.200-192.168.7.220
        note: no node's InternalIP is on 192.168.7.0/24 (given by --subnet): 192.168.7.200-192.168.7.220 is answered for only if nodes have another interface there
    10.3.0.200-10.3.0.220
        refused [--allow off-subnet]: 10.3.0.200-10.3.0.220 is on none of the nodes' networks, 10.1.0.0/24 (seen on node a) or 10.2.0.0/24 (seen on node c) or 192.168.7.0/24 (given by --subnet): in layer 2 mode only machines on that network ask for an address
            hint: see what is free with: kubectl lab metallb pool propose
    10.1.0.0-10.2.0.255
        refused: 10.1.0.0-10.2.0.255 holds addresses of nodes, 10.1.0.2 (a), 10.1.0.3 (b), 10.2.0.2 (c): two machines would answer for one address
        refused: 10.1.0.0-10.2.0.255 holds 10.1.0.100, the address of the API server: two machines would answer for it
        refused: 10.1.0.0-10.2.0.255 holds 10.1.0.0, the address of the network 10.1.0.0/24 itself: no Service can be reached there
        refused: 10.1.0.0-10.2.0.255 holds 10.1.0.255, the broadcast address of 10.1.0.0/24: no Service can be reached there
        refused: 10.1.0.0-10.2.0.255 holds 10.2.0.0, the address of the network 10.2.0.0/24 itself: no Service can be reached there
        refused: 10.1.0.0-10.2.0.255 holds 10.2.0.255, the broadcast address of 10.2.0.0/24: no Service can be reached there
        refused [--allow off-subnet]: 10.1.0.0-10.2.0.255 is only partly on one of the nodes' networks, 10.1.0.0/24 (seen on node a) or 10.2.0.0/24 (seen on node c) or 192.168.7.0/24 (given by --subnet): in layer 2 mode only machines on that network ask for an address
            hint: the largest part with nothing against it: 10.2.0.1/32 (1 address)
        refused [--allow huge-pool]: 10.1.0.0-10.2.0.255 holds 65,792 addresses: nobody else on the network could use any of them
            hint: a lab seldom needs more than twenty
    "#);
}

#[test]
fn in_a_large_network() {
    let around = Surroundings {
        v4: on("172.18.0.0/16", Some("172.18.0.1")),
        nodes: vec![node("kind-control-plane", &["172.18.0.2"])],
        ..v4_cluster()
    };
    let said = table(
        &around,
        &[&["172.18.255.200-172.18.255.250"], &["172.18.1.0/24"], &["172.18.0.0/16"], &["172.18.2.250-172.18.3.5"]],
    );
    insta::assert_snapshot!(said, @r#"
    172.18.255.200-172.18.255.250
        nothing against it
    172.18.1.0/24
        note: 172.18.1.0/24 holds 172.18.1.0, 172.18.1.255: some old devices drop what ends in .0 or .255; avoidBuggyIPs of a pool leaves those out
    172.18.0.0/16
        refused: 172.18.0.0/16 holds an address of a node, 172.18.0.2 (kind-control-plane): two machines would answer for one address
        refused: 172.18.0.0/16 holds 172.18.0.1, the gateway of 172.18.0.0/16: nobody there would reach other networks
        refused: 172.18.0.0/16 holds 172.18.0.0, the address of the network 172.18.0.0/16 itself: no Service can be reached there
        refused: 172.18.0.0/16 holds 172.18.255.255, the broadcast address of 172.18.0.0/16: no Service can be reached there
            hint: see what is free with: kubectl lab metallb pool propose
        note: 172.18.0.0/16 holds 65,536 addresses; a lab seldom needs more than twenty
        note: 172.18.0.0/16 holds 172.18.0.255, 172.18.1.0, 172.18.1.255, 172.18.2.0 and 506 more: some old devices drop what ends in .0 or .255; avoidBuggyIPs of a pool leaves those out
    172.18.2.250-172.18.3.5
        note: 172.18.2.250-172.18.3.5 holds 172.18.2.255, 172.18.3.0: some old devices drop what ends in .0 or .255; avoidBuggyIPs of a pool leaves those out
    "#);
}

#[test]
fn a_network_from_one_machine_to_another_has_no_broadcast_address() {
    let around =
        Surroundings { v4: on("172.30.0.4/31", None), nodes: vec![node("only", &["172.30.0.4"])], ..v4_cluster() };
    assert_eq!(verdict(&["172.30.0.5"], &around).refusals, []);
}

#[test]
fn every_code_is_explained_and_can_occur() {
    let around = Surroundings { held: vec![held("web", "9.0.0.1", None)], ..v4_cluster() };
    let mut codes: Vec<&str> = verdict(&["9.0.0.0/8", "fd00::/120"], &around)
        .refusals
        .iter()
        .filter_map(|refusal| refusal.allowed_by)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let mut explained = ALLOWS.map(|(code, _)| code);
    explained.sort_unstable();
    assert_eq!(codes, explained);
}

/// Overlap is refused for exactly the addresses that somebody has, whichever they are.
#[test]
fn a_single_address_is_refused_exactly_if_it_is_taken() {
    let around = Surroundings { pools: vec![pool("others", &["172.30.0.100-172.30.0.109"])], ..v4_cluster() };
    let taken = around.taken();
    for own in addresses(&Range::from(network("172.30.0.0/24")), 256) {
        let refused = !check(&[Range::from(own)], &around).refusals.is_empty();
        assert_eq!(refused, taken.iter().any(|range| range.contains(own)), "{own}");
    }
    assert_eq!(around.families(), [Family::V4]);
}
