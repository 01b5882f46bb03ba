//! Tests of the plan: what is done in which mode, and what is refused.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use lab::Seen;
use lab_plan::{OnFailure, Plan, Settle};
use lab_topics::kube_proxy::{ALLOWS, KubeProxy, Mode, PLACES, Proxy, daemon_set};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::args::{Args, Want};
use crate::facts::Facts;
use crate::plan::plan;
use crate::report::report;

const ON: Args = args(Want::On, false);
const OFF: Args = args(Want::Off, false);
const STATUS: Args = args(Want::Status, false);
const ON_AND_RESTART: Args = args(Want::On, true);
const LOOPBACK: &str = "its /configz listens on its node's loopback only";

const fn args(want: Want, restart: bool) -> Args {
    Args { want, restart, look: false, no_look: false, image: String::new() }
}

fn seen<K: DeserializeOwned>(raw: Value) -> Seen<K> {
    Seen { object: serde_json::from_value(raw.clone()).expect("an object"), raw }
}

fn config_map(mode: &str, value: bool) -> Value {
    let text = format!(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nipvs:\n  strictARP: {value}\nmode: \"{mode}\"\n"
    );
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {
            "name": "kube-proxy", "namespace": "kube-system", "uid": "u",
            "managedFields": [{
                "manager": "kubectl-edit", "time": "2026-11-22T12:00:00Z",
                "fieldsV1": { "f:data": { "f:config.conf": {} } },
            }],
        },
        "data": { "config.conf": text },
    })
}

fn workload() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": "kube-proxy", "namespace": "kube-system", "uid": "d", "generation": 1 },
        "spec": {
            "selector": { "matchLabels": { "k8s-app": "kube-proxy" } }, "template": {},
            "updateStrategy": { "type": "RollingUpdate" },
        },
        "status": {
            "observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": 2, "numberMisscheduled": 0,
            "updatedNumberScheduled": 2, "numberAvailable": 2, "numberReady": 2,
        },
    })
}

pub fn proxy(node: &str, mode: Mode, created: &str) -> Proxy {
    Proxy {
        pod: format!("kube-proxy-{node}"),
        node: node.into(),
        created: Some(created.parse().expect("a time")),
        mode: Ok(mode),
        uses: Err(LOOPBACK.into()),
    }
}

/// Two nodes whose kube-proxies run as the ConfigMap says, started an hour before it was last written.
pub fn facts(mode: &str, value: bool) -> Facts {
    let running = Mode::configured(mode);
    Facts {
        nodes: ["a", "b"].map(|name| node(name, "v1.37.2", "")).to_vec(),
        kube_proxy: KubeProxy {
            config_map: Some(seen::<ConfigMap>(config_map(mode, value))),
            key: PLACES[0].1,
            daemon_set: Some(seen::<DaemonSet>(workload())),
            proxies: ["a", "b"].map(|node| proxy(node, running.clone(), "2026-11-22T11:00:00Z")).to_vec(),
        },
        daemon_sets: vec!["kube-proxy".into()],
        run: "20261122-120000-1".into(),
        ..Facts::default()
    }
}

/// The same, started a moment after.
pub fn restarted(mode: &str, value: bool) -> Facts {
    let mut facts = facts(mode, value);
    facts.kube_proxy.proxies.iter_mut().for_each(|proxy| proxy.created = "2026-11-22T12:00:00Z".parse().ok());
    facts
}

pub fn node(name: &str, version: &str, os: &str) -> Node {
    let info = json!({
        "kubeletVersion": version, "osImage": os, "architecture": "", "bootID": "", "containerRuntimeVersion": "",
        "kernelVersion": "", "kubeProxyVersion": "", "machineID": "", "operatingSystem": "linux", "systemUUID": "",
    });
    let conditions = json!([{ "type": "Ready", "status": "True" }]);
    let node = json!({ "metadata": { "name": name }, "status": { "nodeInfo": info, "conditions": conditions } });
    serde_json::from_value(node).expect("a node")
}

fn of_version(version: &str, os: &str) -> Facts {
    Facts { nodes: vec![node("a", version, os)], ..Facts::default() }
}

fn codes(plan: &Plan) -> Vec<Option<&'static str>> {
    plan.refusals.iter().map(|refusal| refusal.allowed_by).collect()
}

