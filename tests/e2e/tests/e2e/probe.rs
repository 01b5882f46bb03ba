//! `kubectl lab probe` before real pods, kube-proxy and DNS: what it counts is what the pods' own access logs say, and the mistakes that
//! students make have to be named.

use std::collections::BTreeMap;

use lab_cli::run::Output;
use lab_e2e::{Stage, demo_app};
use serde_json::{Value, json};

const NAMESPACE: &str = "lecture";
const COUNT: u64 = 300;
/// Always the same address: where a test follows another within half a minute, the cluster's DNS still gives the earlier one's.
pub(crate) const DEMO_APP: &str = "10.96.0.81";

pub(crate) fn service(name: &str, spec: &Value) -> Value {
    let mut whole = json!({ "selector": { "app": "demo" }, "ports": [{ "port": 80, "targetPort": 80 }] });
    if name == "demo-app" {
        whole["clusterIP"] = json!(DEMO_APP);
    }
    for (key, value) in spec.as_object().into_iter().flatten() {
        whole[key] = value.clone();
    }
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": NAMESPACE }, "spec": whole,
    })
}

fn namespace(name: &str, labels: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } })
}

fn apply(stage: &Stage, objects: &[Value]) {
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    stage.feed(&["apply"], &list.to_string());
}

fn deploy_demo_app(stage: &Stage, services: &[Value]) {
    apply(stage, &[&[namespace(NAMESPACE, &json!({})), demo_app(NAMESPACE)], services].concat());
    stage.kubectl(&["rollout", "status", "deployment/demo-app", "-n", NAMESPACE, "--timeout=120s"]);
}

fn probe(stage: &Stage, words: &[&str]) -> Output {
    stage.lab(&[&["probe", "-n", NAMESPACE, "-o", "json"], words].concat()).run()
}

/// How many answers each pod gave at a place of the report.
fn counted(report: &Value, place: usize) -> BTreeMap<String, u64> {
    let rows = report["places"][place]["answers"].as_array().into_iter().flatten();
    let row = |row: &Value| Some((row["endpoint"].as_str()?.to_owned(), row["answers"].as_u64()?));
    rows.filter_map(row).collect()
}

/// The same by what the pods themselves have written. Requests name themselves `kubectl-lab-probe/RUN.PLACE.NUMBER`, and this is the
/// first run that they see.
fn logged(stage: &Stage, place: usize) -> BTreeMap<String, u64> {
    let pods = stage.get(&["pods", "-n", NAMESPACE, "-l", "app=demo"]);
    let names = pods["items"].as_array().into_iter().flatten().filter_map(|pod| pod["metadata"]["name"].as_str());
    let of_place = |line: &&str| {
        let agent = line.split("kubectl-lab-probe/").nth(1).unwrap_or_default();
        agent.split('.').nth(1) == Some(&place.to_string())
    };
    let count = |name: &str| {
        let log = stage.kubectl(&["logs", "-n", NAMESPACE, name, "-c", "nginx"]);
        u64::try_from(log.lines().filter(of_place).count()).unwrap_or(u64::MAX)
    };
    names.map(|name| (name.to_owned(), count(name))).collect()
}

