//! What `gather` has seen, as plain values.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Node};
use lab::temporary::Temporary;
use lab::{Seen, Timestamp};

use crate::mode::Mode;

pub const NAMESPACE: &str = "kube-system";
pub const PROXY: &str = "kube-proxy";

/// Where a configuration may be: ConfigMap and key, the usual place first. EKS has its own.
pub const PLACES: [(&str, &str); 2] = [("kube-proxy", "config.conf"), ("kube-proxy-config", "config")];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub nodes: Vec<Node>,
    /// The ConfigMap in which the configuration was found, or where it would be expected.
    pub config_map: Option<Seen<ConfigMap>>,
    pub key: &'static str,
    /// The one called kube-proxy.
    pub daemon_set: Option<Seen<DaemonSet>>,
    /// The names of all in kube-system; they tell what does kube-proxy's work where there is none.
    pub daemon_sets: Vec<String>,
    pub proxies: Vec<Proxy>,
    /// The short pods by which this run asks kube-proxy, each about the pod that it asks.
    pub looks: Vec<Temporary>,
    /// Names this run on them.
    pub run: String,
    /// This run has written the value, or restarted kube-proxy.
    pub written: bool,
}

/// A kube-proxy pod that is not on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    pub pod: String,
    pub node: String,
    pub created: Option<Timestamp>,
    /// The mode it runs in, by its own word; or why that is not known.
    pub mode: Result<Mode, String>,
    /// The strictARP that it really uses, by its /configz; or why that is not known.
    pub uses: Result<bool, String>,
}
