//! What the Job controller and the kubelets make of Jobs.

use serde_json::{Value, json};

use super::{event, owned_by};
use crate::api::{Store, clock};

/// How the pod of a Job fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its container writes this and ends well.
    Writes(String),
    /// Its container writes this and ends with this code.
    Fails(i32, String),
    /// It is at work and does not end.
    Runs,
    /// Its image does not come.
    NoImage(&'static str),
    /// Nobody may make it.
    Forbidden(&'static str),
}

/// Gives each Job that has none its pod.
pub fn live(store: &mut Store, fate: impl Fn(&Value) -> Fate) {
    for job in store.all("jobs.batch") {
        let pods = store.all("pods");
        if pods.iter().any(|pod| pod["metadata"]["ownerReferences"][0]["uid"] == job["metadata"]["uid"]) {
            continue;
        }
        match fate(&job) {
            Fate::Forbidden(why) => refuse(store, &job, why),
            fate => start(store, &job, &fate),
        }
    }
}

fn refuse(store: &mut Store, job: &Value, why: &str) {
    let message = format!("Error creating: pods \"{}-00000\" is forbidden: {why}", name(job));
    let event = event::warning(job, "FailedCreate", &message, "job-controller");
    if store.get("events", &format!("{}/{}", namespace(job), name(&event))).is_none() {
        store.put(event);
    }
}

fn start(store: &mut Store, job: &Value, fate: &Fate) {
    let template = &job["spec"]["template"];
    let pod_name = format!("{}-00000", name(job));
    let ended = |code: i32| json!({ "terminated": { "exitCode": code, "reason": if code == 0 { "Completed" } else { "Error" } } });
    let (phase, state, log) = match fate {
        Fate::Writes(log) => ("Succeeded", ended(0), log.as_str()),
        Fate::Fails(code, log) => ("Failed", ended(*code), log.as_str()),
        Fate::NoImage(why) => ("Pending", json!({ "waiting": { "reason": "ErrImagePull", "message": why } }), ""),
        Fate::Runs | Fate::Forbidden(_) => ("Running", json!({ "running": { "startedAt": clock::now() } }), ""),
    };
    let container = &template["spec"]["containers"][0];
    let mut metadata = template["metadata"].clone();
    metadata["name"] = json!(pod_name);
    metadata["namespace"] = json!(namespace(job));
    metadata["ownerReferences"] = owned_by(job);
    store.put(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"],
        "status": { "phase": phase, "containerStatuses": [{
            "name": container["name"], "image": container["image"], "imageID": "", "ready": false, "restartCount": 0,
            "state": state, "lastState": {},
        }] },
    }));
    let container = container["name"].as_str().unwrap_or_default();
    store.log(&format!("{}/{pod_name}", namespace(job)), container, log);
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}
