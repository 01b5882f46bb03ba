use lab::Line;
use lab_plan::Question;
use lab_plan::Refusal;
use serde_json::{Value, json};

use super::*;
use crate::present::Present;

/// As busybox 1.37 prints it on a node of two families, with a bridge for pods.
const SEEN: &str = r"1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever
2: eth0    inet 172.30.0.2/22 brd 172.30.3.255 scope global eth0\       valid_lft forever preferred_lft forever
2: eth0    inet6 fd00:30::2/64 scope global \       valid_lft forever preferred_lft forever
2: eth0    inet6 fe80::42:acff:fe1e:2/64 scope link \       valid_lft forever preferred_lft forever
3: cni0    inet 10.244.1.1/24 brd 10.244.1.255 scope global cni0\       valid_lft forever preferred_lft forever
4: tun0    inet 10.9.0.6 peer 10.9.0.5/32 scope global tun0\       valid_lft forever preferred_lft forever
default via 10.9.0.5 dev tun0
default via 172.30.0.1 dev eth0 proto dhcp metric 100
10.244.1.0/24 dev cni0 scope link  src 10.244.1.1
fd00:30::/64 dev eth0  metric 256
default via fe80::1 dev eth0  metric 1024";

fn node(name: &str, addresses: &[&str], ready: bool) -> NodeObject {
    let addresses: Vec<Value> = addresses.iter().map(|own| json!({ "type": "InternalIP", "address": own })).collect();
    let ready = json!([{ "type": "Ready", "status": if ready { "True" } else { "Unknown" } }]);
    let object = json!({ "metadata": { "name": name }, "status": { "addresses": addresses, "conditions": ready } });
    serde_json::from_value(object).unwrap()
}

fn facts(nodes: &[(&str, &[&str], bool)], looks: Vec<Temporary>) -> Facts {
    let own = |(name, addresses, _): &(&str, &[&str], bool)| Node {
        name: (*name).to_owned(),
        internal: addresses.iter().map(|own| own.parse().unwrap()).collect(),
        external: Vec::new(),
    };
    Facts {
        run: "run-1".into(),
        nodes: nodes.iter().map(|(name, addresses, ready)| node(name, addresses, *ready)).collect(),
        services: Vec::new(),
        daemon_sets: Vec::new(),
        present: Present::default(),
        kube_proxy: None,
        around: Surroundings { nodes: nodes.iter().map(own).collect(), ..Surroundings::default() },
        manifest: None,
        looks,
        proof: None,
    }
}

const ONE: &[(&str, &[&str], bool)] = &[("lab-1", &["172.30.0.2", "fd00:30::2"], true)];

fn args(pool: &str) -> Args {
    let pool = pool.split(' ').filter(|text| !text.is_empty()).map(|text| text.parse().unwrap()).collect();
    Args { pool, pool_name: "lecture".into(), advertisement: "external-access".into(), ..Args::default() }
}

fn look(node: &str, state: TemporaryState) -> Temporary {
    Temporary {
        about: format!("network {node}"),
        namespace: NAMESPACE.into(),
        name: "x".into(),
        uid: None,
        node: Some(node.into()),
        state,
    }
}

fn says(text: &str) -> TemporaryState {
    TemporaryState::Succeeded(text.lines().map(|text| Line { at: None, text: text.into() }).collect())
}

fn ask() -> Plan {
    let otherwise = Refusal::refused("no addresses were given", None);
    Plan { then: Then::Ask(Question { text: "Which?".into(), options: Vec::new(), otherwise }), ..Plan::done() }
}

fn install() -> Plan {
    Plan::step(Step::new("install-metallb", "create MetalLB", "why", Vec::new()), "wait")
}

