use lab_plan::{Condition, RUN_ANNOTATION, RefusalKind, Settle, Then};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::present::{NAMESPACE, Present};
use crate::seen::seen;

fn configured<K: DeserializeOwned>(name: &str, ours: bool, spec: &Value) -> Seen<K> {
    let annotations = if ours { json!({ RUN_ANNOTATION: "run-1" }) } else { json!({}) };
    let metadata =
        json!({ "name": name, "namespace": NAMESPACE, "uid": "u", "resourceVersion": "7", "annotations": annotations });
    seen(json!({ "metadata": metadata, "spec": spec }))
}

fn service(name: &str, address: &str, pool: &str) -> LoadBalancer {
    LoadBalancer::of(&json!({
        "metadata": { "name": name, "namespace": "demo", "annotations": { "metallb.io/ip-allocated-from-pool": pool } },
        "spec": { "type": "LoadBalancer" }, "status": { "loadBalancer": { "ingress": [{ "ip": address }] } },
    }))
}

/// MetalLB of this version, with the lecture's pool and advertisement, and one Service that has an address.
fn facts(version: &str) -> Facts {
    let containers = json!([{ "name": "controller", "image": format!("quay.io/metallb/controller:{version}") }]);
    let controller = json!({
        "metadata": { "name": "controller", "namespace": NAMESPACE },
        "spec": { "selector": {}, "template": { "spec": { "containers": containers } } },
    });
    let ready = json!({ "conditions": [{ "type": "Ready", "status": "True" }] });
    Facts {
        present: Present {
            kinds: true,
            controller: Some(seen(controller)),
            controller_pods: vec![seen(json!({ "metadata": { "name": "controller-1" }, "status": ready }))],
            pools: vec![configured("lecture", true, &json!({ "addresses": ["172.30.0.200-172.30.0.220"] }))],
            l2_advertisements: vec![configured("external-access", true, &json!({ "ipAddressPools": ["lecture"] }))],
            ..Present::default()
        },
        services: vec![service("web", "172.30.0.200", "lecture")],
        wrote: false,
    }
}

fn without_pool(version: &str) -> Facts {
    let mut facts = facts(version);
    (facts.present.pools, facts.present.l2_advertisements) = (Vec::new(), Vec::new());
    facts
}

fn lecture() -> Args {
    Args { name: "lecture".into() }
}

fn removed(plan: &Plan) -> Vec<String> {
    plan.changes().map(|change| change.target.to_string()).collect()
}

#[test]
fn the_pool_and_its_own_advertisement_go_and_the_services_are_named() {
    let plan = plan(&lecture(), &facts("v0.16.2"));
    assert_eq!(
        removed(&plan),
        ["IPAddressPool metallb-system/lecture", "L2Advertisement metallb-system/external-access"]
    );
    assert_eq!(plan.refusals, []);
    let step = &plan.steps[0];
    assert!(step.destructive && step.settle.is_empty());
    assert_eq!(
        step.title,
        "remove IPAddressPool lecture (172.30.0.200-172.30.0.220), and L2Advertisement external-access, which announces nothing else"
    );
    assert_eq!(step.why, "asked for; these Services lose their address: demo/web (172.30.0.200)");
    let back = step.cannot_be_undone.as_ref().unwrap();
    assert!(back.starts_with("kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220 "), "{back}");
    assert_eq!(step.changes[0].before, Some(json!({ "metadata": { "resourceVersion": "7" } })));
}

#[test]
fn an_advertisement_that_others_need_or_made_stays() {
    for (ours, spec) in [
        (true, json!({})),
        (true, json!({ "ipAddressPools": ["lecture", "more"] })),
        (true, json!({ "ipAddressPools": ["lecture"], "ipAddressPoolSelectors": [{}] })),
        (false, json!({ "ipAddressPools": ["lecture"] })),
    ] {
        let mut facts = facts("v0.16.2");
        facts.present.l2_advertisements = vec![configured("external-access", ours, &spec)];
        assert_eq!(removed(&plan(&lecture(), &facts)), ["IPAddressPool metallb-system/lecture"], "{spec}");
    }
}

