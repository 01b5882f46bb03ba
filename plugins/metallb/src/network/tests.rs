use lab::Line;
use lab_plan::Question;
use lab_plan::Refusal;
use serde_json::{Value, json};

use super::*;

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

/// What a verb has seen.
struct Seen {
    nodes: Vec<NodeObject>,
    around: Surroundings,
    jobs: Vec<Temporary>,
}

fn seen(nodes: &[(&str, &[&str], bool)], jobs: Vec<Temporary>) -> Seen {
    let own = |(name, addresses, _): &(&str, &[&str], bool)| Node {
        name: (*name).to_owned(),
        internal: addresses.iter().map(|own| own.parse().unwrap()).collect(),
        external: Vec::new(),
    };
    Seen {
        nodes: nodes.iter().map(|(name, addresses, ready)| node(name, addresses, *ready)).collect(),
        around: Surroundings { nodes: nodes.iter().map(own).collect(), ..Surroundings::default() },
        jobs,
    }
}

const ONE: &[(&str, &[&str], bool)] = &[("lab-1", &["172.30.0.2", "fd00:30::2"], true)];

/// The plan of a verb that has to choose addresses.
fn to_propose(seen: &Seen, plan: Plan) -> Plan {
    before(&Given::default(), seen, true, plan)
}

fn before(given: &Given, seen: &Seen, proposes: bool, plan: Plan) -> Plan {
    let Seen { nodes, around, jobs } = seen;
    Look { given, run: "run-1", nodes, around, jobs, is_of_use: true, proposes }.before(plan)
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
    let mut around = seen(ONE, Vec::new()).around;
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
        let mut around = seen(ONE, Vec::new()).around;
        learn(&mut around, &[look("lab-1", state)]);
        assert_eq!(around.v4, Subnet::Unknown(why.into()));
    }
}

#[test]
fn a_proposal_is_worth_a_look_and_a_given_pool_only_when_told() {
    let seen = seen(ONE, Vec::new());
    let plan = to_propose(&seen, ask());
    let [step] = &plan.steps[..] else { panic!("{plan:?}") };
    assert_eq!(step.misfit(), None);
    assert!(!step.goes_without_saying(), "a pod on the host network is asked about");
    assert_eq!(step.title, "look at the network of lab-1 (a short pod on the host network)");
    assert!(plan.may_follow.is_empty() && matches!(plan.then, Then::LookAgain { .. }));

    assert_eq!(before(&Given::default(), &seen, false, install()), install());
    let told = Given { look_at_nodes: true, ..Given::default() };
    let plan = before(&told, &seen, false, install());
    assert_eq!(plan.steps[0].id, ID);
    assert_eq!(plan.may_follow[0].id, "install-metallb", "what was asked for goes on without a second question");
}

#[test]
fn a_look_is_taken_once_and_waited_for() {
    let waits = seen(ONE, vec![look("lab-1", TemporaryState::Pending("ContainerCreating".into()))]);
    let plan = to_propose(&waits, ask());
    assert_eq!(plan, Plan::wait("the pod that looks at the network: ContainerCreating"));
    let failed = seen(ONE, vec![look("lab-1", TemporaryState::Failed("no".into(), Vec::new()))]);
    assert_eq!(to_propose(&failed, ask()), ask());
}

#[test]
fn a_known_network_is_not_looked_at() {
    let mut seen = seen(ONE, Vec::new());
    learn(&mut seen.around, &[look("lab-1", says(SEEN))]);
    assert_eq!(to_propose(&seen, ask()), ask());
}

#[test]
fn where_no_pool_is_to_be_made_nothing_is_looked_at() {
    let Seen { nodes, around, jobs } = &seen(ONE, Vec::new());
    let given = &Given { look_at_nodes: true, ..Given::default() };
    let look = Look { given, run: "run-1", nodes, around, jobs, is_of_use: false, proposes: true };
    assert_eq!(look.before(install()), install());
}

#[test]
fn one_node_of_both_families_is_enough_and_it_has_to_be_ready() {
    let on = |nodes: &[(&str, &[&str], bool)]| {
        let seen = seen(nodes, Vec::new());
        let chosen = chosen(&seen.nodes, &seen.around, &Family::BOTH);
        chosen.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    let (v4, v6): (&[&str], &[&str]) = (&["172.30.0.2"], &["fd00:30::2"]);
    let both: &[&str] = &["172.30.0.3", "fd00:30::3"];
    assert_eq!(on(&[("a", v4, true), ("b", both, true)]), ["b"]);
    assert_eq!(on(&[("a", v4, true), ("b", v6, true)]), ["a", "b"]);
    assert_eq!(on(&[("a", v4, true), ("b", both, false)]), ["a"]);
    assert!(on(&[("a", both, false)]).is_empty());
}
