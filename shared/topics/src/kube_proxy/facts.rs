//! What is seen of kube-proxy, as plain values.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::ConfigMap;
use lab::{Seen, Timestamp};
use lab_plan::Target;

use super::mode::Mode;

pub const NAMESPACE: &str = "kube-system";
pub const NAME: &str = "kube-proxy";

/// So many kube-proxies are asked, in the order of their nodes; asking more would take longer than the answer is worth.
pub const MOST_ASKED: usize = 50;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct KubeProxy {
    /// The ConfigMap in which the configuration was found, or where it would be expected.
    pub config_map: Option<Seen<ConfigMap>>,
    pub key: &'static str,
    /// The one called kube-proxy.
    pub daemon_set: Option<Seen<DaemonSet>>,
    pub proxies: Vec<Proxy>,
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

pub fn daemon_set() -> Target {
    Target::namespaced("apps/v1", "DaemonSet", NAMESPACE, NAME)
}
