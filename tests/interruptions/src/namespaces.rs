//! Namespaces that are being deleted, brought to their end: the controller that does it lets five seconds pass first.

use anyhow::Result;
use http::Method;
use lab_e2e::{Direct, Everything};
use serde_json::Value;

use crate::put_back::delete;

/// Nobody deletes them, or can.
const NO_CONTENTS: [&str; 2] = ["events", "events.events.k8s.io"];

/// One more step on their way, where there are any. Only between two cases: what a verb waits for takes the time that it takes.
pub fn finish(cluster: &Direct, now: &Everything) -> Result<()> {
    let is_going =
        |object: &&Value| object["kind"] == "Namespace" && object["metadata"]["deletionTimestamp"].is_string();
    for namespace in now.objects().filter(is_going) {
        let contents = contents(cluster, &namespace["metadata"]["name"])?;
        for path in &contents {
            delete(cluster, path)?;
        }
        if contents.is_empty() {
            release(cluster, namespace)?;
        }
    }
    Ok(())
}

fn contents(cluster: &Direct, namespace: &Value) -> Result<Vec<String>> {
    let all = cluster.all(&NO_CONTENTS)?.into_iter();
    let within = all.filter(|(_, object)| object["metadata"]["namespace"] == *namespace);
    let path = |(collection, object): (String, Value)| {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        let (version, plural) = collection.rsplit_once('/')?;
        Some(format!("{version}/namespaces/{}/{plural}/{}", text("namespace"), text("name")))
    };
    Ok(within.filter_map(path).collect())
}

fn release(cluster: &Direct, namespace: &Value) -> Result<()> {
    let mut released = namespace.clone();
    released["spec"]["finalizers"] = Value::Array(Vec::new());
    let name = namespace["metadata"]["name"].as_str().unwrap_or_default();
    match cluster.send(Method::PUT, &format!("/api/v1/namespaces/{name}/finalize"), Some(&released)) {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        other => Ok(other.map(drop)?),
    }
}
