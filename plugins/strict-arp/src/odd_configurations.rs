//! The ConfigMaps that are met in the wild, each with what becomes of it, to the letter.

use k8s_openapi::api::core::v1::ConfigMap;
use lab::Seen;
use lab_plan::{Plan, put};
use lab_topics::kube_proxy::{KubeProxy, PLACES};
use serde_json::{Value, json};

use crate::args::{Args, Want};
use crate::facts::Facts;
use crate::plan::plan;

const HEAD: &str = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

fn map(text: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "kube-proxy", "namespace": "kube-system", "uid": "u" },
        "data": { "config.conf": text, "kubeconfig.conf": "theirs" },
    })
}

fn facts(raw: Value) -> Facts {
    let object = serde_json::from_value::<ConfigMap>(raw.clone()).expect("a ConfigMap");
    let kube_proxy = KubeProxy { config_map: Some(Seen { object, raw }), key: PLACES[0].1, ..KubeProxy::default() };
    Facts { kube_proxy, ..Facts::default() }
}

fn planned(text: &str) -> Plan {
    // Iptables mode and no DaemonSet: what is tested here is the text alone.
    plan(&Args { want: Want::On, ..Args::default() }, &facts(map(text)))
}

/// The text after `on`, or what is said instead.
fn on(text: &str) -> String {
    let plan = planned(text);
    if let Some(refusal) = plan.refusals.first() {
        return format!("refused: {}", refusal.reason);
    }
    let changes: Vec<_> = plan.changes().collect();
    if changes.is_empty() {
        return "nothing to do".into();
    }
    let object = map(text);
    let after = put(changes.iter().copied(), &object).expect("it can be made");
    assert_eq!(after["data"]["kubeconfig.conf"], "theirs");
    let inverse: Vec<_> = changes.iter().map(|change| change.inverse()).collect();
    let back = put(&inverse, &after).expect("it can be taken back");
    assert_eq!(back, object, "taken back, it is another text");
    after.pointer("/data/config.conf").and_then(Value::as_str).expect("a text").to_owned()
}

/// Behind the two lines that every configuration begins with.
fn edited(rest: &str, expected: &str) {
    assert_eq!(on(&format!("{HEAD}{rest}")), format!("{HEAD}{expected}"), "{rest:?}");
}

fn refused(text: &str, reason: &str) {
    let start = "refused: ConfigMap kube-system/kube-proxy ";
    assert_eq!(on(text), format!("{start}{reason}"), "{text:?}");
}

#[test]
fn what_is_written_is_replaced_where_it_stands() {
    for (rest, expected) in [
        ("ipvs:\n  strictARP: false\n", "ipvs:\n  strictARP: true\n"),
        ("ipvs:\n    strictARP: false\n    scheduler: rr\n", "ipvs:\n    strictARP: true\n    scheduler: rr\n"),
        ("ipvs:\n  strictARP: false", "ipvs:\n  strictARP: true"),
        ("ipvs:\n  strictARP: false # MetalLB\n", "ipvs:\n  strictARP: true # MetalLB\n"),
        ("# strictARP: false\nipvs:\n  strictARP: false\n", "# strictARP: false\nipvs:\n  strictARP: true\n"),
        ("ipvs:\n  strictARP:    False   \n", "ipvs:\n  strictARP:    true   \n"),
        ("ipvs:\n  strictARP: no\n", "ipvs:\n  strictARP: true\n"),
        ("ipvs:\n  strictARP: \"false\"\n", "ipvs:\n  strictARP: true\n"),
        ("ipvs:\n  strictARP: 'true'\n", "ipvs:\n  strictARP: true\n"),
        ("ipvs:\n  \"strictARP\": false\n", "ipvs:\n  \"strictARP\": true\n"),
        ("ipvs:\n  strictARP: null\n", "ipvs:\n  strictARP: true\n"),
        ("ipvs:\n  strictARP:\n  scheduler: rr\n", "ipvs:\n  strictARP: true\n  scheduler: rr\n"),
        ("ipvs:\n  strictARP: !!bool false\n", "ipvs:\n  strictARP: !!bool true\n"),
        ("ipvs: {strictARP: false, scheduler: \"\"}\n", "ipvs: {strictARP: true, scheduler: \"\"}\n"),
        ("ipvs: { scheduler: \"\" , strictARP : false }\n", "ipvs: { scheduler: \"\" , strictARP : true }\n"),
        ("ipvs: {\n  strictARP: false\n}\n", "ipvs: {\n  strictARP: true\n}\n"),
        ("\"ipvs\": {\"strictARP\":false}\n", "\"ipvs\": {\"strictARP\":true}\n"),
        ("x: &no false\nipvs:\n  strictARP: *no\n", "x: &no false\nipvs:\n  strictARP: true\n"),
        (
            "motd: |\n  strictARP: false\nipvs:\n  strictARP: false\n",
            "motd: |\n  strictARP: false\nipvs:\n  strictARP: true\n",
        ),
    ] {
        edited(rest, expected);
    }
}

