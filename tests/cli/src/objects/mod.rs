//! The objects that a metrics-server installation and its cluster consist of, as a real cluster shows them.

pub mod adapter;
pub mod api_service;
pub mod base64;
pub mod certificate_request;
pub mod endpoints;
pub mod event;
pub mod helm;
pub mod job;
mod kube_proxy;
pub mod logs;
pub mod metallb;
pub mod metrics;
mod metrics_server;
pub mod node;
pub mod pod;
pub mod replica_set;

pub use kube_proxy::{Asked, KubeProxy};
pub use metrics_server::{Layout, MetricsServer};

use serde_json::{Value, json};

use crate::api::clock;

/// Old enough that its age is the same text during a whole test.
pub const AGE: i64 = 3 * 86_400 + 2 * 3_600;

/// What an object that was made by another says about it.
pub fn owned_by(owner: &Value) -> Value {
    json!([{
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    }])
}

/// One condition, as all kinds write them.
pub fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let mut condition = json!({"type": kind, "status": status, "lastTransitionTime": clock::now()});
    for (key, value) in [("reason", reason), ("message", message)] {
        if !value.is_empty() {
            condition[key] = json!(value);
        }
    }
    condition
}

/// Whether a condition of an object is true.
pub fn is_true(object: &Value, kind: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| condition["type"] == kind && condition["status"] == "True")
}
