//! A pod, as far as its traffic is concerned.

use lab::Timestamp;
use serde::{Deserialize, Serialize};

/// Pods of a cluster are told apart by both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct PodName {
    pub namespace: String,
    pub name: String,
}

impl std::fmt::Display for PodName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    pub name: PodName,
    pub uid: String,
    pub node: Option<String>,
    pub host_network: bool,
    pub phase: String,
    pub is_leaving: bool,
    pub started: Option<Timestamp>,
    pub containers: Vec<String>,
}

/// What is read of a pod's object.
#[derive(Debug, Deserialize)]
pub struct Object {
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    namespace: String,
    name: String,
    #[serde(default)]
    uid: String,
    deletion_timestamp: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    node_name: Option<String>,
    #[serde(default)]
    host_network: bool,
    #[serde(default)]
    containers: Vec<Container>,
}

#[derive(Debug, Deserialize)]
struct Container {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    phase: String,
    start_time: Option<String>,
}

impl From<Object> for Pod {
    fn from(object: Object) -> Pod {
        let Object { metadata, spec, status } = object;
        Pod {
            name: PodName { namespace: metadata.namespace, name: metadata.name },
            uid: metadata.uid,
            node: spec.node_name,
            host_network: spec.host_network,
            phase: status.phase,
            is_leaving: metadata.deletion_timestamp.is_some(),
            started: status.start_time.and_then(|at| at.parse().ok()),
            containers: spec.containers.into_iter().map(|container| container.name).collect(),
        }
    }
}

/// A kubelet looks at a new container within some 15 s.
const UNTIL_IT_IS_COUNTED: i64 = 45;

/// Why a pod has no traffic of its own, as far as its object tells.
pub const SHARES: &str = "it shares the network of its node, whose traffic is not told apart by pods";

impl Pod {
    /// Why there is nothing to count; `None` where there is.
    pub fn why_not(&self) -> Option<String> {
        if self.host_network {
            return Some(SHARES.into());
        }
        match (self.phase.as_str(), &self.node) {
            ("Running", Some(_)) => None,
            ("Succeeded" | "Failed", _) => Some(format!("it is over: {}", self.phase)),
            (_, None) => Some("it has no node yet".into()),
            (phase, _) => Some(format!("it does not run yet: {phase}")),
        }
    }

    pub fn is_countable(&self) -> bool {
        self.why_not().is_none()
    }

    /// Whether whoever counts may not have seen it yet.
    pub fn is_young(&self, now: Timestamp) -> bool {
        is_young(self.started, now)
    }
}

pub fn is_young(started: Option<Timestamp>, now: Timestamp) -> bool {
    started.is_some_and(|started| now.as_second() - started.as_second() < UNTIL_IT_IS_COUNTED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(spec: &serde_json::Value, phase: &str) -> Pod {
        let object = json!({ "metadata": { "name": "web", "namespace": "lecture" }, "spec": spec, "status": { "phase": phase } });
        serde_json::from_value::<Object>(object).expect("a pod").into()
    }

    #[test]
    fn a_pod_that_cannot_be_counted_says_why() {
        let on = json!({ "nodeName": "lab-1", "containers": [{ "name": "web", "image": "x" }] });
        assert_eq!(pod(&on, "Running").why_not(), None);
        assert_eq!(pod(&on, "Running").containers, ["web"]);
        for (spec, phase, why) in [
            (json!({ "nodeName": "lab-1", "hostNetwork": true }), "Running", SHARES),
            (json!({}), "Pending", "it has no node yet"),
            (on.clone(), "Pending", "it does not run yet: Pending"),
            (on, "Succeeded", "it is over: Succeeded"),
        ] {
            assert_eq!(pod(&spec, phase).why_not().as_deref(), Some(why));
        }
    }
}
