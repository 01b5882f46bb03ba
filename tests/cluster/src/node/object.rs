//! The Node objects, created before the kubelets come: so a node's pod network and kubeadm's labels are there from the start.

use serde_json::{Value, json};

use crate::spec::ClusterSpec;

pub fn objects(spec: &ClusterSpec) -> Vec<Value> {
    spec.numbers().map(|number| object(spec, number)).collect()
}

fn object(spec: &ClusterSpec, number: u16) -> Value {
    let name = spec.node_name(number);
    let mut labels = json!({"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"});
    if spec.control_plane_labels && number == 1 {
        labels["node-role.kubernetes.io/control-plane"] = "".into();
        labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "".into();
    }
    let mut node = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
    });
    // Fake pods have no packets to route, and a /24 for each of a thousand nodes would not fit.
    if !spec.light {
        let network = ClusterSpec::pod_network(number);
        node["spec"] = json!({"podCIDR": network, "podCIDRs": [network]});
    }
    node
}
