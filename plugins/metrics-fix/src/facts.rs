//! What `gather` has seen, as plain values.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use lab::{Log, Seen, Timestamp};
use lab_plan::Target;
use serde_json::Value;

pub const GROUP: &str = "metrics.k8s.io";
pub const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";

#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub now: Timestamp,
    /// Whether this run has changed something already.
    pub has_written: bool,
    /// Those of the group metrics.k8s.io, the one that clients use first in front.
    pub apis: Vec<APIService>,
    /// What the first of them points to.
    pub backend: Option<Backend>,
    pub nodes: Vec<Node>,
    pub reading: Reading,
    /// Requests for kubelet serving certificates; asked for only where metrics do not work. `None` where the user may
    /// not see them.
    pub requests: Option<Vec<Seen<CertificateSigningRequest>>>,
    /// What `--install` would install.
    pub release: Option<Release>,
}

/// What stands behind an APIService.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    pub namespace: String,
    pub name: String,
    pub port: i32,
    pub service: Option<Seen<Service>>,
    pub slices: Vec<EndpointSlice>,
    pub pods: Vec<PodSeen>,
    /// All of the namespace: with no pod to start from, the right one is found by its template.
    pub deployments: Vec<Seen<Deployment>>,
    pub replica_sets: Vec<ReplicaSet>,
}

/// A pod, and what its container has written; logs are read only where metrics do not work.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSeen {
    pub pod: Pod,
    pub log: Option<Log>,
    /// Of the container's life before, if it has been restarted.
    pub previous: Option<Log>,
}

/// What the metrics API itself answers; nothing else proves that it works.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub nodes: Option<Result<Vec<Usage>, String>>,
    /// The pod that was asked about, as namespace/name.
    pub pod: Option<(String, Result<Usage, String>)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Usage {
    pub name: String,
    pub cpu: String,
    pub memory: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// A version, or where a manifest came from.
    pub name: String,
    pub url: String,
    pub sha256: String,
    pub objects: Vec<Planned>,
    /// Worth telling about the choice.
    pub note: Option<String>,
}

/// An object of a manifest, and what the cluster has under its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub target: Target,
    pub object: Value,
    pub live: Option<Value>,
}
