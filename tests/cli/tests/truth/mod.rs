//! The same requests to a real API server and to the scripted one; the answers must agree in status, type and body.

/// Starts the real one.
mod real;
/// What both are asked.
mod story;

use std::time::Duration;

use lab_cli::api::{Api, collection_path};
use lab_cli::objects::certificate_request::of_kubelet;
use lab_cli::objects::{Layout, MetricsServer, helm};
use lab_cli::world::{Kubelets, World, nodes};
use serde_json::{Value, json};

use crate::client::{Answer, send};
use real::RealApi;
use story::{JSON, MAPS, PATCH, WEB, story};

#[test]
fn a_real_server_answers_the_same() {
    let real = RealApi::start().unwrap();
    let differences =
        [answers(&real), refusals(&real), kinds_that_are_not_real(&real), objects_that_are_not_valid(&real)].concat();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn answers(real: &RealApi) -> Vec<String> {
    let api = Api::start();
    let mut differences = Vec::new();
    for (method, path, kind, body) in story() {
        let truth = normal(&send(real.port, method, &path, kind, &body));
        let ours = normal(&send(api.port(), method, &path, kind, &body));
        let lines = different_lines(&truth, &ours);
        if !lines.is_empty() {
            differences.push(format!("{method} {path} {body}\n{lines}"));
        }
        if path.ends_with("/apiservices") {
            // From here on there is something for the aggregator to do, and a real one does it on its own.
            World::default().live(&api);
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    // The story asks for what nobody serves, on purpose.
    drop(api.stop());
    differences
}

/// The words of a missing right.
fn refusals(real: &RealApi) -> Vec<String> {
    let api = Api::start();
    api.deny("*", "*", None);
    let mut differences = Vec::new();
    for (method, path) in [
        ("GET", WEB),
        ("GET", "/api/v1/nodes"),
        ("GET", "/api/v1/nodes/lab-1"),
        ("GET", "/api/v1/namespaces/default"),
        ("GET", "/api/v1/namespaces/default/pods/web/log"),
        ("GET", "/apis/apps/v1/deployments?watch=true"),
        ("GET", "/apis/metrics.k8s.io/v1beta1/nodes"),
        ("POST", MAPS),
        ("PATCH", WEB),
        ("PATCH", "/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval"),
        ("PUT", WEB),
        ("DELETE", WEB),
    ] {
        let asked = |port: u16| {
            let headers = [("Impersonate-User", "guest"), ("Content-Type", PATCH)];
            normal(&crate::client::Client::to(port).send_with(method, path, &headers, "[]"))
        };
        let lines = different_lines(&asked(real.port), &asked(api.port()));
        if !lines.is_empty() {
            differences.push(format!("{method} {path}\n{lines}"));
        }
    }
    differences
}

/// Every object of a stage, offered to the real server, which checks each field.
fn objects_that_are_not_valid(real: &RealApi) -> Vec<String> {
    let requests = nodes().iter().map(|node| of_kubelet(node).object()).collect::<Vec<_>>();
    let stages = [
        World::default().stage(MetricsServer::default().objects().into_iter().chain(requests)),
        World::with_kubelets(Kubelets::Signed).stage(MetricsServer::new(Layout::V0_6_3).objects()),
        World::default().stage(MetricsServer::default().with_lecture_patch().objects()),
        World::default().stage(helm::release("lecture", "kube-system").objects()),
    ];
    let mut refused = Vec::new();
    for api in stages {
        for object in KINDS.iter().flat_map(|kind| api.change(|store| store.all(kind))) {
            let path = format!("{}?dryRun=All&fieldValidation=Strict", collection_path(&object).unwrap());
            let mut offered = object.clone();
            offered["metadata"].as_object_mut().unwrap().shift_remove("resourceVersion");
            let answer = send(real.port, "POST", &path, JSON, &offered.to_string());
            // What it has already it refuses only after all other checks.
            if answer.status != 201 && answer.json()["reason"] != "AlreadyExists" {
                refused.push(format!("{} {}: {}", object["kind"], object["metadata"]["name"], answer.message()));
            }
        }
    }
    refused
}

const KINDS: &[&str] = &[
    "apiservices.apiregistration.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
    "deployments.apps",
    "endpointslices.discovery.k8s.io",
    "events",
    "nodes",
    "pods",
    "replicasets.apps",
    "serviceaccounts",
    "services",
];

fn kinds_that_are_not_real(real: &RealApi) -> Vec<String> {
    let api = Api::start();
    let mut unknown = Vec::new();
    for root in ["/api", "/apis"] {
        let (truth, ours) = (kinds(real.port, root), kinds(api.port(), root));
        unknown.extend(ours.into_iter().filter(|kind| !truth.contains(kind)));
    }
    unknown
}

/// The kinds of the aggregated discovery, a line for each.
fn kinds(port: u16, root: &str) -> Vec<String> {
    let mut client = crate::client::Client::to(port);
    let form = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let found = client.send_with("GET", root, &[("Accept", form)], "").json();
    let mut lines = Vec::new();
    for group in found["items"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            for resource in version["resources"].as_array().into_iter().flatten() {
                let about = ["resource", "responseKind", "scope", "singularResource", "verbs", "shortNames"]
                    .map(|key| resource[key].to_string());
                lines.push(format!("{} {} {}", group["metadata"]["name"], version["version"], about.join(" ")));
            }
        }
    }
    lines
}

/// What is only in one of two texts, line by line.
fn different_lines(truth: &str, ours: &str) -> String {
    let only = |name: &str, one: &str, other: &str| {
        let missing = one.lines().filter(|line| !other.lines().any(|there| there == *line));
        missing.map(|line| format!("  {name}: {line}\n")).collect::<String>()
    };
    only("real", truth, ours) + &only("ours", ours, truth)
}

/// An answer without what differs from server to server: identities, versions, times, and which fields a manager wrote.
fn normal(answer: &Answer) -> String {
    // The answer to a watch is one event after the other.
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&answer.body).into_iter().collect();
    let body = match values {
        Ok(values) => values.into_iter().map(normal_value).collect(),
        Err(_) => answer.body.clone(),
    };
    format!("{} {}\n{}", answer.status, answer.content_type, erase_record(&body))
}

fn normal_value(mut body: Value) -> String {
    let uid = body["metadata"]["uid"].as_str().map(str::to_owned);
    erase(&mut body);
    let text = format!("{:#}\n", sorted(&body));
    uid.map_or(text.clone(), |uid| text.replace(&uid, "UID"))
}

fn erase(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for key in ["managedFields", "serverAddressByClientCIDRs"] {
                fields.shift_remove(key);
            }
            for (key, value) in fields.iter_mut() {
                if matches!(
                    key.as_str(),
                    "uid" | "resourceVersion" | "continue" | "creationTimestamp" | "lastTransitionTime"
                ) && value.is_string()
                {
                    *value = json!("…");
                }
                erase(value);
            }
            // Reviews note who asked; nobody reads that.
            if fields.get("metadata").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
                fields.shift_remove("metadata");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(erase),
        _ => {}
    }
}

/// What a message says of the object's own identity or version.
fn erase_record(text: &str) -> String {
    let mut parts = text.split(" in record (");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |made, part| format!("{made} in record (…{}", &part[part.find(')').unwrap_or(0)..]))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|one, other| one.0.cmp(other.0));
            fields.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
