//! EndpointSlices.

use serde_json::{Value, json};

use super::{is_true, owned_by};

/// The slice of a Service for these pods. `port` is the number that each of the Service's ports comes to.
pub fn of(service: &Value, pods: &[Value], port: &Value) -> Value {
    let metadata = &service["metadata"];
    let name = metadata["name"].as_str().unwrap_or_default();
    let mut labels = metadata["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("kubernetes.io/service-name".into(), json!(name));
    labels.insert("endpointslice.kubernetes.io/managed-by".into(), json!("endpointslice-controller.k8s.io"));
    let endpoints: Vec<Value> = pods.iter().filter(|pod| pod["status"]["podIP"].is_string()).map(endpoint).collect();
    let ports = match service["spec"]["ports"].as_array().filter(|_| !port.is_null()) {
        Some(ports) => ports.iter().map(|of| json!({"name": of["name"], "port": port, "protocol": "TCP"})).collect(),
        None => Vec::new(),
    };
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{name}-x7k2p"), "generateName": format!("{name}-"), "namespace": metadata["namespace"],
            "labels": labels, "ownerReferences": owned_by(service),
        },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    })
}

fn endpoint(pod: &Value) -> Value {
    let ready = is_true(pod, "Ready");
    let target = json!({
        "kind": "Pod", "name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"], "uid": pod["metadata"]["uid"],
    });
    json!({
        "addresses": [pod["status"]["podIP"]], "conditions": {"ready": ready, "serving": ready, "terminating": false},
        "nodeName": pod["spec"]["nodeName"], "targetRef": target,
    })
}
