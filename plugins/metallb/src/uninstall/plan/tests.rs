use lab::Seen;
use lab_plan::{Contents, Item, RUN_ANNOTATION, Settle, Target, Then};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::facts::{DEFINITION, NAMESPACE, WEBHOOK};
use super::super::names;
use super::*;
use crate::inventory::Ours;
use crate::present::{self, Present};
use crate::seen::seen;

fn configured<K: DeserializeOwned>(name: &str, ours: bool, spec: &Value) -> Seen<K> {
    let annotations = if ours { json!({ RUN_ANNOTATION: "run-1" }) } else { json!({}) };
    let metadata = json!({
        "name": name, "namespace": present::NAMESPACE, "uid": format!("uid-of-{name}"), "resourceVersion": "7",
        "annotations": annotations,
    });
    seen(json!({ "metadata": metadata, "spec": spec }))
}

fn service(name: &str, address: Option<&str>) -> LoadBalancer {
    let ingress = address.map(|address| json!([{ "ip": address }]));
    let status =
        ingress.map_or(json!({ "loadBalancer": {} }), |ingress| json!({ "loadBalancer": { "ingress": ingress } }));
    let annotations = json!({ "metallb.io/ip-allocated-from-pool": "lecture", "theirs": "x" });
    LoadBalancer::of(&json!({
        "metadata": { "name": name, "namespace": "demo", "uid": "s", "annotations": annotations },
        "spec": { "type": "LoadBalancer" }, "status": status,
    }))
}

fn part(target: Target) -> Ours {
    let uid = format!("uid-of-{target}");
    Ours { live: json!({ "metadata": { "uid": uid, "resourceVersion": "3" } }), target }
}

/// What one of our installations has brought, looked into as it is before the first removal.
fn parts() -> Vec<Ours> {
    let namespace = names::namespace(present::NAMESPACE);
    std::iter::once(namespace).chain(names::all(present::NAMESPACE)).map(part).collect()
}

fn contents(parts: &[Ours]) -> Vec<(Target, Contents)> {
    let containers = parts.iter().filter(|part| [NAMESPACE, DEFINITION].contains(&part.target.kind.as_str()));
    containers.map(|part| (part.target.clone(), Contents::default())).collect()
}

