//! Nodes.

use serde_json::{Value, json};

use super::{AGE, condition};
use crate::api::clock;

/// A node that is Ready.
pub fn ready(name: &str, address: &str) -> Value {
    node(name, address, &condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
}

/// A node whose kubelet has not been heard of.
pub fn lost(name: &str, address: &str) -> Value {
    let message = "Kubelet stopped posting node status.";
    node(name, address, &condition("Ready", "Unknown", "NodeStatusUnknown", message))
}

fn node(name: &str, address: &str, ready: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": name, "creationTimestamp": clock::ago(AGE),
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
        },
        "spec": {"podCIDR": "10.244.0.0/24"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "allocatable": {"cpu": "2", "memory": "4028716Ki", "pods": "110"},
            "capacity": {"cpu": "2", "memory": "4131116Ki", "pods": "110"},
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                ready,
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "kubeletVersion": "v1.37.2", "operatingSystem": "linux", "architecture": "amd64",
                "containerRuntimeVersion": "containerd://2.4.2", "osImage": "Debian GNU/Linux 12 (bookworm)",
            },
        },
    })
}

/// Its address as metrics-server uses it.
pub fn address(node: &Value) -> String {
    node["status"]["addresses"][0]["address"].as_str().unwrap_or_default().to_owned()
}

pub fn name(node: &Value) -> String {
    node["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}
