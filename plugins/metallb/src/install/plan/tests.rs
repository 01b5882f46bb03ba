mod proxy;

use std::fmt::Write as _;

use k8s_openapi::api::core::v1::{Node, Service};
use lab_plan::{Kind, Place, Plan, RUN_ANNOTATION, Target, Then};
use serde_json::{Value, json};

use super::plan;
use crate::addresses::range::Range;
use crate::addresses::surroundings::{Network, Node as Around, Subnet, Surroundings};
use crate::install::args::Args;
use crate::install::facts::{Facts, LeftOver, Manifest, Planned};
use crate::install::objects::marked;
use crate::present::{INVENTORY, Present, Webhook};
use crate::release::{Release, Version};
use crate::seen::seen;

const NEW: Version = Version::new(0, 16, 2);
const OLD: Version = Version::new(0, 13, 12);

fn args(pool: &str) -> Args {
    let pool: Vec<Range> = pool.split(' ').filter(|text| !text.is_empty()).map(|text| text.parse().unwrap()).collect();
    Args { pool, pool_name: "lecture".into(), advertisement: "external-access".into(), ..Args::default() }
}

fn node(name: &str, extra: &Value) -> Node {
    let mut node = json!({ "metadata": { "name": name, "uid": name, "labels": {} } });
    for (key, value) in extra.as_object().unwrap() {
        node[key] = value.clone();
    }
    serde_json::from_value(node).unwrap()
}

fn around() -> Surroundings {
    let own = |n: u8| Around {
        name: format!("lab-{n}"),
        internal: vec![format!("172.30.0.{}", n + 1).parse().unwrap()],
        ..Around::default()
    };
    let network =
        Network { network: "172.30.0.0/24".parse().unwrap(), source: "given by --subnet".into(), gateway: None };
    Surroundings { nodes: vec![own(1), own(2)], v4: Subnet::Known(vec![network]), ..Surroundings::default() }
}

fn deployment(version: Version) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "controller", "namespace": "metallb-system", "labels": { "app": "metallb" } },
        "spec": { "replicas": 1, "template": { "spec": { "containers": [
            { "name": "controller", "image": format!("quay.io/metallb/controller:{version}") }] } } },
    })
}

fn speaker(version: Version) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": "speaker", "namespace": "metallb-system", "labels": { "app": "metallb" } },
        "spec": { "template": { "spec": { "containers": [
            { "name": "speaker", "image": format!("quay.io/metallb/speaker:{version}") }] } } },
    })
}

fn account() -> Value {
    json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "controller", "namespace": "metallb-system" } })
}

