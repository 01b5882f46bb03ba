//! Facts for tests of the plan: a 0.9.0 installation as upstream's manifest makes it, to be bent into each state.

use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use lab::{Line, Log, Seen, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::facts::{Backend, Facts, PodSeen, Reading, Usage};

/// The moment at which all tests take place.
pub const NOW: &str = "2026-11-22T22:00:00Z";
pub const NO_IP_SAN: &str = "Get \"https://172.30.0.2:10250/metrics/resource\": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs";

pub struct World {
    pub api: Value,
    pub service: Option<Value>,
    pub endpoints: Value,
    pub deployment: Value,
    pub sets: Vec<Value>,
    pub pods: Vec<PodSeen>,
    pub nodes: Vec<Value>,
    pub reading: Reading,
    pub requests: Vec<Seen<CertificateSigningRequest>>,
    pub may_see_requests: bool,
}

pub fn ago(seconds: i64) -> String {
    at(seconds).to_string()
}

pub fn at(seconds_ago: i64) -> Timestamp {
    let now: Timestamp = NOW.parse().unwrap();
    Timestamp::from_second(now.as_second() - seconds_ago).unwrap()
}

fn typed<K: DeserializeOwned>(value: &Value) -> K {
    serde_json::from_value(value.clone()).unwrap()
}

pub fn seen<K: DeserializeOwned>(value: &Value) -> Seen<K> {
    Seen { object: typed(value), raw: value.clone() }
}

pub fn node(name: &str, ready: bool, since: i64) -> Value {
    let condition = json!({
        "type": "Ready", "status": if ready { "True" } else { "Unknown" }, "lastTransitionTime": ago(since),
    });
    json!({ "metadata": { "name": name }, "status": { "conditions": [condition], "addresses": [
        { "type": "InternalIP", "address": "172.30.0.2" }, { "type": "Hostname", "address": name },
    ] } })
}

fn service() -> Value {
    json!({
        "metadata": { "name": "metrics-server", "namespace": "kube-system", "uid": "svc" },
        "spec": {
            "selector": { "k8s-app": "metrics-server" },
            "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": "https" }],
        },
    })
}

fn deployment() -> Value {
    let probe = |path: &str| json!({ "httpGet": { "path": path, "port": "https", "scheme": "HTTPS" } });
    json!({
        "metadata": {
            "name": "metrics-server", "namespace": "kube-system", "uid": "dep", "generation": 1,
            "labels": { "k8s-app": "metrics-server" },
        },
        "spec": {
            "replicas": 1,
            "selector": { "matchLabels": { "k8s-app": "metrics-server" } },
            "template": {
                "metadata": { "labels": { "k8s-app": "metrics-server" } },
                "spec": { "containers": [{
                    "name": "metrics-server",
                    "image": "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
                    "args": [
                        "--cert-dir=/tmp", "--secure-port=10250",
                        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                        "--kubelet-use-node-status-port", "--metric-resolution=15s",
                    ],
                    "ports": [{ "name": "https", "containerPort": 10250, "protocol": "TCP" }],
                    "readinessProbe": probe("/readyz"), "livenessProbe": probe("/livez"),
                }] },
            },
        },
        "status": { "observedGeneration": 1 },
    })
}

pub fn set(name: &str, revision: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "annotations": { "deployment.kubernetes.io/revision": revision },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "metrics-server", "uid": "dep" }],
        },
        "spec": { "selector": {} },
    })
}

/// A pod of ReplicaSet `set` on lab-1 that runs since `age` seconds and is not Ready.
pub fn pod(name: &str, set: &str, age: i64) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "kube-system", "creationTimestamp": ago(age),
            "labels": { "k8s-app": "metrics-server" },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": set }],
        },
        "spec": { "nodeName": "lab-1", "containers": [] },
        "status": {
            "phase": "Running",
            "conditions": [
                { "type": "PodScheduled", "status": "True" }, { "type": "Ready", "status": "False" },
            ],
            "containerStatuses": [{
                "name": "metrics-server", "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": { "running": { "startedAt": ago(age) } },
            }],
        },
    })
}

pub fn ready(mut pod: Value) -> Value {
    pod["status"]["conditions"][1]["status"] = json!("True");
    pod
}

/// The same pod, whose container waits instead of running.
pub fn waiting(mut pod: Value, reason: &str, message: &str) -> Value {
    pod["status"]["phase"] = json!("Pending");
    pod["status"]["containerStatuses"][0]["state"] = json!({ "waiting": { "reason": reason, "message": message } });
    pod
}