fn conclusion(output: &Output, place: usize) -> String {
    output.json()["places"][place]["conclusion"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn what_is_counted_is_what_the_pods_themselves_have_logged() {
    counts_what_the_pods_themselves_log(&Stage::load_balancer());
}

pub fn counts_what_the_pods_themselves_log(stage: &Stage) {
    let sticky = service("sticky", &json!({ "sessionAffinity": "ClientIP" }));
    deploy_demo_app(stage, &[service("demo-app", &json!({})), sticky]);
    let count = COUNT.to_string();
    let holder = stage.holder("probe");
    let words = ["probe", "-n", NAMESPACE, "-o", "json", "demo-app", "--count", &count, "--keep-alive"];
    let output = holder.lab(&words).run();
    holder.has_used_all(&[], &output);
    assert_eq!(output.code, Some(0), "{output}");
    let report = output.json();
    assert_eq!(report["conclusion"], "even", "{output}");
    for place in [0, 1] {
        let pods = counted(&report, place);
        assert_eq!(pods.values().sum::<u64>(), COUNT, "{output}");
        assert_eq!(pods, logged(stage, place), "{output}");
    }
    assert_eq!((conclusion(&output, 0), conclusion(&output, 1)), ("even".into(), "onePodOnly".into()), "{output}");

    let output = probe(stage, &["sticky", "--count", "60"]);
    assert_eq!((output.code, conclusion(&output, 0).as_str()), (Some(0), "onePodOnly"), "{output}");
    assert!(
        output.json()["verdict"].as_str().is_some_and(|said| said.contains("sessionAffinity is ClientIP")),
        "{output}"
    );

    let output = probe(stage, &["deploy/demo-app", "--count", "1"]);
    assert_eq!(output.code, Some(2), "two Services lead there: {output}");

    let output =
        probe(stage, &["demo-app", "--count", "30", "--from-each-node", "--from", "node", "--parallel", "5", "--yes"]);
    assert_eq!(output.code, Some(0), "{output}");
    let nodes: Vec<Value> =
        output.json()["places"].as_array().into_iter().flatten().map(|place| place["node"].clone()).collect();
    assert_eq!(nodes, stage.cluster.spec().node_names(), "{output}");
    assert_eq!(stage.get(&["jobs", "-A"])["items"], json!([]), "something stayed");
}

#[test]
fn the_mistakes_of_students_are_named() {
    let stage = Stage::load_balancer();
    let services = [
        service("demo-app", &json!({})),
        service("wrong-selector", &json!({ "selector": { "app": "demo-app" } })),
        service("wrong-port", &json!({ "ports": [{ "port": 80, "targetPort": 8080 }] })),
        service("not-ready", &json!({ "selector": { "app": "broken" } })),
    ];
    deploy_demo_app(&stage, &services);
    let mut broken = demo_app(NAMESPACE);
    broken["metadata"]["name"] = json!("broken");
    broken["spec"]["replicas"] = json!(1);
    broken["spec"]["selector"]["matchLabels"]["app"] = json!("broken");
    broken["spec"]["template"]["metadata"]["labels"]["app"] = json!("broken");
    broken["spec"]["template"]["spec"]["containers"][0]["image"] = json!("ngnix:latest");
    apply(&stage, &[broken]);
    for (target, hop, words) in [
        (
            "wrong-selector",
            "endpoints",
            "its selector app=demo-app matches no pod in namespace lecture; there are pods with app=demo",
        ),
        ("wrong-port", "connection", "port 80 of the Service leads to port 8080 of its pods, which declare 80"),
        ("not-ready", "endpoints", "its one pod is not ready"),
        ("http://demo-ap/", "name", "there is no Service demo-ap in namespace lecture, so its name does not resolve"),
    ] {
        let output = probe(&stage, &[target, "--count", "10"]);
        let report = output.json();
        assert_eq!(output.code, Some(3), "{output}");
        assert_eq!(report["failure"]["hop"], hop, "{output}");
        assert!(report["failure"]["said"].as_str().is_some_and(|said| said.contains(words)), "no {words:?}: {output}");
    }
}

/// A student's account, in a namespace with the strictest Pod Security.
#[test]
fn rights_in_one_namespace_are_enough() {
    let stage = Stage::load_balancer();
    deploy_demo_app(&stage, &[]);
    let restricted = namespace("student", &json!({ "pod-security.kubernetes.io/enforce": "restricted" }));
    let mut own =
        service("demo", &json!({ "type": "ExternalName", "externalName": "demo-app.lecture.svc.cluster.local" }));
    own["metadata"]["namespace"] = json!("student");
    let rules = json!([
        { "apiGroups": ["", "apps", "batch", "discovery.k8s.io"], "resources": ["*"], "verbs": ["*"] },
    ]);
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": "student", "namespace": "student" },
        "rules": rules,
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": { "name": "student", "namespace": "student" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "student" },
        "subjects": [{ "kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "student" }],
    });
    apply(&stage, &[restricted, service("demo-app", &json!({})), own, role, binding]);
    let run = |words: &[&str]| {
        stage.lab(&[&["probe", "-n", "student", "--as", "student", "-o", "json"], words].concat()).run()
    };
    let output = run(&["demo", "--count", "20"]);
    assert_eq!(output.json()["places"][0]["answered"], 20, "{output}");
    let output = run(&["http://demo-app.lecture/", "--count", "20"]);
    assert_eq!((output.code, output.json()["places"][0]["answered"].as_u64()), (Some(0), Some(20)), "{output}");
    let output = run(&["http://demo-app.lecture/", "--from", "node", "--yes"]);
    assert_eq!((output.code, output.json()["failure"]["hop"].as_str()), (Some(3), Some("probe")), "{output}");
    assert!(
        output.json()["failure"]["said"].as_str().is_some_and(|said| said.contains("violates PodSecurity")),
        "{output}"
    );
}