fn verdict(args: &Args, facts: &Facts) -> String {
    let report = serde_json::to_value(report(args, facts, &plan(args, facts))).expect("a report");
    report["verdict"].as_str().expect("a verdict").to_owned()
}

#[test]
fn in_ipvs_mode_the_change_settles_by_a_restart_or_is_taken_back() {
    let plan = plan(&ON, &facts("ipvs", false));
    assert_eq!(plan.refusals, []);
    let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
    assert_eq!(step.changes.len(), 1);
    assert_eq!(step.settle.first(), Some(&Settle::Restart(daemon_set())));
    assert_eq!(step.on_failure, OnFailure::TakeBack);
}

#[test]
fn in_other_modes_the_value_is_written_and_nothing_is_restarted() {
    for mode in ["", "iptables", "nftables"] {
        let plan = plan(&ON, &facts(mode, false));
        let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
        assert_eq!((step.changes.len(), step.settle.len()), (1, 0));
        assert_eq!(step.on_failure, OnFailure::Stop);
        assert!(plan.notes[0].starts_with("strictARP changes nothing here"), "{:?}", plan.notes);
        assert!(plan.notes[1].starts_with("nothing is restarted"), "{:?}", plan.notes);
    }
    let asked = plan(&ON_AND_RESTART, &facts("iptables", false));
    assert_eq!(asked.steps[0].settle.first(), Some(&Settle::Restart(daemon_set())));
}

#[test]
fn a_second_run_has_nothing_to_do() {
    for facts in [restarted("ipvs", true), facts("iptables", true), restarted("iptables", true)] {
        assert!(plan(&ON, &facts).is_empty());
    }
    assert!(plan(&ON_AND_RESTART, &restarted("iptables", true)).is_empty());
    assert!(plan(&OFF, &restarted("ipvs", false)).is_empty());
}

#[test]
fn a_value_that_no_running_kube_proxy_has_read_yet_needs_a_restart_only() {
    let plan = plan(&ON, &facts("ipvs", true));
    assert!(plan.steps[0].changes.is_empty());
    assert_eq!(plan.steps[0].settle.len(), 2);
}

#[test]
fn what_configz_says_counts_more_than_times() {
    let mut facts = facts("ipvs", true);
    facts.kube_proxy.proxies.iter_mut().for_each(|proxy| proxy.uses = Ok(true));
    assert!(plan(&ON, &facts).is_empty());
    assert!(verdict(&STATUS, &facts).ends_with("every running kube-proxy uses it (2 of 2)"));
    let mut facts = restarted("ipvs", true);
    facts.kube_proxy.proxies[1].uses = Ok(false);
    assert_eq!(plan(&ON, &facts).steps.len(), 1);
}

#[test]
fn a_restart_that_would_switch_modes_is_refused() {
    let mut edited = facts("ipvs", false);
    edited.kube_proxy.proxies.iter_mut().for_each(|proxy| proxy.mode = Ok(Mode::Iptables));
    let refused = plan(&ON, &edited);
    assert_eq!(codes(&refused), [Some("mode-switch")]);
    assert_eq!(
        refused.refusals[0].reason,
        "kube-proxy runs in iptables mode on a, b, but ConfigMap kube-system/kube-proxy says ipvs: the restart that this needs would switch modes"
    );
    let mut back = facts("iptables", false);
    back.kube_proxy.proxies[0].mode = Ok(Mode::Ipvs);
    assert_eq!(codes(&plan(&ON, &back)), [Some("mode-switch")]);
}

#[test]
fn a_restart_is_refused_where_it_cannot_be_judged_or_cannot_work() {
    let mut ill = facts("ipvs", false);
    let mut raw = workload();
    raw["status"]["numberAvailable"] = json!(1);
    ill.kube_proxy.daemon_set = Some(seen(raw));
    assert_eq!(codes(&plan(&ON, &ill)), [Some("unhealthy")]);
    let mut raw = workload();
    raw["spec"]["updateStrategy"] = json!({ "type": "OnDelete" });
    ill.kube_proxy.daemon_set = Some(seen(raw));
    assert_eq!(codes(&plan(&ON, &ill)), [None]);
    ill.kube_proxy.daemon_set = None;
    assert_eq!(codes(&plan(&ON, &ill)), [None]);
}