/// MetalLB as we install it, with the lecture's pool, and a Service that has an address.
fn installed(version: &str) -> Facts {
    let ours = parts();
    let containers = json!([{ "name": "controller", "image": format!("quay.io/metallb/controller:{version}") }]);
    let annotations = json!({ RUN_ANNOTATION: "run-1" });
    let controller = json!({
        "metadata": { "name": "controller", "namespace": present::NAMESPACE, "annotations": annotations },
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
        services: vec![service("web", Some("172.30.0.200"))],
        contents: contents(&ours),
        ours,
        ..Facts::default()
    }
}

/// The same once its pools are gone.
fn without_pools(version: &str) -> Facts {
    let mut facts = installed(version);
    (facts.present.pools, facts.present.l2_advertisements) = (Vec::new(), Vec::new());
    facts.wrote = true;
    facts
}

/// And once the addresses are taken back.
fn idle(version: &str) -> Facts {
    Facts { services: Vec::new(), ..without_pools(version) }
}

fn without(mut facts: Facts, kinds: &[&str]) -> Facts {
    facts.ours.retain(|part| !kinds.contains(&part.target.kind.as_str()));
    facts.contents.retain(|(target, _)| !kinds.contains(&target.kind.as_str()));
    facts
}

fn only_namespace() -> Facts {
    let mut facts = idle("v0.16.2");
    facts.ours.retain(|part| part.target.kind == NAMESPACE);
    facts.contents.retain(|(target, _)| target.kind == NAMESPACE);
    facts.present = Present::default();
    facts
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

fn reasons(plan: &Plan) -> Vec<&str> {
    plan.refusals.iter().map(|refusal| refusal.reason.as_str()).collect()
}

fn waits_for(plan: &Plan) -> &str {
    assert!(plan.steps.is_empty(), "{plan:?}");
    let Then::LookAgain { why } = &plan.then else { panic!("it does not wait: {plan:?}") };
    why
}

#[test]
fn the_pools_go_first_and_all_that_follows_is_named() {
    let plan = plan(&installed("v0.16.2"));
    assert_eq!((ids(&plan), reasons(&plan)), (vec!["remove-pools"], vec![]));
    let step = &plan.steps[0];
    assert_eq!(step.title, "remove IPAddressPool lecture (172.30.0.200-172.30.0.220), L2Advertisement external-access");
    assert_eq!(step.why, "asked for; these Services lose their address: demo/web (172.30.0.200)");
    assert!(step.destructive && step.settle.is_empty());
    assert_eq!(
        step.cannot_be_undone.as_deref(),
        Some(
            "kubectl lab metallb install --version v0.16.2 --pool 172.30.0.200-172.30.0.220 --pool-name lecture \
             --advertisement external-access brings it again; Services may get other addresses then"
        )
    );
    let announced: Vec<String> = plan.may_follow.iter().map(|may| format!("{}: {}", may.id, may.title)).collect();
    insta::assert_snapshot!(announced.join("\n"), @r"
    clear-addresses: clear the addresses of these Services, if MetalLB's controller is not there to do it
    remove-webhook: remove ValidatingWebhookConfiguration metallb-webhook-configuration
    remove-kinds: remove the 10 kinds of metallb.io (addresspools, bfdprofiles, bgpadvertisements, bgppeers, communities, configurationstates, ipaddresspools, l2advertisements, servicebgpstatuses, servicel2statuses)
    remove-workloads: remove DaemonSet metallb-system/speaker, Deployment metallb-system/controller, and 16 more objects (accounts, rights, configuration)
    remove-namespace: remove Namespace metallb-system
    ");
}

#[test]
fn a_running_controller_is_waited_for() {
    let found = plan(&without_pools("v0.16.2"));
    assert_eq!(
        waits_for(&found),
        "MetalLB's controller has not taken the addresses back yet from demo/web (172.30.0.200)"
    );
}

#[test]
fn an_old_controller_is_restarted() {
    let controller = Target::namespaced("apps/v1", "Deployment", present::NAMESPACE, "controller");
    let settle = [Settle::Restart(controller.clone()), Settle::Until(Condition::RolledOut, controller)];
    assert_eq!(plan(&installed("v0.13.12")).steps[0].settle, settle);
    let died = Facts { wrote: false, ..without_pools("v0.13.12") };
    assert_eq!((ids(&plan(&died)), &plan(&died).steps[0].settle[..]), (vec!["restart-controller"], &settle[..]));
    assert!(waits_for(&plan(&without_pools("v0.13.12"))).contains("demo/web"), "once is enough");
}

#[test]
fn without_a_controller_we_clear_the_addresses_ourselves() {
    let mut facts = installed("v0.16.2");
    facts.present.controller_pods = Vec::new();
    let first = plan(&facts);
    assert_eq!(ids(&first), ["remove-webhook", "remove-pools"], "nobody would answer the webhook");
    assert!(first.may_follow.iter().all(|may| may.id != "remove-webhook"), "{:?}", first.may_follow);
    facts = Facts {
        present: Present { controller_pods: Vec::new(), ..without_pools("v0.16.2").present },
        ..without_pools("v0.16.2")
    };
    let clear = plan(&facts);
    assert_eq!(ids(&clear), ["clear-addresses"]);
    let changes: Vec<(String, String)> = clear
        .changes()
        .map(|change| match &change.place {
            lab_plan::Place::At(path) => (change.target.to_string(), path.to_string()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(changes[0], ("Service demo/web (status)".into(), "status.loadBalancer.ingress".into()));
    assert!(changes[1].1.contains("metallb.io/ip-allocated-from-pool"), "{changes:?}");
    assert!(clear.changes().all(|change| change.after.is_none()));
    facts.services = vec![service("web", None)];
    assert_eq!(plan(&facts).changes().count(), 1, "half of it may be done");
    assert!(clear.steps[0].why.contains("Deployment metallb-system/controller is not ready: it has no pod"));
}

#[test]
fn then_the_webhook_and_the_kinds_and_each_is_gone_before_the_next() {
    let plan = plan(&idle("v0.16.2"));
    assert_eq!(ids(&plan), ["remove-webhook", "remove-kinds"]);
    assert_eq!(plan.steps[1].settle.len(), 10);
    assert!(plan.steps[1].settle.iter().all(|one| matches!(one, Settle::Until(Condition::Gone, _))));
    let announced: Vec<&str> = plan.may_follow.iter().map(|may| may.id.as_str()).collect();
    assert_eq!(announced, ["remove-workloads", "remove-namespace"]);
}

#[test]
fn then_what_runs_and_then_the_namespace_and_then_nothing() {
    let workloads = plan(&without(idle("v0.16.2"), &[DEFINITION, WEBHOOK]));
    assert_eq!(ids(&workloads), ["remove-workloads"]);
    assert_eq!(
        workloads.steps[0].title,
        "remove DaemonSet metallb-system/speaker, Deployment metallb-system/controller, and 16 more objects (accounts, rights, configuration)"
    );
    assert_eq!(workloads.changes().last().map(|change| change.target.kind.as_str()), Some("ServiceAccount"));
    let namespace = plan(&only_namespace());
    assert_eq!((ids(&namespace), reasons(&namespace)), (vec!["remove-namespace"], vec![]));
    assert!(plan(&Facts { wrote: true, ..Facts::default() }).is_empty());
}

#[test]
fn nothing_is_removed_without_being_asked_about() {
    let stages =
        [installed("v0.13.12"), idle("v0.16.2"), without(idle("v0.16.2"), &[DEFINITION, WEBHOOK]), only_namespace()];
    for facts in stages {
        let plan = plan(&facts);
        assert!(!plan.steps.is_empty());
        assert!(plan.steps.iter().all(|step| step.destructive && step.cannot_be_undone.is_some()), "{plan:?}");
    }
}

#[test]
fn all_rights_are_known_from_the_beginning() {
    let rights: Vec<String> = rights(&installed("v0.16.2")).iter().map(ToString::to_string).collect();
    for right in [
        "delete namespaces metallb-system (cluster-wide)",
        "delete customresourcedefinitions.apiextensions.k8s.io ipaddresspools.metallb.io (cluster-wide)",
        "delete daemonsets.apps speaker in namespace metallb-system",
        "delete clusterrolebindings.rbac.authorization.k8s.io metallb-system:speaker (cluster-wide)",
    ] {
        assert!(rights.iter().any(|found| found == right), "no {right:?}: {rights:?}");
    }
}

#[test]
fn what_is_not_ours_to_look_into_yet_is_not_deleted() {
    let mut facts = idle("v0.16.2");
    facts.contents = Vec::new();
    assert_eq!(ids(&plan(&facts)), ["remove-webhook"]);
}

#[test]
fn a_pool_of_somebody_else_is_named_with_those_who_lose_by_it() {
    let mut facts = installed("v0.16.2");
    facts.present.pools.push(configured("production", false, &json!({ "addresses": ["10.0.0.0/29"] })));
    facts.services.push(service("shop", Some("10.0.0.1")));
    let plan = plan(&facts);
    assert_eq!(
        reasons(&plan),
        [
            "IPAddressPool metallb-system/production (10.0.0.0/29) was not made by this command, and with it these Services lose their address: demo/shop (10.0.0.1)"
        ]
    );
    assert_eq!(plan.refusals[0].allowed_by, Some("cascade"));
    assert_eq!(plan.changes().count(), 3, "allowed, it goes like the others");
}

fn item(api_version: &str, kind: &str, resource: &str, name: &str) -> Item {
    let target = Target::namespaced(api_version, kind, present::NAMESPACE, name);
    Item { uid: format!("uid of {name}"), resource: resource.into(), target, ..Item::default() }
}

fn put(facts: &mut Facts, container: &str, item: Item) {
    let found = facts.contents.iter_mut().find(|(target, _)| target.name == container);
    found.expect("it is looked into").1.items.push(item);
}

#[test]
fn what_others_made_of_metallbs_kinds_is_refused_once() {
    let mut facts = installed("v0.16.2");
    let peer = || item("metallb.io/v1beta2", "BGPPeer", "bgppeers.metallb.io", "router");
    put(&mut facts, "bgppeers.metallb.io", peer());
    put(&mut facts, present::NAMESPACE, peer());
    assert_eq!(
        reasons(&plan(&facts)),
        [
            "deleting CustomResourceDefinition bgppeers.metallb.io would take along others' objects: BGPPeer metallb-system/router"
        ]
    );
}

#[test]
fn what_metallb_writes_itself_is_nobodys() {
    let mut facts = installed("v0.16.2");
    let status = item("metallb.io/v1beta1", "ServiceL2Status", "servicel2statuses.metallb.io", "l2-abc");
    put(&mut facts, present::NAMESPACE, status);
    put(&mut facts, present::NAMESPACE, item("v1", "ConfigMap", "configmaps", "kube-root-ca.crt"));
    assert_eq!(reasons(&plan(&facts)), [""; 0]);
    put(&mut facts, present::NAMESPACE, item("v1", "ConfigMap", "configmaps", "notes"));
    assert_eq!(
        reasons(&plan(&facts)),
        ["deleting Namespace metallb-system would take along others' objects: ConfigMap metallb-system/notes"]
    );
}

/// The Service is gone by then, and its Endpoints a moment later.
#[test]
fn what_an_earlier_stage_has_left_behind_is_not_somebody_elses() {
    let mut facts = only_namespace();
    put(&mut facts, present::NAMESPACE, item("v1", "Endpoints", "endpoints", "metallb-webhook-service"));
    assert_eq!(reasons(&plan(&facts)), [""; 0]);
}

#[test]
fn a_helm_release_and_a_synced_one_are_left_to_those_who_keep_them() {
    for (labels, annotations, words, hint) in [
        (
            json!({ "app.kubernetes.io/managed-by": "Helm" }),
            json!({ "meta.helm.sh/release-name": "lb", "meta.helm.sh/release-namespace": "metallb" }),
            "managed by Helm (release lb)",
            "helm uninstall lb -n metallb",
        ),
        (json!({}), json!({ "argocd.argoproj.io/tracking-id": "x" }), "synced by Argo CD", "take it out of its source"),
    ] {
        let mut facts = installed("v0.16.2");
        let controller = json!({
            "metadata": { "name": "controller", "labels": labels, "annotations": annotations },
            "spec": { "selector": {}, "template": {} },
        });
        facts.present.controller = Some(seen(controller));
        let plan = plan(&facts);
        assert!(plan.steps.is_empty() && reasons(&plan)[0].contains(words), "{plan:?}");
        assert_eq!((plan.refusals[0].allowed_by, &plan.refusals[0].hints[0][..]), (None, hint));
    }
}

#[test]
fn what_kubectl_apply_installed_is_refused_unless_it_is_adopted() {
    let mut facts = installed("v0.16.2");
    (facts.unlabelled, facts.ours) = (facts.ours, Vec::new());
    let plan = plan(&facts);
    assert_eq!(plan.refusals.iter().map(|one| one.allowed_by).collect::<Vec<_>>(), [Some(ADOPT)]);
    assert!(reasons(&plan)[0].starts_with("MetalLB here was not installed by this command ("), "{plan:?}");
    assert!(plan.refusals[0].hints[0].ends_with("/metallb/v0.16.2/config/manifests/metallb-native.yaml"));
    assert_eq!(ids(&plan), ["remove-pools"], "adopted, it goes like ours");
}

#[test]
fn what_is_being_deleted_is_waited_for_with_its_reason() {
    let mut facts = only_namespace();
    facts.contents = Vec::new();
    facts.ours[0].live = json!({
        "metadata": { "deletionTimestamp": "2026-11-22T22:00:00Z" },
        "status": { "conditions": [{
            "type": "NamespaceContentRemaining", "status": "True",
            "message": "Some resources are remaining: pods. has 1 resource instances" }] },
    });
    assert_eq!(
        waits_for(&plan(&facts)),
        "Namespace metallb-system: it is being deleted: Some resources are remaining: pods. has 1 resource instances"
    );
}

#[test]
fn in_a_namespace_that_stays_the_pods_are_waited_for() {
    let facts = Facts { pods: vec!["speaker-1".into()], wrote: true, ..Facts::default() };
    assert_eq!(waits_for(&plan(&facts)), "these pods have not ended yet: speaker-1");
}