/// The same pod, for which there is no node.
pub fn unschedulable(mut pod: Value, since: i64) -> Value {
    pod["spec"]["nodeName"] = Value::Null;
    pod["status"] = json!({ "phase": "Pending", "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/3 nodes are available", "lastTransitionTime": ago(since),
    }] });
    pod
}

pub fn log(lines: &[(i64, String)]) -> Log {
    Log::Lines(lines.iter().map(|(ago, text)| Line { at: Some(at(*ago)), text: text.clone() }).collect())
}

pub fn scrape(node: &str, error: &str) -> String {
    let error = serde_json::to_string(error).unwrap();
    format!("E1122 22:00:00.0 1 scraper.go:149] \"Failed to scrape node\" err={error} node=\"{node}\"")
}

pub fn with_log(pod: &Value, log: Log) -> PodSeen {
    PodSeen { pod: typed(pod), log: Some(log), previous: None }
}

pub fn silent(pod: &Value) -> PodSeen {
    with_log(pod, log(&[]))
}

pub fn unlogged(pod: &Value) -> PodSeen {
    PodSeen { pod: typed(pod), log: None, previous: None }
}

fn usage(name: &str) -> Usage {
    Usage { name: name.into(), cpu: "1m".into(), memory: "1Mi".into() }
}

pub fn read_of(nodes: &[&str]) -> Reading {
    let pod = ("kube-system/metrics-server-1-a".to_owned(), Ok(usage("metrics-server-1-a")));
    Reading { nodes: Some(Ok(nodes.iter().map(|name| usage(name)).collect())), pod: Some(pod) }
}

impl Default for World {
    /// Just applied, and since 100 seconds without success: no kubelet's certificate names its address.
    fn default() -> World {
        World {
            api: json!({
                "metadata": { "name": "v1beta1.metrics.k8s.io" },
                "spec": {
                    "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                    "service": { "namespace": "kube-system", "name": "metrics-server" },
                },
                "status": { "conditions": [
                    { "type": "Available", "status": "False", "reason": "MissingEndpoints", "message": "none" },
                ] },
            }),
            service: Some(service()),
            endpoints: json!([]),
            deployment: deployment(),
            sets: vec![set("metrics-server-1", "1")],
            pods: vec![World::failing(100)],
            nodes: ["lab-1", "lab-2", "lab-3"].map(|name| node(name, true, 10_000)).to_vec(),
            reading: Reading {
                nodes: Some(Err("the server is currently unable to handle the request".into())),
                pod: None,
            },
            requests: Vec::new(),
            may_see_requests: true,
        }
    }
}

impl World {
    /// The pod of the default world, its errors written 5 seconds ago.
    pub fn failing(age: i64) -> PodSeen {
        let lines = ["lab-1", "lab-2", "lab-3"].map(|name| (5, scrape(name, NO_IP_SAN)));
        with_log(&pod("metrics-server-1-a", "metrics-server-1", age), log(&lines))
    }

    /// The default world with one pod that logs just this.
    pub fn logging(age: i64, lines: &[(i64, String)]) -> World {
        let pod = pod("metrics-server-1-a", "metrics-server-1", age);
        World { pods: vec![with_log(&pod, log(lines))], ..World::default() }
    }

    pub fn container(&mut self) -> &mut Value {
        &mut self.deployment["spec"]["template"]["spec"]["containers"][0]
    }

    pub fn with_args(args: &[&str]) -> World {
        let mut world = World::default();
        world.container()["args"] = json!(args);
        world
    }

    pub fn facts(&self) -> Facts {
        let slice = json!({ "addressType": "IPv4", "endpoints": self.endpoints, "metadata": {} });
        let api: k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService = typed(&self.api);
        Facts {
            now: NOW.parse().unwrap(),
            has_written: false,
            apis: vec![api],
            backend: Some(Backend {
                namespace: "kube-system".into(),
                name: "metrics-server".into(),
                port: 443,
                service: self.service.as_ref().map(seen),
                slices: vec![typed(&slice)],
                pods: self.pods.clone(),
                deployments: vec![seen(&self.deployment)],
                replica_sets: self.sets.iter().map(typed).collect(),
            }),
            nodes: self.nodes.iter().map(typed).collect(),
            reading: self.reading.clone(),
            requests: self.may_see_requests.then(|| self.requests.clone()),
            release: None,
        }
    }
}

impl World {
    /// A pod whose container has ended before and will be started again.
    pub fn crashing() -> Value {
        let mut pod = pod("metrics-server-1-a", "metrics-server-1", 100);
        let status = &mut pod["status"]["containerStatuses"][0];
        status["restartCount"] = json!(3);
        status["lastState"] = json!({ "terminated": { "exitCode": 1, "reason": "Error" } });
        pod
    }
}