#[test]
fn each_distribution_is_told_where_its_setting_is() {
    for (version, os, word) in [
        ("v1.33.1+k3s1", "Ubuntu", "this is k3s"),
        ("v1.33.1+rke2r1", "Ubuntu", "this is RKE2"),
        ("v1.33.1", "Talos (v1.11.0)", "this is Talos"),
        ("v1.33.1-gke.100", "COS", "this is GKE"),
    ] {
        let facts = of_version(version, os);
        let plan = plan(&ON, &facts);
        assert!(plan.refusals[0].reason.contains(word), "{:?}", plan.refusals);
        assert!(!plan.refusals[0].hints.is_empty());
        assert!(verdict(&STATUS, &facts).contains(word));
    }
    let k0s = Facts { nodes: of_version("v1.36.1+k0s.0", "").nodes, ..facts("ipvs", false) };
    assert_eq!(codes(&plan(&ON, &k0s)), [Some("addon-managed")]);
}

#[test]
fn a_cluster_without_kube_proxy_is_recognised() {
    let cilium = Facts { daemon_sets: vec!["cilium".into()], ..of_version("v1.37.2", "") };
    assert!(plan(&ON, &cilium).refusals[0].reason.contains("its work is done by Cilium"));
    assert!(plan(&ON, &of_version("v1.37.2", "")).refusals[0].reason.starts_with("there is no kube-proxy"));
    let mut left = facts("iptables", false);
    (left.kube_proxy.daemon_set, left.kube_proxy.proxies) = (None, Vec::new());
    left.daemon_sets = vec!["cilium".into()];
    assert!(plan(&ON, &left).notes.iter().any(|note| note.contains("Cilium runs here")));
}

#[test]
fn eks_has_it_in_a_place_of_its_own() {
    let mut raw = config_map("iptables", false);
    raw["metadata"]["name"] = json!("kube-proxy-config");
    raw["data"] = json!({ "config": raw["data"]["config.conf"] });
    let mut facts = facts("iptables", false);
    (facts.kube_proxy.config_map, facts.kube_proxy.key) = (Some(seen(raw)), PLACES[1].1);
    let plan = plan(&ON, &facts);
    assert_eq!(
        plan.steps[0].title,
        "set ipvs.strictARP to true in ConfigMap kube-system/kube-proxy-config (key config)"
    );
}

#[test]
fn managers_are_respected() {
    for (mark, code) in [
        (json!({ "annotations": { "argocd.argoproj.io/tracking-id": "x" } }), "gitops-managed"),
        (json!({ "labels": { "app.kubernetes.io/managed-by": "Helm" } }), "helm-managed"),
        (json!({ "labels": { "addonmanager.kubernetes.io/mode": "Reconcile" } }), "addon-managed"),
        (json!({ "labels": { "k0s.k0sproject.io/stack": "kubeproxy" } }), "addon-managed"),
    ] {
        let mut raw = config_map("iptables", false);
        raw["metadata"].as_object_mut().expect("a map").extend(mark.as_object().expect("a map").clone());
        let mut facts = facts("iptables", false);
        facts.kube_proxy.config_map = Some(seen(raw));
        assert_eq!(codes(&plan(&ON, &facts)), [Some(code)]);
        assert!(ALLOWS.iter().any(|(known, _)| *known == code));
    }
}

#[test]
fn status_changes_nothing_and_claims_nothing_that_was_not_seen() {
    assert!(plan(&STATUS, &facts("ipvs", false)).is_empty());
    let head = "strictARP is on in ConfigMap kube-system/kube-proxy, which configures";
    for (facts, rest) in [
        (facts("", true), "iptables mode (the default); it changes nothing there: only ipvs mode knows it"),
        (
            facts("ipvs", true),
            "ipvs mode; 2 of 2 running kube-proxies were started with an older configuration; `kubectl lab strict-arp on` or `off` restarts it",
        ),
        (
            restarted("ipvs", true),
            "ipvs mode; which configuration the running kube-proxy uses was not proven: its /configz listens on its node's loopback only (--look asks it there)",
        ),
    ] {
        assert_eq!(verdict(&STATUS, &facts), format!("{head} {rest}"));
    }
}
