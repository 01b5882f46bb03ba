use lab::Seen;
use lab_plan::Then;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::addresses::surroundings::{Node, Surroundings};
use crate::present::{NAMESPACE, Present};
use crate::seen::seen;

fn called<K: DeserializeOwned>(name: &str, spec: &Value) -> Seen<K> {
    let raw = json!({ "metadata": { "name": name, "namespace": NAMESPACE }, "spec": spec });
    seen(raw)
}

/// MetalLB is there, with nodes 172.30.0.2 and .3.
fn facts() -> Facts {
    let node = |name: &str, address: &str| Node {
        name: name.into(),
        internal: vec![address.parse().unwrap()],
        external: Vec::new(),
    };
    let deployment = called("controller", &json!({ "selector": {}, "template": {} }));
    Facts {
        run: "run-1".into(),
        nodes: Vec::new(),
        present: Present { kinds: true, controller: Some(deployment), ..Present::default() },
        around: Surroundings {
            nodes: vec![node("lab-1", "172.30.0.2"), node("lab-2", "172.30.0.3")],
            ..Surroundings::default()
        },
        services: Vec::new(),
        looks: Vec::new(),
    }
}

fn args(name: &str, ranges: &[&str]) -> Args {
    Args { name: name.into(), ranges: ranges.iter().map(|text| text.parse().unwrap()).collect(), ..Args::default() }
}

fn lecture() -> Args {
    args("lecture", &["172.30.0.200-172.30.0.220"])
}

fn made(plan: &Plan) -> Vec<String> {
    plan.changes().map(|change| change.target.to_string()).collect()
}

fn told(plan: &Plan) -> String {
    let lines = plan.refusals.iter().flat_map(|one| std::iter::once(one.reason.clone()).chain(one.hints.clone()));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_pool_and_what_announces_it_are_made_once_the_webhook_accepts_them() {
    let plan = plan(&lecture(), &facts());
    assert_eq!(plan.refusals, []);
    assert_eq!(made(&plan), ["IPAddressPool metallb-system/lecture", "L2Advertisement metallb-system/external-access"]);
    let step = &plan.steps[0];
    assert!(step.once_accepted && matches!(plan.then, Then::LookAgain { .. }));
    assert_eq!(
        step.title,
        "create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it"
    );
    let pool = step.changes[0].after.as_ref().unwrap();
    assert_eq!(pool["spec"], json!({ "addresses": ["172.30.0.200-172.30.0.220"] }));
    assert_eq!(pool["metadata"]["annotations"], json!({ "kubectl-lab/run-id": "run-1" }));
    assert_eq!(step.changes[1].after.as_ref().unwrap()["spec"], json!({ "ipAddressPools": ["lecture"] }));
}

#[test]
fn what_is_there_is_not_made_again() {
    let mut facts = facts();
    facts.present.pools =
        vec![called("lecture", &json!({ "addresses": ["172.30.0.200-172.30.0.209", "172.30.0.210-172.30.0.220"] }))];
    let half = plan(&lecture(), &facts);
    assert_eq!(made(&half), ["L2Advertisement metallb-system/external-access"]);
    facts.present.l2_advertisements = vec![called("external-access", &json!({ "ipAddressPools": ["lecture"] }))];
    let whole = plan(&lecture(), &facts);
    assert!(whole.is_empty(), "{whole:?}");
    assert_eq!(whole.notes, ["L2Advertisement external-access announces it"]);
}

#[test]
fn a_pool_with_other_addresses_is_left_alone_and_the_difference_is_shown() {
    let mut facts = facts();
    facts.present.pools = vec![called("lecture", &json!({ "addresses": ["172.30.0.192-172.30.0.210"] }))];
    let plan = plan(&lecture(), &facts);
    assert!(plan.steps.is_empty());
    insta::assert_snapshot!(told(&plan), @r"
    IPAddressPool lecture exists with other addresses: 172.30.0.192-172.30.0.210
    it does not have 172.30.0.211-172.30.0.220
    it has also 172.30.0.192-172.30.0.199
    a second pool serves just as well: kubectl lab metallb pool add lecture-2 172.30.0.211-172.30.0.220
    or change it where it is: kubectl edit ipaddresspool lecture -n metallb-system
    ");
}

#[test]
fn an_advertisement_of_all_pools_is_enough() {
    let mut facts = facts();
    facts.present.l2_advertisements = vec![called("everything", &json!({}))];
    let plan = plan(&Args { advertisement: Some("mine".into()), ..lecture() }, &facts);
    assert_eq!(made(&plan), ["IPAddressPool metallb-system/lecture"]);
    assert_eq!(
        plan.notes[..2],
        ["L2Advertisement everything announces it", "L2Advertisement mine is not needed, and not made"]
    );
}

#[test]
fn a_second_pool_gets_an_advertisement_under_its_own_name() {
    let mut facts = facts();
    facts.present.l2_advertisements = vec![called("external-access", &json!({ "ipAddressPools": ["lecture"] }))];
    let second = args("more", &["172.30.0.230-172.30.0.239"]);
    assert_eq!(made(&plan(&second, &facts))[1], "L2Advertisement metallb-system/more");
    let asked = Args { advertisement: Some("external-access".into()), ..second };
    insta::assert_snapshot!(told(&plan(&asked, &facts)), @r"
    L2Advertisement external-access exists, and announces other pools: lecture
    take another name for the new one: --advertisement NAME
    ");
}

#[test]
fn without_metallb_the_installation_is_named_with_this_pool() {
    let bare = Facts { present: Present::default(), ..facts() };
    insta::assert_snapshot!(told(&plan(&lecture(), &bare)), @r"
    MetalLB is not installed: the cluster does not know the kind IPAddressPool
    install it with this pool: kubectl lab metallb install --pool-name lecture --pool 172.30.0.200-172.30.0.220
    ");
}

#[test]
fn addresses_of_nodes_are_refused_before_anything_is_written() {
    let plan = plan(&args("lecture", &["172.30.0.0/28"]), &facts());
    assert!(told(&plan).contains("172.30.0.2"), "{plan:?}");
    assert!(plan.refusals.iter().all(|refusal| refusal.allowed_by.is_none()));
}