#[test]
fn both_families_are_seen_with_the_gateway_that_is_on_their_network() {
    let mut around = facts(ONE, Vec::new()).around;
    learn(&mut around, &[look("lab-1", says(SEEN))]);
    let known = |network: &str, gateway: Option<&str>| {
        Subnet::Known(vec![Network {
            network: network.parse().unwrap(),
            source: "seen on node lab-1".into(),
            gateway: gateway.map(|text| text.parse().unwrap()),
        }])
    };
    assert_eq!(around.v4, known("172.30.0.0/22", Some("172.30.0.1")));
    assert_eq!(around.v6, known("fd00:30::/64", None));
    let before = around.clone();
    learn(&mut around, &[look("lab-1", says(""))]);
    assert_eq!(around, before, "what is known stays");
}

#[test]
fn what_cannot_be_seen_stays_unknown_with_its_reason() {
    for (state, why) in [
        (says(""), "no interface of node lab-1 has its InternalIP 172.30.0.2"),
        (
            says("2: eth0    inet 172.30.0.2/32 scope global eth0"),
            "node lab-1 has its InternalIP alone (172.30.0.2/32 on eth0)",
        ),
        (
            says("2: eth0    inet 172.30.0.2 peer 172.30.0.1/32 scope global"),
            "no interface of node lab-1 has its InternalIP 172.30.0.2",
        ),
        (says("sh: ip: not found"), "no interface of node lab-1 has its InternalIP 172.30.0.2"),
        (
            TemporaryState::Failed("ErrImagePull".into(), Vec::new()),
            "no pod could look at it on node lab-1: ErrImagePull",
        ),
    ] {
        let mut around = facts(ONE, Vec::new()).around;
        learn(&mut around, &[look("lab-1", state)]);
        assert_eq!(around.v4, Subnet::Unknown(why.into()));
    }
}

#[test]
fn a_proposal_is_worth_a_look_and_a_given_pool_only_when_told() {
    let facts = facts(ONE, Vec::new());
    let plan = before(&args(""), &facts, ask());
    let [step] = &plan.steps[..] else { panic!("{plan:?}") };
    assert_eq!(step.misfit(), None);
    assert!(!step.goes_without_saying(), "a pod on the host network is asked about");
    assert_eq!(step.title, "look at the network of lab-1 (a short pod on the host network)");
    assert!(plan.may_follow.is_empty() && matches!(plan.then, Then::LookAgain { .. }));

    assert_eq!(before(&args("172.30.0.200/30"), &facts, install()), install());
    let told = Args { look_at_nodes: true, ..args("172.30.0.200/30") };
    let plan = before(&told, &facts, install());
    assert_eq!(plan.steps[0].id, ID);
    assert_eq!(plan.may_follow[0].id, "install-metallb", "what was asked for goes on without a second question");
}

#[test]
fn a_look_is_taken_once_and_waited_for() {
    let waits = facts(ONE, vec![look("lab-1", TemporaryState::Pending("ContainerCreating".into()))]);
    let plan = before(&args(""), &waits, ask());
    assert_eq!(plan, Plan::wait("the pod that looks at the network: ContainerCreating"));
    let failed = facts(ONE, vec![look("lab-1", TemporaryState::Failed("no".into(), Vec::new()))]);
    assert_eq!(before(&args(""), &failed, ask()), ask());
}

#[test]
fn a_known_network_is_not_looked_at() {
    let mut facts = facts(ONE, Vec::new());
    learn(&mut facts.around, &[look("lab-1", says(SEEN))]);
    assert_eq!(before(&args(""), &facts, ask()), ask());
}

#[test]
fn one_node_of_both_families_is_enough_and_it_has_to_be_ready() {
    let on = |nodes: &[(&str, &[&str], bool)]| {
        let facts = facts(nodes, Vec::new());
        let chosen = chosen(&facts.nodes, &facts.around, &Family::BOTH);
        chosen.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    let (v4, v6): (&[&str], &[&str]) = (&["172.30.0.2"], &["fd00:30::2"]);
    let both: &[&str] = &["172.30.0.3", "fd00:30::3"];
    assert_eq!(on(&[("a", v4, true), ("b", both, true)]), ["b"]);
    assert_eq!(on(&[("a", v4, true), ("b", v6, true)]), ["a", "b"]);
    assert_eq!(on(&[("a", v4, true), ("b", both, false)]), ["a"]);
    assert!(on(&[("a", both, false)]).is_empty());
}