#[test]
fn a_pool_of_somebody_else_needs_its_own_code() {
    let mut facts = facts("v0.16.2");
    facts.present.pools = vec![configured("lecture", false, &json!({ "addresses": ["172.30.0.200/29"] }))];
    let plan = plan(&lecture(), &facts);
    assert_eq!(plan.refusals.iter().map(|one| one.allowed_by).collect::<Vec<_>>(), [Some(FOREIGN)]);
    assert!(plan.refusals[0].reason.contains("IPAddressPool lecture was not made by this command"));
}

#[test]
fn an_old_controller_is_restarted_because_it_keeps_what_is_in_use() {
    let plan = plan(&lecture(), &facts("v0.13.12"));
    let controller = Target::namespaced("apps/v1", "Deployment", NAMESPACE, "controller");
    assert_eq!(
        plan.steps[0].settle,
        [Settle::Restart(controller.clone()), Settle::Until(Condition::RolledOut, controller)]
    );
    let unused = Facts { services: Vec::new(), ..facts("v0.13.12") };
    assert!(super::plan(&lecture(), &unused).steps[0].settle.is_empty(), "nothing is in use");
}

#[test]
fn without_a_controller_nothing_is_removed_that_somebody_uses() {
    let mut facts = facts("v0.16.2");
    facts.present.controller_pods = Vec::new();
    let plan = plan(&lecture(), &facts);
    assert_eq!(plan.refusals[0].kind, RefusalKind::CannotMend);
    assert!(plan.refusals[0].reason.contains("nothing else takes the addresses back from demo/web (172.30.0.200)"));
    facts.services = Vec::new();
    assert_eq!(super::plan(&lecture(), &facts).refusals, [], "where nobody uses it, nobody has to take anything back");
}

#[test]
fn what_is_left_of_an_earlier_removal_is_finished() {
    let mut facts = facts("v0.16.2");
    facts.present.pools = Vec::new();
    assert_eq!(removed(&plan(&lecture(), &facts)), ["L2Advertisement metallb-system/external-access"]);
    let wait = plan(&lecture(), &without_pool("v0.16.2"));
    assert!(
        wait.steps.is_empty() && matches!(&wait.then, Then::LookAgain { why } if why.contains("demo/web")),
        "{wait:?}"
    );
    let restart = plan(&lecture(), &without_pool("v0.13.12"));
    assert_eq!(restart.steps[0].id, RESTART);
    let restarted = Facts { wrote: true, ..without_pool("v0.13.12") };
    assert!(
        matches!(plan(&lecture(), &restarted), Plan { steps, then: Then::LookAgain { .. }, .. } if steps.is_empty())
    );
}

#[test]
fn an_address_of_another_pool_is_not_waited_for() {
    let mut facts = without_pool("v0.16.2");
    facts.present.pools = vec![configured("more", true, &json!({ "addresses": ["172.30.0.230/31"] }))];
    facts.services = vec![service("web", "172.30.0.230", "more")];
    facts.wrote = true;
    assert!(plan(&lecture(), &facts).is_empty());
}

#[test]
fn a_name_that_no_pool_has_is_said_with_those_there_are() {
    let plan = plan(&Args { name: "lectur".into() }, &facts("v0.16.2"));
    assert!(plan.is_empty());
    assert_eq!(plan.notes, ["there is no IPAddressPool lectur, there is: lecture"]);
}

#[test]
fn a_controller_that_is_gone_meanwhile_is_not_waited_for() {
    let mut facts = without_pool("v0.16.2");
    facts.present.controller = None;
    let plan = plan(&lecture(), &facts);
    assert!(plan.refusals[0].reason.starts_with("the pool is gone, there is no Deployment"), "{plan:?}");
}
