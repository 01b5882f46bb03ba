//! What `gather` has seen, as plain values.

use k8s_openapi::api::core::v1::Node;
use lab::temporary::Temporary;
use lab_topics::kube_proxy::KubeProxy;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub nodes: Vec<Node>,
    pub kube_proxy: KubeProxy,
    /// The names of all DaemonSets in kube-system; they tell what does kube-proxy's work where there is none.
    pub daemon_sets: Vec<String>,
    /// The short pods by which this run asks kube-proxy, each about the pod that it asks.
    pub looks: Vec<Temporary>,
    /// Names this run on them.
    pub run: String,
    /// This run has written the value, or restarted kube-proxy.
    pub written: bool,
}
