//! What a kubelet would say of its pods, in its own form and length, and the pods themselves.

use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Named {
    pub namespace: String,
    pub name: String,
    pub node: String,
}

pub fn pod(pod: &Named) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": pod.name, "namespace": pod.namespace, "labels": { "app": "work", "tier": "bench" } },
        "spec": {
            "nodeName": pod.node, "automountServiceAccountToken": false,
            "containers": [{ "name": "work", "image": "work:1", "resources": { "requests": { "cpu": "10m", "memory": "16Mi" } } }],
        },
    })
}

/// The page `stats/summary` of a node with these pods.
pub fn summary(node: &str, pods: &[&Named]) -> String {
    json!({ "node": node_statistics(node), "pods": pods.iter().map(|pod| statistics(pod)).collect::<Vec<_>>() })
        .to_string()
}

const TIME: &str = "2026-11-27T10:00:00Z";

fn cpu() -> Value {
    json!({ "time": TIME, "usageNanoCores": 1_234_567, "usageCoreNanoSeconds": 987_654_321_000_u64, "psi": psi() })
}

fn psi() -> Value {
    let of = json!({ "total": 1_234_567, "avg10": 0.0, "avg60": 0.01, "avg300": 0.02 });
    json!({ "full": of, "some": of })
}

fn memory() -> Value {
    json!({
        "time": TIME, "usageBytes": 12_345_678, "workingSetBytes": 9_876_543, "rssBytes": 5_555_555, "pageFaults": 4_321,
        "majorPageFaults": 12, "psi": psi(),
    })
}

fn disk() -> Value {
    json!({
        "time": TIME, "availableBytes": 85_899_345_920_u64, "capacityBytes": 107_374_182_400_u64, "usedBytes": 73_728,
        "inodesFree": 12_345_678, "inodes": 16_777_216, "inodesUsed": 21,
    })
}

fn interface(name: &str, bytes: u64) -> Value {
    json!({ "name": name, "rxBytes": bytes, "rxErrors": 0, "txBytes": bytes * 2, "txErrors": 0 })
}

fn network(bytes: u64) -> Value {
    let mut network = interface("eth0", bytes);
    network["time"] = json!(TIME);
    network["interfaces"] = json!([interface("eth0", bytes)]);
    network
}

fn node_statistics(node: &str) -> Value {
    let container = |name: &str| json!({ "name": name, "startTime": TIME, "cpu": cpu(), "memory": memory() });
    let containers = ["kubelet", "runtime", "pods"].map(container);
    json!({
        "nodeName": node, "systemContainers": containers, "startTime": TIME, "cpu": cpu(),
        "memory": memory(), "network": network(123_456_789), "fs": disk(), "runtime": { "imageFs": disk(), "containerFs": disk() },
        "rlimit": { "time": TIME, "maxpid": 126_000, "curproc": 900 },
    })
}

fn statistics(pod: &Named) -> Value {
    let container = json!({
        "name": "work", "startTime": TIME, "cpu": cpu(), "memory": memory(), "rootfs": disk(), "logs": disk(),
        "swap": { "time": TIME, "swapUsageBytes": 0 },
    });
    json!({
        "podRef": { "name": pod.name, "namespace": pod.namespace, "uid": "00000000-0000-4000-8000-000000000000" },
        "startTime": TIME, "containers": [container], "cpu": cpu(), "memory": memory(), "network": network(1_234_567),
        "volume": [], "ephemeral-storage": disk(), "process_stats": { "process_count": 3 },
        "swap": { "time": TIME, "swapUsageBytes": 0 },
    })
}
