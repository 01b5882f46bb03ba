//! Events.

use serde_json::{Value, json};

use crate::api::clock;

/// A warning about an object, from the kubelet or another component.
pub fn warning(about: &Value, reason: &str, message: &str, component: &str) -> Value {
    let metadata = &about["metadata"];
    let name = metadata["name"].as_str().unwrap_or_default();
    json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": format!("{name}.{}", reason.to_lowercase()), "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": about["apiVersion"], "kind": about["kind"], "name": name, "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
        "type": "Warning", "reason": reason, "message": message, "count": 3,
        "firstTimestamp": clock::ago(90), "lastTimestamp": clock::ago(10),
        "reportingComponent": component, "reportingInstance": "", "source": {"component": component},
    })
}
