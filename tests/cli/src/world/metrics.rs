//! What the metrics API holds: numbers for what can be scraped, while it is available.

use serde_json::Value;

use super::behaviour::{failures, ready_nodes};
use super::{World, full_name, put_if_new};
use crate::api::Store;
use crate::objects::{is_true, metrics, node};

const NODES: &str = "nodes.metrics.k8s.io";
const PODS: &str = "pods.metrics.k8s.io";

pub fn all(world: &World, store: &mut Store) {
    let apis = store.all("apiservices.apiregistration.k8s.io");
    let serves = apis.iter().any(|api| api["spec"]["group"] == "metrics.k8s.io" && is_true(api, "Available"));
    // An available API can only be short of the nodes that no flag helps with.
    let failing: Vec<String> = failures(world, store, true).into_iter().map(|(node, _)| node).collect();
    let measured = |node: &str| serves && !failing.iter().any(|failing| failing == node);
    let nodes: Vec<Value> = ready_nodes(store).into_iter().filter(|node| measured(&node::name(node))).collect();
    let pods: Vec<Value> = store.all("pods").into_iter().filter(|pod| is_measured(pod, &nodes)).collect();
    keep(store, NODES, nodes.iter().map(metrics::of_node).collect());
    keep(store, PODS, pods.iter().map(metrics::of_pod).collect());
}

fn is_measured(pod: &Value, nodes: &[Value]) -> bool {
    is_true(pod, "Ready") && nodes.iter().any(|node| node["metadata"]["name"] == pod["spec"]["nodeName"])
}

/// Makes these all that there are of their kind.
fn keep(store: &mut Store, resource: &str, wanted: Vec<Value>) {
    let names: Vec<String> = wanted.iter().map(full_name).collect();
    for present in store.all(resource).iter().map(full_name).filter(|name| !names.contains(name)) {
        store.remove(resource, &present);
    }
    for object in wanted {
        put_if_new(store, resource, object);
    }
}
