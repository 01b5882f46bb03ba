use lab_cli::api::{Answer, Api};
use lab_cli::objects::job::Fate;
use lab_cli::objects::{Asked, KubeProxy};
use lab_cli::run::{Output, Run};
use lab_cli::world::nodes;
use serde_json::{Value, json};

fn strict_arp(api: &Api, words: &[&str]) -> Output {
    Run::verb("strict-arp").against(api).args(words.to_vec()).run()
}

fn stage(proxy: KubeProxy) -> Api {
    proxy.stage(nodes().into_iter().take(2))
}

fn config(api: &Api) -> String {
    let map = api.get("configmaps", "kube-system/kube-proxy").unwrap();
    map["data"]["config.conf"].as_str().unwrap().to_owned()
}

/// The writes to kube-proxy's own objects; the journal's are another matter.
fn writes(api: &Api) -> Vec<String> {
    let seen = api.seen().writes().only(|request| request.path.contains("/kube-proxy"));
    seen.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

fn jobs_made(api: &Api) -> usize {
    api.seen().writes().only(|request| request.method == "POST" && request.path.ends_with("/jobs")).count()
}

const MAP: &str = "PATCH /api/v1/namespaces/kube-system/configmaps/kube-proxy";
const SET: &str = "PATCH /apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";

#[test]
fn without_a_word_it_only_says_how_it_is() {
    let api = stage(KubeProxy::in_mode("iptables"));
    let output = strict_arp(&api, &[]).succeeds();
    insta::assert_snapshot!(output.stdout, @"
    strictARP is off in ConfigMap kube-system/kube-proxy, which configures iptables mode; it changes nothing there: only ipvs mode knows it
    NODE    RUNNING MODE   STRICT ARP   CONFIGURATION
    lab-1   iptables       <unproven>   <unknown>
    lab-2   iptables       <unproven>   <unknown>
    ");
    assert_eq!(api.seen().writes().count(), 0);
}

#[test]
fn the_patch_tests_the_whole_text_and_changes_one_word_of_it() {
    let proxy = KubeProxy::in_mode("iptables");
    let (before, api) = (proxy.config(), stage(proxy));
    strict_arp(&api, &["on"]).succeeds();
    let after = before.replace("false", "true");
    assert_eq!(config(&api), after);
    assert_eq!(writes(&api), [MAP]);
    let seen = api.seen().writes().only(|request| request.path.ends_with("/configmaps/kube-proxy"));
    let patch = seen.requests()[0].json().unwrap();
    let operations = patch.as_array().unwrap();
    assert_eq!(operations[0]["path"], "/metadata/uid");
    assert_eq!(operations[1], json!({ "op": "test", "path": "/data/config.conf", "value": before }));
    assert_eq!(operations[2], json!({ "op": "replace", "path": "/data/config.conf", "value": after }));
    let again = strict_arp(&api, &["on"]).succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    assert_eq!(writes(&api), [MAP]);
}

#[test]
fn in_ipvs_mode_it_restarts_after_the_change_and_each_kube_proxy_proves_it() {
    let api = stage(KubeProxy::in_mode("ipvs"));
    let output = strict_arp(&api, &["on"]).succeeds();
    assert_eq!(writes(&api), [MAP, SET]);
    assert!(output.stderr.contains("then: restart DaemonSet kube-system/kube-proxy"), "{output}");
    assert!(output.stderr.contains("if that fails: put the old value back"), "{output}");
    assert!(output.stderr.contains("may follow: ask kube-proxy on each node what it runs"), "{output}");
    assert!(output.stdout.contains("every running kube-proxy uses it (2 of 2)"), "{output}");
    assert_eq!(jobs_made(&api), 2);
    let again = strict_arp(&api, &["on"]).succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    assert_eq!((writes(&api).len(), jobs_made(&api)), (2, 2), "the second run did something: {again}");
}

#[test]
fn without_a_look_it_claims_no_proof() {
    let api = stage(KubeProxy::in_mode("ipvs"));
    let output = strict_arp(&api, &["on", "--no-look"]).succeeds();
    assert_eq!((writes(&api), jobs_made(&api)), (vec![MAP.to_owned(), SET.to_owned()], 0));
    let unproven = "was not proven: its /configz listens on its node's loopback only (--look asks it there)";
    assert!(output.stdout.contains(unproven), "{output}");
}

#[test]
fn a_kube_proxy_that_says_otherwise_after_the_restart_has_the_value_put_back() {
    let proxy = KubeProxy { asked: Asked::Lies, ..KubeProxy::in_mode("ipvs") };
    let (before, api) = (proxy.config(), stage(proxy));
    let output = strict_arp(&api, &["on"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!((config(&api), writes(&api)), (before, [MAP, SET, MAP, SET].map(String::from).to_vec()));
    let why = "the old value is back: kube-proxy says after its restart that strictARP is off on lab-1, lab-2";
    assert!(output.stderr.contains(why), "{output}");
    assert_eq!(api.change(|store| store.all("jobs.batch")).len(), 0);
}

#[test]
fn an_unknown_mode_is_looked_for_before_the_restart() {
    // Its log does not tell, and before the restart it runs what the ConfigMap says.
    let silent = KubeProxy { running: "a mode of its own", ..KubeProxy::in_mode("ipvs") };
    let api = stage(silent.clone());
    let output = strict_arp(&api, &["on"]).succeeds();
    let (look, write) = ("  1. ask kube-proxy on each node", "may follow: set ipvs.strictARP to true");
    assert!(output.stderr.contains(look) && output.stderr.contains(write), "{output}");
    assert_eq!((writes(&api).len(), jobs_made(&api)), (2, 4), "before and after: {output}");
    assert!(output.stdout.contains("every running kube-proxy uses it (2 of 2)"), "{output}");

    let unknown = "which mode kube-proxy runs in could not be seen on lab-1, lab-2 (its log no longer tells";
    let api = stage(KubeProxy { asked: Asked::Fares(Fate::Forbidden("no host network")), ..silent.clone() });
    for words in [&["on", "--yes"][..], &["on", "--no-look"]] {
        let output = strict_arp(&api, words);
        assert_eq!(output.code, Some(7), "{output}");
        assert!(output.stderr.contains(unknown) && output.stderr.contains("--allow unknown-mode"), "{output}");
        assert_eq!(writes(&api), [""; 0], "{output}");
    }
    strict_arp(&api, &["on", "--allow", "unknown-mode"]).succeeds();
    assert_eq!(writes(&api), [MAP, SET]);
}

#[test]
fn what_does_not_come_up_is_put_back_and_restarted_with_another_time() {
    let proxy = KubeProxy { dies: true, ..KubeProxy::in_mode("ipvs") };
    let (before, api) = (proxy.config(), stage(proxy));
    let output = strict_arp(&api, &["on"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(config(&api), before);
    assert_eq!(writes(&api), [MAP, SET, MAP, SET]);
    let sets = api.seen().writes().only(|request| request.path.ends_with("/daemonsets/kube-proxy"));
    let bodies: Vec<Option<Value>> = sets.requests().iter().map(lab_cli::api::Request::json).collect();
    assert_ne!(bodies[0], bodies[1]);
    for words in [
        "; the old value is back: DaemonSet kube-system/kube-proxy will not get there",
        "CrashLoopBackOff, it ended with exit code 1",
        "run.go:72] \"command failed\" err=\"no such sysctl\"",
    ] {
        assert!(output.stderr.contains(words), "no {words:?}: {output}");
    }
    let report = strict_arp(&api, &["-o", "json"]).succeeds().json();
    assert_eq!(report["configuration"]["strictArp"], "off");
}

#[test]
fn an_edit_of_somebody_else_in_the_same_text_is_not_overwritten() {
    let api = stage(KubeProxy::in_mode("iptables"));
    api.after("get /api/v1/namespaces/kube-system/configmaps/kube-proxy").nth(1).then(|store, _| {
        store.edit("configmaps", "kube-system/kube-proxy", |map| {
            let text = map["data"]["config.conf"].as_str().unwrap().replace("kind:", "clusterCIDR: theirs\nkind:");
            map["data"]["config.conf"] = json!(text);
        });
    });
    let output = strict_arp(&api, &["on"]).succeeds();
    assert!(output.stderr.contains("nothing was overwritten, looking again"), "{output}");
    assert!(config(&api).contains("clusterCIDR: theirs\n") && config(&api).contains("strictARP: true"), "{output}");
}

#[test]
fn what_must_not_or_cannot_be_done_is_refused_before_any_write() {
    let switched = KubeProxy { running: "iptables", ..KubeProxy::in_mode("ipvs") };
    let broken = KubeProxy { strict_arp: "[", ..KubeProxy::in_mode("ipvs") };
    for (proxy, code, words) in [
        (switched, 7, "the restart that this needs would switch modes"),
        (broken, 1, "cannot be edited safely at key config.conf: it is not valid YAML"),
    ] {
        let api = stage(proxy);
        let output = strict_arp(&api, &["on", "--yes"]);
        assert_eq!(output.code, Some(code), "{output}");
        assert!(output.stderr.contains(words), "{output}");
        assert_eq!(api.seen().writes().count(), 0, "{output}");
    }
    let api = stage(KubeProxy { running: "iptables", ..KubeProxy::in_mode("ipvs") });
    strict_arp(&api, &["on", "--allow", "mode-switch"]).succeeds();
    assert_eq!(writes(&api), [MAP, SET]);
}

#[test]
fn both_rights_are_asked_for_before_the_first_write() {
    let api = stage(KubeProxy::in_mode("ipvs"));
    api.deny("patch", "daemonsets.apps", Some("kube-system"));
    let output = strict_arp(&api, &["on"]);
    assert_eq!(output.code, Some(5), "{output}");
    assert!(output.stderr.contains("missing right: patch daemonsets.apps in namespace kube-system"), "{output}");
    assert_eq!(api.seen().writes().count(), 0);
}

#[test]
fn a_dry_run_on_the_server_checks_the_change_and_the_restart() {
    let api = stage(KubeProxy::in_mode("ipvs"));
    let output = strict_arp(&api, &["on", "--dry-run=server", "--diff"]).succeeds();
    assert!(
        output.stderr.contains("-      strictARP: false") || output.stderr.contains("-    strictARP: false"),
        "{output}"
    );
    assert_eq!(api.seen().writes().count(), 0);
    let checked = api.seen().only(|request| request.method == "PATCH" && request.parameter("dryRun").is_some());
    assert_eq!(checked.count(), 2, "{output}");
}

/// Its node is off, or a firewall is before it: the others still tell, and the command ends well.
#[test]
fn a_kube_proxy_that_does_not_answer_is_a_matter_of_its_own() {
    let api = stage(KubeProxy::in_mode("ipvs"));
    api.change(|store| {
        store.edit("configmaps", "kube-system/kube-proxy", |map| {
            let text = map["data"]["config.conf"].as_str().unwrap_or_default();
            map["data"]["config.conf"] = json!(format!("{text}metricsBindAddress: 0.0.0.0:10249\n"));
        })
    });
    let configz = |pod: usize| format!("get /api/v1/namespaces/kube-system/pods/kube-proxy-{pod}:10249/proxy/configz");
    let says = json!({ "kubeproxy.config.k8s.io": { "Mode": "ipvs", "IPVS": { "StrictARP": false } } });
    api.on(&configz(0)).answer(Answer::json(200, &says));
    api.on(&configz(1)).answer(Answer::Stall);
    let output = strict_arp(&api, &["-o", "wide"]).succeeds();
    assert!(output.stdout.contains("1 of 2"), "{output}");
}