#[test]
fn what_is_not_there_is_added_and_goes_again() {
    for (rest, expected) in [
        ("ipvs: {}\n", "ipvs: {strictARP: true}\n"),
        ("ipvs: null\n", "ipvs: {strictARP: true}\n"),
        ("ipvs: ~ # nothing\n", "ipvs: {strictARP: true} # nothing\n"),
        ("ipvs:\n", "ipvs: {strictARP: true}\n"),
        ("ipvs:", "ipvs: {strictARP: true}"),
        ("ipvs: # later\nmode: ''\n", "ipvs: {strictARP: true} # later\nmode: ''\n"),
        ("ipvs:\n  scheduler: rr\n  syncPeriod: 0s\n", "ipvs:\n  scheduler: rr\n  strictARP: true\n  syncPeriod: 0s\n"),
        ("ipvs:\n  # which\n  scheduler: rr\n", "ipvs:\n  strictARP: true\n  # which\n  scheduler: rr\n"),
        ("ipvs: {scheduler: rr}\n", "ipvs: {strictARP: true, scheduler: rr}\n"),
        ("motd: |-\n  text\n\n", "motd: |-\n  text\n\n"),
    ] {
        if rest.starts_with("motd") {
            let head = HEAD.replace("kind", "ipvs:\n  strictARP: true\nkind");
            assert_eq!(on(&format!("{HEAD}{rest}")), format!("{head}{expected}"));
        } else {
            edited(rest, expected);
        }
    }
}

#[test]
fn other_frames_stay_as_they_are() {
    let crlf = format!("{HEAD}ipvs:\n  strictARP: false\n").replace('\n', "\r\n");
    assert_eq!(on(&crlf), crlf.replace("false", "true"));
    let framed = format!("# head\n---\n{HEAD}ipvs:\n  strictARP: false\n...\n");
    assert_eq!(on(&framed), framed.replace("false", "true"));
    let marked = format!("\u{feff}{HEAD}ipvs:\n  strictARP: false\n");
    assert_eq!(on(&marked), marked.replace("false", "true"));
    let json = r#"{"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "ipvs": {}}"#;
    assert_eq!(on(json), json.replace("{}", r#"{"strictARP": true}"#));
    let bare = r#"{"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration"}"#;
    assert_eq!(on(bare), bare.replace(r#""kind""#, r#""ipvs": {"strictARP": true}, "kind""#));
}

#[test]
fn what_is_on_already_stays() {
    for rest in ["ipvs:\n  strictARP: true\n", "ipvs: {strictARP: on}\n", "ipvs:\n  strictARP: !!bool true\n"] {
        assert_eq!(on(&format!("{HEAD}{rest}")), "nothing to do", "{rest:?}");
    }
}

#[test]
fn what_cannot_be_edited_safely_is_refused_with_the_reason() {
    let safely = |why: &str| format!("cannot be edited safely at key config.conf: {why}");
    for (rest, why) in [
        (
            "ipvs:\n\tstrictARP: false\n",
            "it is not valid YAML: line 4 column 2: tabs disallowed within this context (block indentation)",
        ),
        (
            "ipvs:\n  strictARP: false\n  strictARP: false\n",
            "it is not valid YAML: line 5 column 3: duplicate mapping key: strictARP",
        ),
        ("ipvs: {strictARP: false\n", "it is not valid YAML: line 3 column 7: unclosed bracket '{'"),
        ("ipvs: [strictARP]\n", "ipvs is a list, not a map"),
        ("ipvs: yes\n", "ipvs is a plain value, not a map"),
        ("ipvs:\n  strictARP: {a: b}\n", "ipvs.strictARP is a map, not a plain value"),
        ("x: &x {strictARP: false}\nipvs: *x\n", "ipvs is an alias; a change there would change other places too"),
        ("x: &x {strictARP: false}\nipvs:\n  <<: *x\n", "ipvs takes keys over from elsewhere with <<"),
        (
            "ipvs:\n  strictARP: &x false\ny: *x\n",
            "it is written in a way that cannot be edited without touching more than that value",
        ),
        (
            "ipvs:\n  strictARP: >-\n    false\n",
            "it is written in a way that cannot be edited without touching more than that value",
        ),
    ] {
        refused(&format!("{HEAD}{rest}"), &safely(why));
    }
    refused("", &safely("it is empty"));
    refused("# nothing but this\n", &safely("it is empty"));
    refused(&format!("{HEAD}---\n{HEAD}"), &safely("it holds 2 YAML documents, and it is not clear which one counts"));
}

#[test]
fn what_is_no_configuration_of_kube_proxy_is_left_alone() {
    let another = |kind: &str| format!("holds no KubeProxyConfiguration at key config.conf, but {kind}");
    refused("apiVersion: v1\nkind: Config\n", &another("v1 Config"));
    refused("ipvs:\n  strictARP: false\n", &another("nothing that names its kind"));
    refused(
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
        &another("kubelet.config.k8s.io/v1beta1 KubeletConfiguration"),
    );
    let mut without = map("");
    without["data"] = json!({ "kubeconfig.conf": "theirs" });
    let plan = plan(&Args { want: Want::On, ..Args::default() }, &facts(without));
    assert_eq!(
        plan.refusals[0].reason,
        "ConfigMap kube-system/kube-proxy has no key config.conf; its keys: kubeconfig.conf"
    );
}