fn target(object: &Value) -> Target {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap();
    Target::namespaced(text("/apiVersion"), text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

fn release(version: Version) -> Release {
    Release {
        version,
        url: "https://example.org/metallb-native.yaml".into(),
        sha256: "0123".into(),
        known_digest: true,
        namespace: "metallb-system".into(),
        objects: Vec::new(),
        notes: Vec::new(),
    }
}

fn manifest(version: Version, live: impl Fn(&Value) -> Option<Value>) -> Manifest {
    let objects = [account(), deployment(version), speaker(version)];
    let planned = objects.map(|object| Planned { target: target(&object), live: live(&object), object });
    Manifest { release: release(version), objects: planned.into(), left_over: Vec::new() }
}

fn facts() -> Facts {
    Facts {
        run: "run-1".into(),
        nodes: vec![node("lab-1", &json!({})), node("lab-2", &json!({}))],
        services: Vec::new(),
        daemon_sets: vec!["kube-proxy".into()],
        present: Present::default(),
        kube_proxy: None,
        around: around(),
        manifest: Some(manifest(NEW, |_| None)),
        looks: Vec::new(),
        proof: None,
    }
}

/// As the API server holds it, declared by `manager`.
fn live(object: &Value, manager: &str, run: Option<&str>) -> Value {
    let mut live = run.map_or_else(|| object.clone(), |run| marked(object, run));
    live["metadata"]["uid"] = json!("u");
    live["metadata"]["resourceVersion"] = json!("7");
    let mut fields = json!({ "f:metadata": { "f:labels": { ".": {}, "f:app": {} } } });
    if run.is_some() {
        fields["f:metadata"]["f:labels"][format!("f:{}", INVENTORY.0)] = json!({});
        fields["f:metadata"]["f:annotations"] = json!({ ".": {}, format!("f:{RUN_ANNOTATION}"): {} });
    }
    if live["kind"] != "ServiceAccount" {
        let name = live["spec"]["template"]["spec"]["containers"][0]["name"].clone();
        let key = format!("k:{}", json!({ "name": name }));
        fields["f:spec"] = json!({ "f:template": { "f:spec": { "f:containers": { key: { ".": {}, "f:image": {}, "f:name": {} } } } } });
        if live["kind"] == "Deployment" {
            fields["f:spec"]["f:replicas"] = json!({});
        }
    }
    live["metadata"]["managedFields"] = json!([{ "manager": manager, "operation": "Update", "fieldsV1": fields }]);
    live
}

fn up(version: Version, run: Option<&str>) -> Present {
    let mut controller = live(&deployment(version), "kubectl-lab", run);
    controller["status"] = json!({ "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1 });
    let mut announcer = live(&speaker(version), "kubectl-lab", run);
    announcer["status"] = json!({ "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberReady": 2, "numberAvailable": 2, "currentNumberScheduled": 2 });
    announcer["spec"]["selector"] = json!({});
    controller["spec"]["selector"] = json!({});
    let hook = json!({ "name": "ipaddresspoolvalidationwebhook.metallb.io", "clientConfig": { "caBundle": "eA==" },
        "admissionReviewVersions": ["v1"], "sideEffects": "None" });
    Present {
        kinds: true,
        controller: Some(seen(controller)),
        speaker: Some(seen(announcer)),
        webhook: Webhook { configuration: Some(seen(json!({ "metadata": {}, "webhooks": [hook] }))), endpoint: true },
        ..Present::default()
    }
}

fn pool(addresses: &str) -> Value {
    json!({ "metadata": { "name": "lecture", "namespace": "metallb-system" }, "spec": { "addresses": [addresses] } })
}

fn advertisement(pools: &[&str]) -> Value {
    json!({ "metadata": { "name": "external-access", "namespace": "metallb-system" }, "spec": { "ipAddressPools": pools } })
}

/// The plan, as its reader sees what matters of it.
fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        let _ = writeln!(text, "step {}: {}", step.id, step.title);
        for change in &step.changes {
            let _ = writeln!(text, "  {:?} {}", change.kind(), change.target);
        }
        if let Some(why) = &step.cannot_be_undone {
            let _ = writeln!(text, "  cannot be undone: {why}");
        }
    }
    for refusal in &plan.refusals {
        let _ = writeln!(text, "refusal ({}): {}", refusal.allowed_by.unwrap_or("-"), refusal.reason);
        for hint in &refusal.hints {
            let _ = writeln!(text, "  hint: {hint}");
        }
    }
    for note in &plan.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for may in &plan.may_follow {
        let _ = writeln!(text, "may follow: {}", may.title);
    }
    let _ = match &plan.then {
        Then::Done => writeln!(text, "done"),
        Then::LookAgain { why } => writeln!(text, "then: {why}"),
        Then::TakeBack { why } => writeln!(text, "take back: {why}"),
        Then::Ask(question) => {
            let _ = writeln!(text, "ask: {}", question.text);
            for option in &question.options {
                let _ = writeln!(text, "  {} ({})", option.value, option.why);
            }
            writeln!(text, "else: {}", question.otherwise.reason)
        }
    };
    text
}

const POOL: &str = "172.30.0.200-172.30.0.220";

#[test]
fn a_bare_cluster_gets_all_of_it_and_then_the_pool() {
    insta::assert_snapshot!(shown(&plan(&args(POOL), &facts())), @r"
    step install-metallb: create MetalLB v0.16.2 (3 objects)
      Create ServiceAccount metallb-system/controller
      Create Deployment metallb-system/controller
      Create DaemonSet metallb-system/speaker
    note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
    note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    may follow: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
    then: wait until MetalLB and its webhook are up
    ");
}

#[test]
fn what_is_created_bears_our_names() {
    let plan = plan(&args(POOL), &facts());
    for change in plan.changes().filter(|change| change.kind() == Kind::Create) {
        let metadata = &change.after.as_ref().unwrap()["metadata"];
        assert_eq!(metadata["annotations"][RUN_ANNOTATION], "run-1", "{}", change.target);
        assert_eq!(metadata["labels"][INVENTORY.0], INVENTORY.1, "{}", change.target);
    }
}

#[test]
fn without_a_pool_one_is_proposed() {
    insta::assert_snapshot!(shown(&plan(&args(""), &facts())), @r"
    ask: Which addresses may MetalLB hand out?
      172.30.0.234-172.30.0.253 (20 addresses near the top end of 172.30.0.0/24, the nodes' network (given by --subnet); clear of the nodes (172.30.0.2, 172.30.0.3); the gateway is unknown; the first and the last address, where it usually is, are left out; above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.234)
      172.30.0.214-172.30.0.233 (20 addresses near the top end of 172.30.0.0/24, the nodes' network (given by --subnet); clear of the nodes (172.30.0.2, 172.30.0.3); the gateway is unknown; the first and the last address, where it usually is, are left out; above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below 172.30.0.214)
      172.30.0.80-172.30.0.99 (20 addresses in the lower half of 172.30.0.0/24, the nodes' network (given by --subnet); clear of the nodes (172.30.0.2, 172.30.0.3); the gateway is unknown; the first and the last address, where it usually is, are left out; below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do)
    else: no addresses were given: MetalLB needs a pool that it may hand out
    ");
}

#[test]
fn a_pool_over_the_nodes_is_refused_before_anything_is_written() {
    let plan = plan(&args("172.30.0.1-172.30.0.20"), &facts());
    assert!(plan.refusals.iter().any(|refusal| refusal.reason.contains("lab-1")), "{}", shown(&plan));
}

#[test]
fn what_comes_up_is_waited_for_with_its_reason() {
    let mut facts = Facts { present: up(NEW, Some("run-1")), manifest: None, ..facts() };
    facts.present.webhook.endpoint = false;
    insta::assert_snapshot!(shown(&plan(&args(POOL), &facts)), @r"
    note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
    note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    may follow: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
    then: the webhook's Service has no ready endpoint yet
    ");
    facts.present.speaker = None;
    insta::assert_snapshot!(shown(&plan(&args(POOL), &facts)), @r"
    note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
    note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    may follow: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
    then: DaemonSet metallb-system/speaker is not there yet
    ");
}

#[test]
fn then_comes_the_pool_and_then_nothing() {
    let mut facts = Facts { present: up(NEW, Some("run-1")), manifest: None, ..facts() };
    let first = plan(&args(POOL), &facts);
    insta::assert_snapshot!(shown(&first), @r"
    step create-pool: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
      Create IPAddressPool metallb-system/lecture
      Create L2Advertisement metallb-system/external-access
    note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
    note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    then: look whether MetalLB took the pool
    ");
    assert!(first.steps[0].once_accepted, "the webhook may not be up");
    facts.present.pools = vec![seen(pool(POOL))];
    facts.present.l2_advertisements = vec![seen(advertisement(&["lecture"]))];
    assert!(plan(&args(POOL), &facts).is_empty());
    assert!(
        plan(&args("172.30.0.200-172.30.0.210 172.30.0.211-172.30.0.220"), &facts).is_empty(),
        "the same addresses"
    );
    insta::assert_snapshot!(shown(&plan(&args("172.30.0.100/31"), &facts)), @r"
    refusal (-): IPAddressPool lecture exists with other addresses: 172.30.0.200-172.30.0.220
      hint: take another name for the new one: --pool-name NAME
      hint: or remove it first: kubectl lab metallb pool remove lecture
    done
    ");
}

#[test]
fn an_advertisement_of_other_pools_is_in_the_way() {
    let mut facts = Facts { present: up(NEW, Some("run-1")), manifest: None, ..facts() };
    facts.present.l2_advertisements = vec![seen(advertisement(&["other"]))];
    insta::assert_snapshot!(shown(&plan(&args(POOL), &facts)), @r"
    step create-pool: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
      Create IPAddressPool metallb-system/lecture
      Create L2Advertisement metallb-system/external-access
    refusal (-): L2Advertisement external-access exists, and announces other pools: other
      hint: take another name for the new one: --advertisement NAME
    note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
    note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    then: look whether MetalLB took the pool
    ");
}

#[test]
fn our_own_older_version_is_upgraded_and_pruned() {
    let mut facts = Facts { present: up(OLD, Some("run-0")), ..facts() };
    let mut manifest = manifest(NEW, |object| {
        let mut old = object.clone();
        if object["kind"] != "ServiceAccount" {
            let image = object["spec"]["template"]["spec"]["containers"][0]["image"]
                .as_str()
                .unwrap()
                .replace("v0.16.2", "v0.13.12");
            old["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        }
        Some(live(&old, "kubectl-lab", Some("run-0")))
    });
    let gone = json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "webhook-service", "namespace": "metallb-system" } });
    manifest.left_over.push(LeftOver { target: target(&gone), live: live_plain(&gone), holds: Vec::new() });
    facts.manifest = Some(manifest);
    facts.present.pools = vec![seen(pool(POOL))];
    let plan = plan(&args(""), &facts);
    insta::assert_snapshot!(shown(&plan), @r"
    step upgrade-metallb: bring MetalLB v0.13.12 to v0.16.2 (3 objects change)
      Declare ServiceAccount metallb-system/controller
      Declare Deployment metallb-system/controller
      Declare DaemonSet metallb-system/speaker
      cannot be undone: to go back: kubectl lab metallb install --version v0.13.12
    step prune-metallb: remove what v0.16.2 no longer has: Service metallb-system/webhook-service
      Delete Service metallb-system/webhook-service
      cannot be undone: install the earlier version to have it again
    note: while the speakers are replaced, those of v0.13.12 and of v0.16.2 do not hear each other (they make the key of their memberlist in different ways): an address may be announced from a node of each until all are new
    then: wait until MetalLB and its webhook are up
    ");
    for change in plan.changes().filter(|change| change.kind() == Kind::Declare) {
        assert_eq!(change.place, Place::Declared { adopt: Vec::new() });
        let kept = &change.after.as_ref().unwrap()["metadata"]["annotations"][RUN_ANNOTATION];
        assert_eq!(kept, "run-0", "who brought it stays written on it");
    }
}

#[test]
fn what_an_upgrade_brings_anew_is_not_taken_from_what_it_changed() {
    let mut facts = Facts { present: up(OLD, Some("run-0")), ..facts() };
    facts.manifest = Some(manifest(NEW, |object| {
        let mut old = object.clone();
        old["metadata"]["annotations"]["kubectl-lab/release"] = json!("v0.13.12");
        (object["kind"] != "ServiceAccount").then(|| live(&old, "kubectl-lab", Some("run-0")))
    }));
    facts.present.pools = vec![seen(pool(POOL))];
    let plan = plan(&args(""), &facts);
    let steps: Vec<(&str, bool)> =
        plan.steps.iter().map(|step| (step.id.as_str(), step.cannot_be_undone.is_some())).collect();
    assert_eq!(steps, [("install-metallb", true), ("upgrade-metallb", true)]);
}

fn live_plain(object: &Value) -> Value {
    let mut live = object.clone();
    live["metadata"]["uid"] = json!("u");
    live["metadata"]["resourceVersion"] = json!("9");
    live
}

#[test]
fn somebody_elses_is_adopted_only_when_told() {
    let mut facts = Facts { present: up(OLD, None), ..facts() };
    facts.present.pools = vec![seen(pool(POOL))];
    facts.manifest = Some(manifest(NEW, |object| {
        let mut old = object.clone();
        if object["kind"] == "Deployment" {
            old["spec"]["replicas"] = json!(3);
        }
        Some(live(&old, "kubectl-client-side-apply", None))
    }));
    insta::assert_snapshot!(shown(&plan(&args(""), &facts)), @r"
    step upgrade-metallb: bring MetalLB v0.13.12 to v0.16.2 (3 objects change)
      Declare ServiceAccount metallb-system/controller
      Declare Deployment metallb-system/controller
      Declare DaemonSet metallb-system/speaker
      cannot be undone: to go back: kubectl lab metallb install --version v0.13.12
    refusal (adopt): ServiceAccount metallb-system/controller and 2 more objects of MetalLB were not brought by this command, and would change
      hint: bring it to v0.16.2 the way it was installed: kubectl apply -f https://example.org/metallb-native.yaml
      hint: see every field that would change: --dry-run=client --diff
    note: while the speakers are replaced, those of v0.13.12 and of v0.16.2 do not hear each other (they make the key of their memberlist in different ways): an address may be announced from a node of each until all are new
    then: wait until MetalLB and its webhook are up
    ");
}

#[test]
fn helms_is_brought_up_by_helm() {
    let mut present = up(OLD, None);
    let mut raw = present.controller.unwrap().raw;
    raw["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
    raw["metadata"]["annotations"] =
        json!({ "meta.helm.sh/release-name": "metallb", "meta.helm.sh/release-namespace": "metallb-system" });
    present.controller = Some(seen(raw));
    present.pools = vec![seen(pool(POOL))];
    let manifest = manifest(NEW, |object| {
        Some(live(&serde_json::from_str(&object.to_string().replace("v0.16.2", "v0.13.12")).unwrap(), "helm", None))
    });
    let facts = Facts { present, manifest: Some(manifest), ..facts() };
    insta::assert_snapshot!(shown(&plan(&args(""), &facts)), @r"
    step upgrade-metallb: bring MetalLB v0.13.12 to v0.16.2 (3 objects change)
      Declare ServiceAccount metallb-system/controller
      Declare Deployment metallb-system/controller
      Declare DaemonSet metallb-system/speaker
      cannot be undone: to go back: kubectl lab metallb install --version v0.13.12
    refusal (-): MetalLB here is managed by Helm (release metallb), which has to bring it to v0.16.2
      hint: helm upgrade metallb metallb/metallb -n metallb-system --version 0.16.2 --reuse-values
    note: while the speakers are replaced, those of v0.13.12 and of v0.16.2 do not hear each other (they make the key of their memberlist in different ways): an address may be announced from a node of each until all are new
    then: wait until MetalLB and its webhook are up
    ");
}

#[test]
fn nodes_that_may_not_announce_are_named() {
    let label = json!({ "metadata": { "name": "lab-1", "uid": "a", "labels": { "node.kubernetes.io/exclude-from-external-load-balancers": "" } } });
    let mut facts = facts();
    facts.nodes[0] = serde_json::from_value(label.clone()).unwrap();
    let some = plan(&args(POOL), &facts);
    assert!(
        some.refusals.is_empty() && some.notes.iter().any(|note| note.contains("lab-1 will not announce")),
        "{}",
        shown(&some)
    );
    facts.nodes = vec![serde_json::from_value(label).unwrap()];
    insta::assert_snapshot!(shown(&plan(&args(POOL), &facts)), @r"
    step remove-exclude-label: remove the label node.kubernetes.io/exclude-from-external-load-balancers from lab-1
      Patch Node lab-1
    step install-metallb: create MetalLB v0.16.2 (3 objects)
      Create ServiceAccount metallb-system/controller
      Create Deployment metallb-system/controller
      Create DaemonSet metallb-system/speaker
    refusal (remove-exclude-label): no node may announce addresses: the label node.kubernetes.io/exclude-from-external-load-balancers keeps it from that; every node bears it (lab-1), so that none would announce an address, without a word about it
      hint: or by hand: kubectl label node lab-1 node.kubernetes.io/exclude-from-external-load-balancers-
    note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
    note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    may follow: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
    then: wait until MetalLB and its webhook are up
    ");
}

#[test]
fn other_load_balancers_and_clouds_are_told() {
    let mut facts = facts();
    facts.daemon_sets.push("svclb-traefik-1234".into());
    facts.nodes[0] = node("lab-1", &json!({ "spec": { "providerID": "aws:///eu-central-1a/i-1" } }));
    facts.services = vec![
        serde_json::from_value::<Service>(json!({
            "metadata": { "name": "web", "namespace": "default" },
            "spec": { "type": "LoadBalancer" },
            "status": { "loadBalancer": { "ingress": [{ "ip": "172.30.0.9" }] } },
        }))
        .unwrap(),
    ];
    let found = plan(&args(POOL), &facts);
    let refusals = Plan { refusals: found.refusals, ..Plan::done() };
    insta::assert_snapshot!(shown(&refusals), @r"
    refusal (other-load-balancer): k3s's service load balancer hands out addresses for Services in this cluster; with MetalLB beside it two would
      hint: start the k3s servers with --disable=servicelb
    refusal (other-load-balancer): Service default/web has the address 172.30.0.9 from another load balancer; with MetalLB beside it two would hand out addresses
      hint: see who wrote it with: kubectl -n default get service web --show-managed-fields -o yaml
    refusal (cloud): the nodes are in a cloud (AWS), whose network rarely delivers packets for addresses that it has not assigned itself
      hint: use the cloud's own load balancer: its controller serves type LoadBalancer
    done
    ");
}
