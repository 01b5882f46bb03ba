//! Reading metrics, as `kubectl top` would: of all nodes, and of a pod.

use lab::{Answer, Reader, Result};
use serde_json::Value;

use crate::facts::{Facts, GROUP, Reading, Usage};

pub async fn gather(reader: &Reader<'_>, facts: &Facts) -> Result<Reading> {
    let Some(version) = facts.apis.first().and_then(|api| api.spec.as_ref()?.version.clone()) else {
        return Ok(Reading::default());
    };
    let root = format!("/apis/{GROUP}/{version}");
    let nodes = match reader.ask(&format!("{root}/nodes")).await? {
        Answer::Found(list) => Ok(items(&list).filter_map(|item| usage(item, item.get("usage"))).collect()),
        Answer::Refused(_, message) => Err(message),
    };
    // Without the nodes' metrics the pod's would only fail once more.
    let pod = match (nodes.is_ok(), pod_to_ask(facts)) {
        (true, Some((namespace, name))) => {
            let usage = match reader.ask(&format!("{root}/namespaces/{namespace}/pods/{name}")).await? {
                Answer::Found(metrics) => Ok(sum(&metrics)),
                Answer::Refused(_, message) => Err(message),
            };
            Some((format!("{namespace}/{name}"), usage))
        }
        _ => None,
    };
    Ok(Reading { nodes: Some(nodes), pod })
}

/// A pod of the server's own: it runs, or nothing would have answered.
fn pod_to_ask(facts: &Facts) -> Option<(String, String)> {
    let backend = facts.backend.as_ref()?;
    let ready = backend.pods.iter().filter(|seen| is_ready(&seen.pod));
    // The oldest has been measured longest.
    let pod = ready.min_by_key(|seen| seen.pod.metadata.creation_timestamp.as_ref().map(|time| time.0))?;
    Some((backend.namespace.clone(), pod.pod.metadata.name.clone()?))
}

pub fn is_ready(pod: &k8s_openapi::api::core::v1::Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    let ready =
        conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    ready && pod.metadata.deletion_timestamp.is_none()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.get("items").and_then(Value::as_array).into_iter().flatten()
}

fn usage(item: &Value, usage: Option<&Value>) -> Option<Usage> {
    let text = |key: &str| usage?.get(key)?.as_str().map(str::to_owned);
    let name = item.pointer("/metadata/name")?.as_str()?.to_owned();
    Some(Usage { name, cpu: text("cpu")?, memory: text("memory")? })
}

/// A pod's metrics come by container; one of them is proof enough, and is what is shown.
fn sum(metrics: &Value) -> Usage {
    let name = metrics.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let first = metrics.pointer("/containers/0/usage");
    let text =
        |key: &str| first.and_then(|usage| usage.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned();
    Usage { name, cpu: text("cpu"), memory: text("memory") }
}
