//! Reading metrics, as `kubectl top` would: of all nodes, and of a pod.

use lab::rights::Right;
use lab::{Answer, Error, Reader, Result};
use lab_plan::Exit;
use serde_json::Value;

use crate::facts::{Facts, GROUP, Reading, Usage};
use crate::plan::is_left_out;

pub async fn gather(reader: &Reader<'_>, facts: &Facts) -> Result<Reading> {
    let Some(version) = facts.apis.first().and_then(|api| api.spec.as_ref()?.version.clone()) else {
        return Ok(Reading::default());
    };
    let root = format!("/apis/{GROUP}/{version}");
    let nodes = match ask(reader, &format!("{root}/nodes"), Right::new("list", GROUP, "nodes", None)).await? {
        Ok(list) => Ok(items(&list).filter_map(|item| usage(item, item.get("usage"))).collect()),
        Err(message) => Err(message),
    };
    // Without the nodes' metrics the pod's would only fail once more.
    let pod = match (nodes.is_ok(), pod_to_ask(facts)) {
        (true, Some((namespace, name))) => {
            let right = Right::new("get", GROUP, "pods", Some(&namespace));
            let answer = ask(reader, &format!("{root}/namespaces/{namespace}/pods/{name}"), right).await?;
            let usage = answer.and_then(|metrics| sum(&metrics).ok_or_else(|| "it names no container".to_owned()));
            Some((format!("{namespace}/{name}"), usage))
        }
        _ => None,
    };
    Ok(Reading { nodes: Some(nodes), pod })
}

/// What metrics-server answers, or says instead, by way of the API server. Its silence is its own, and not the API
/// server's; that the user may not ask is another matter than that nobody may.
async fn ask(reader: &Reader<'_>, path: &str, right: Right) -> Result<std::result::Result<Value, String>> {
    match reader.ask(path).await {
        Ok(Answer::Found(answer)) => Ok(Ok(answer)),
        Ok(Answer::Refused(403, message)) => {
            let missing = reader.missing_rights(&[right]).await?;
            if missing.is_empty() {
                return Ok(Err(message));
            }
            let mut error = Error::new(Exit::Forbidden, "could not read metrics").cause(message);
            error.missing = missing;
            Err(error)
        }
        Ok(Answer::Refused(_, message)) => Ok(Err(message)),
        Err(error) if error.exit == Exit::TimedOut => Ok(Err(format!("{error}, or what serves {GROUP} did not"))),
        Err(error) => Err(error),
    }
}

/// A pod of the server's own: it runs, or nothing would have answered. On a node that is left out nothing is measured.
fn pod_to_ask(facts: &Facts) -> Option<(String, String)> {
    let backend = facts.backend.as_ref()?;
    let ready = backend.pods.iter().filter(|seen| is_ready(&seen.pod) && !is_left_out(facts, &seen.pod));
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
fn sum(metrics: &Value) -> Option<Usage> {
    usage(metrics, metrics.pointer("/containers/0/usage"))
}
