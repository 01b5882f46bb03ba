//! kube-proxy in ipvs mode: what comes before MetalLB, and what is refused.

use lab_plan::{OnFailure, Settle};
use lab_topics::kube_proxy::{KubeProxy, Mode, PLACES, Proxy, daemon_set};

use super::*;

const BEFORE: &str = "2026-11-22T11:00:00Z";
const AFTER: &str = "2026-11-22T12:00:00Z";

fn config_map(mode: &str, ipvs: &str) -> Value {
    let text = format!(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nipvs: {ipvs}\nmode: \"{mode}\"\n"
    );
    let written = json!({ "manager": "x", "time": AFTER, "fieldsV1": { "f:data": { "f:config.conf": {} } } });
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "kube-proxy", "namespace": "kube-system", "uid": "u", "managedFields": [written] },
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

/// Its pods run in the mode that is configured, since before the ConfigMap was written.
fn kube_proxy(mode: &str, ipvs: &str) -> KubeProxy {
    let proxy = |node: &str| Proxy {
        pod: format!("kube-proxy-{node}"),
        node: node.into(),
        created: BEFORE.parse().ok(),
        mode: Ok(Mode::configured(mode)),
        uses: Err("its /configz listens on its node's loopback only".into()),
    };
    KubeProxy {
        config_map: Some(seen(config_map(mode, ipvs))),
        key: PLACES[0].1,
        daemon_set: Some(seen(workload())),
        proxies: ["lab-1", "lab-2"].map(proxy).to_vec(),
    }
}

fn with(kube_proxy: KubeProxy) -> Facts {
    Facts { kube_proxy: Some(kube_proxy), ..facts() }
}

fn off() -> KubeProxy {
    kube_proxy("ipvs", "{strictARP: false}")
}

/// Installing into a bare cluster that has this kube-proxy.
fn installed(kube_proxy: KubeProxy) -> Plan {
    plan(&args(POOL), &with(kube_proxy))
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

fn codes(plan: &Plan) -> Vec<Option<&'static str>> {
    plan.refusals.iter().map(|refusal| refusal.allowed_by).collect()
}

