//! Which Deployment, container and pods belong to metrics-server.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lab::Seen;
use lab_plan::{Path, Target};

use crate::facts::{Backend, PodSeen};

const NAME: &str = "metrics-server";

/// The Deployment behind a Service.
pub fn target(deployment: &Seen<Deployment>) -> Target {
    let metadata = &deployment.object.metadata;
    let (namespace, name) = (metadata.namespace.as_deref(), metadata.name.as_deref());
    Target::namespaced("apps/v1", "Deployment", namespace.unwrap_or_default(), name.unwrap_or_default())
}

impl Backend {
    pub fn selector(&self) -> BTreeMap<String, String> {
        let service = self.service.as_ref().and_then(|service| service.object.spec.as_ref());
        service.and_then(|spec| spec.selector.clone()).unwrap_or_default()
    }

    /// The Deployment whose pods the Service selects.
    pub fn selected(&self) -> Option<&Seen<Deployment>> {
        let selector = self.selector();
        if selector.is_empty() {
            return None;
        }
        self.deployments.iter().find(|deployment| {
            let labels =
                deployment.object.spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
            labels.is_some_and(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
        })
    }

    /// Deployments that look like metrics-server, whether the Service selects them or not.
    pub fn likely(&self) -> Vec<&Seen<Deployment>> {
        self.deployments.iter().filter(|deployment| container(&deployment.object, None).is_some()).collect()
    }

    pub fn target_port(&self) -> Option<IntOrString> {
        let spec = self.service.as_ref()?.object.spec.as_ref()?;
        let port = spec.ports.as_ref()?.iter().find(|port| port.port == self.port)?;
        Some(port.target_port.clone().unwrap_or(IntOrString::Int(port.port)))
    }

    /// The pods of the newest template; older ones say nothing about it, nor do evicted ones, which were replaced.
    pub fn current_pods<'b>(&'b self, deployment: &Deployment) -> Vec<&'b PodSeen> {
        let newest = self.newest_replica_set(deployment);
        let belongs = |seen: &&PodSeen| newest.is_none() || owner(&seen.pod) == newest;
        self.pods.iter().filter(belongs).filter(|seen| !is_over(&seen.pod)).collect()
    }

    /// Whether pods are about to go: being deleted, or of an older template while a newer one is rolled out.
    pub fn are_pods_leaving(&self, deployment: &Deployment) -> (bool, bool) {
        let current = self.current_pods(deployment);
        let deleted = self.pods.iter().any(|seen| seen.pod.metadata.deletion_timestamp.is_some());
        let older = self.pods.iter().any(|seen| !is_over(&seen.pod) && !current.contains(&seen));
        (deleted, older)
    }

    fn newest_replica_set(&self, deployment: &Deployment) -> Option<&str> {
        let uid = deployment.metadata.uid.as_deref()?;
        let owned = self
            .replica_sets
            .iter()
            .filter(|set| set.metadata.owner_references.iter().flatten().any(|owner| owner.uid == uid));
        let newest = owned.max_by_key(|set| {
            let revision = set.metadata.annotations.as_ref()?.get("deployment.kubernetes.io/revision")?;
            revision.parse::<u64>().ok()
        })?;
        newest.metadata.name.as_deref()
    }
}

/// Being deleted, or ended for good.
fn is_over(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    pod.metadata.deletion_timestamp.is_some() || matches!(phase, Some("Failed" | "Succeeded"))
}

fn owner(pod: &Pod) -> Option<&str> {
    pod.metadata
        .owner_references
        .iter()
        .flatten()
        .find(|owner| owner.kind == "ReplicaSet")
        .map(|owner| owner.name.as_str())
}

/// The container that is metrics-server: by its name, by its image, and never by its position. `port` is the name of
/// the port that the Service targets, for an image of another name.
pub fn container<'d>(deployment: &'d Deployment, port: Option<&IntOrString>) -> Option<&'d Container> {
    let containers = &deployment.spec.template.spec.as_ref()?.containers;
    let by_name = containers.iter().find(|container| container.name == NAME);
    let by_image = || containers.iter().find(|container| image_is_metrics_server(container));
    let by_command = || {
        containers.iter().find(|container| {
            let program = container.command.iter().flatten().chain(container.args.iter().flatten()).next();
            program.is_some_and(|program| program.rsplit('/').next() == Some(NAME) && carries(container, port))
        })
    };
    by_name.or_else(by_image).or_else(by_command)
}

/// `registry.k8s.io/metrics-server/metrics-server:v0.9.0` and `rancher/mirrored-metrics-server`, but not an add-on
/// that merely works for it, such as `addon-resizer`.
fn image_is_metrics_server(container: &Container) -> bool {
    let image = container.image.as_deref().unwrap_or_default();
    let repository = image.split('@').next().unwrap_or_default();
    let last = repository.rsplit('/').next().unwrap_or_default();
    let last = last.split(':').next().unwrap_or_default();
    last == NAME || last.ends_with("-metrics-server") || last.starts_with("metrics-server-")
}

fn carries(container: &Container, port: Option<&IntOrString>) -> bool {
    let Some(wanted) = port else { return true };
    container.ports.iter().flatten().any(|port| match wanted {
        IntOrString::Int(number) => port.container_port == *number,
        IntOrString::String(name) => port.name.as_ref() == Some(name),
    })
}

pub fn container_path(container: &Container) -> Path {
    let spec = Path::default().key("spec").key("template").key("spec");
    spec.key("containers").element("name", &container.name)
}

/// The tag of the image, as far as it says a version.
pub fn version(container: &Container) -> Option<&str> {
    let image = container.image.as_deref()?.split('@').next()?;
    image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}
