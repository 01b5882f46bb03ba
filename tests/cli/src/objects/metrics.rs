//! What metrics-server answers.

use serde_json::{Value, json};

use crate::api::clock;

pub fn of_node(node: &Value) -> Value {
    json!({
        "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics",
        "metadata": {"name": node["metadata"]["name"], "labels": node["metadata"]["labels"], "creationTimestamp": clock::now()},
        "timestamp": clock::ago(5), "window": "15.013s", "usage": {"cpu": "143210987n", "memory": "812340Ki"},
    })
}

pub fn of_pod(pod: &Value) -> Value {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    let usage = json!({"cpu": "2143210n", "memory": "18340Ki"});
    let containers: Vec<Value> =
        containers.map(|container| json!({"name": container["name"], "usage": usage})).collect();
    let metadata = &pod["metadata"];
    json!({
        "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics",
        "metadata": {
            "name": metadata["name"], "namespace": metadata["namespace"], "labels": metadata["labels"],
            "creationTimestamp": clock::now(),
        },
        "timestamp": clock::ago(5), "window": "15.013s", "containers": containers,
    })
}