#[test]
fn in_ipvs_mode_strict_arp_is_set_before_anything_else() {
    let plan = installed(off());
    insta::assert_snapshot!(shown(&plan), @r"
    step set-strict-arp: set ipvs.strictARP to true in ConfigMap kube-system/kube-proxy (key config.conf)
      Patch ConfigMap kube-system/kube-proxy
    step install-metallb: create MetalLB v0.16.2 (3 objects)
      Create ServiceAccount metallb-system/controller
      Create Deployment metallb-system/controller
      Create DaemonSet metallb-system/speaker
    note: the addresses of pods are unknown (the nodes name no range): overlap with them was not checked
    note: the range of the cluster IPs is unknown (nobody looked for them): overlap with it was not checked
    note: MetalLB needs strictARP, because kube-proxy is in ipvs mode; once it is set, prove it with: kubectl lab strict-arp status --look
    may follow: create IPAddressPool lecture with 172.30.0.200-172.30.0.220, and L2Advertisement external-access that announces it
    then: wait until MetalLB and its webhook are up
    ");
    let [first, ..] = plan.steps.as_slice() else { panic!("{plan:?}") };
    assert_eq!(first.settle.first(), Some(&Settle::Restart(daemon_set())));
    assert_eq!(first.on_failure, OnFailure::TakeBack);
    assert!(first.why.starts_with("in ipvs mode every node answers ARP"), "{}", first.why);
}

#[test]
fn it_comes_before_a_pool_alone_too() {
    let facts = Facts { present: up(NEW, Some("run-1")), manifest: None, ..with(off()) };
    assert_eq!(ids(&plan(&args(POOL), &facts)), ["set-strict-arp", "create-pool"]);
}

#[test]
fn an_undo_of_the_run_may_take_it_back() {
    let plan = installed(off());
    let [first, ..] = plan.steps.as_slice() else { panic!("{plan:?}") };
    assert_eq!(first.changes.len(), 1);
    assert!(first.changes.iter().all(|change| lab_topics::touchable(&change.inverse())));
    assert!(first.settle.iter().all(lab_topics::settles));
}

#[test]
fn in_other_modes_not_a_word_is_said_about_it() {
    let without = plan(&args(POOL), &facts());
    for mode in ["", "iptables", "nftables"] {
        assert_eq!(installed(kube_proxy(mode, "{strictARP: false}")), without);
    }
}

#[test]
fn where_it_is_on_and_in_use_nothing_is_done() {
    let without = plan(&args(POOL), &facts());
    let mut on = kube_proxy("ipvs", "{strictARP: true}");
    on.proxies.iter_mut().for_each(|proxy| proxy.created = AFTER.parse().ok());
    assert_eq!(installed(on), without);
    let nobody_reads_it = KubeProxy { daemon_set: None, proxies: Vec::new(), ..off() };
    assert_eq!(installed(nobody_reads_it), without);
    assert_eq!(installed(KubeProxy::default()), without);
}

#[test]
fn what_was_set_without_a_restart_is_restarted() {
    let plan = installed(kube_proxy("ipvs", "{strictARP: true}"));
    assert_eq!(ids(&plan), ["restart-kube-proxy", "install-metallb"]);
    assert!(plan.steps[0].changes.is_empty() && plan.refusals.is_empty());
}

#[test]
fn a_question_about_the_pool_goes_without_a_step() {
    let mut unwell = off();
    unwell.daemon_set = None;
    let asked = plan(&args(""), &with(unwell));
    assert!(asked.steps.is_empty() && matches!(asked.then, Then::Ask(_)), "{}", shown(&asked));
    assert_eq!(codes(&asked), [None], "what cannot work is said before anybody is asked");
}

#[test]
fn a_restart_that_could_do_harm_is_refused_by_the_codes_of_strict_arp() {
    let mut switch = off();
    switch.proxies[1].mode = Ok(Mode::Iptables);
    let mut unknown = off();
    unknown.proxies[0].mode = Err("its log no longer tells".into());
    let mut ill = off();
    let mut raw = workload();
    raw["status"]["numberAvailable"] = json!(1);
    ill.daemon_set = Some(seen(raw));
    let mut managed = off();
    let mut raw = config_map("ipvs", "{}");
    raw["metadata"]["labels"] = json!({ "app.kubernetes.io/managed-by": "Helm" });
    managed.config_map = Some(seen(raw));
    for (kube_proxy, code) in
        [(switch, "mode-switch"), (unknown, "unknown-mode"), (ill, "unhealthy"), (managed, "helm-managed")]
    {
        let plan = installed(kube_proxy);
        assert_eq!(codes(&plan), [Some(code)]);
        assert_eq!(ids(&plan), ["set-strict-arp", "install-metallb"]);
        assert!(super::super::ALLOWS.iter().any(|(known, _)| *known == code), "{code}");
        let by_pods = plan.refusals[0].hints.iter().any(|hint| hint.ends_with("kubectl lab strict-arp on"));
        assert_eq!(by_pods, code == "unknown-mode");
    }
}

#[test]
fn a_configuration_that_cannot_be_edited_safely_is_left_to_its_owner() {
    let plan = installed(kube_proxy("ipvs", "{strictARP: &x false}\nother: *x"));
    assert_eq!((codes(&plan), ids(&plan)), (vec![None], vec!["install-metallb"]));
    assert!(plan.refusals[0].hints[0].contains("kubectl edit configmap kube-proxy"), "{}", shown(&plan));
    let unreadable = installed(kube_proxy("ipvs", "[strictARP]"));
    assert!(unreadable.refusals.is_empty());
    let told = "whether MetalLB needs strictARP here could not be told: ConfigMap kube-system/kube-proxy";
    assert!(unreadable.notes.iter().any(|note| note.starts_with(told)), "{}", shown(&unreadable));
}
