//! What kubeadm installs into every cluster, and lectures look at: kube-proxy and CoreDNS.

mod coredns;
mod kube_proxy;
mod rbac;

use serde_json::Value;

use crate::spec::ClusterSpec;

pub const NAMESPACE: &str = "kube-system";

pub fn objects(spec: &ClusterSpec) -> Vec<Value> {
    [kube_proxy::objects(spec), coredns::objects()].concat()
}
