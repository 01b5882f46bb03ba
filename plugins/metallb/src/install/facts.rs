//! What `gather` has seen, as plain values.

use k8s_openapi::api::core::v1::{Node, Service};
use lab::temporary::Temporary;
use lab_plan::Target;
use lab_topics::kube_proxy::KubeProxy;
use serde_json::Value;

use super::proof::Proof;
use crate::addresses::surroundings::Surroundings;
use crate::present::Present;
use crate::release::Release;

#[derive(Clone, Debug)]
pub struct Facts {
    /// Names this run on what it creates.
    pub run: String,
    pub nodes: Vec<Node>,
    /// Those of type LoadBalancer.
    pub services: Vec<Service>,
    /// The names of all DaemonSets in kube-system; other load balancers show there.
    pub daemon_sets: Vec<String>,
    pub present: Present,
    /// While MetalLB or its pool is still to come; its pods only where ipvs mode is configured.
    pub kube_proxy: Option<KubeProxy>,
    pub around: Surroundings,
    /// The manifest, where it is needed, each object with how it is in the cluster.
    pub manifest: Option<Manifest>,
    /// The Jobs of this run.
    pub looks: Vec<Temporary>,
    /// Where --prove asks for one: how far it is.
    pub proof: Option<Proof>,
}

#[derive(Clone, Debug)]
pub struct Manifest {
    pub release: Release,
    pub objects: Vec<Planned>,
    /// What bears our inventory's label, and is not in the manifest.
    pub left_over: Vec<LeftOver>,
}

impl Manifest {
    /// After all of it was applied: there is nothing more to compare.
    pub fn applied(self) -> Manifest {
        Manifest { objects: Vec::new(), left_over: Vec::new(), ..self }
    }
}

/// One object of the manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    pub target: Target,
    pub object: Value,
    pub live: Option<Value>,
}

/// One object that an earlier version brought.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOver {
    pub target: Target,
    pub live: Value,
    /// Objects of the kind, if it is one, that somebody has made: they would go with it.
    pub holds: Vec<String>,
}

/// Both workloads are there and of one version: they come last in an installation, so nothing is missing before them.
pub fn is_whole(present: &Present) -> bool {
    present.kinds && present.version().is_some() && present.version() == present.speaker_version()
}
