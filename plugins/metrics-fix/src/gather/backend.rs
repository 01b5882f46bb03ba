//! What stands behind the APIService: Service, EndpointSlices, pods, and the Deployment they come from.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use lab::{Log, Reader, Result, Selection};

use crate::deployment::container;
use crate::facts::{Backend, Facts, PodSeen};
use crate::plan::ready_nodes;

const HTTPS: i32 = 443;

pub async fn gather(reader: &Reader<'_>, api: Option<&APIService>) -> Result<Option<Backend>> {
    let Some(reference) = api.and_then(|api| api.spec.as_ref()?.service.as_ref()) else { return Ok(None) };
    let (Some(namespace), Some(name)) = (reference.namespace.as_deref(), reference.name.as_deref()) else {
        return Ok(None);
    };
    let here = Selection::in_namespace(namespace);
    let mut backend = Backend {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        port: reference.port.unwrap_or(HTTPS),
        service: reader.get::<Service>(Some(namespace), name).await?,
        slices: Vec::new(),
        pods: Vec::new(),
        deployments: reader.list::<Deployment>(here).await?,
        replica_sets: Vec::new(),
    };
    if backend.service.is_some() {
        let of_service = format!("kubernetes.io/service-name={name}");
        let slices = reader.list::<EndpointSlice>(here.labels(&of_service)).await?;
        backend.slices = slices.into_iter().map(|seen| seen.object).collect();
    }
    let selector = labels_of(&backend);
    if !selector.is_empty() {
        let pods = reader.list::<Pod>(here.labels(&selector)).await?;
        backend.pods = pods.into_iter().map(|seen| PodSeen { pod: seen.object, log: None, previous: None }).collect();
        let sets = reader.list::<ReplicaSet>(here.labels(&selector)).await?;
        backend.replica_sets = sets.into_iter().map(|seen| seen.object).collect();
    }
    Ok(Some(backend))
}

/// The Service's selector; where it selects no Deployment, that of the one that looks like metrics-server.
fn labels_of(backend: &Backend) -> String {
    let mut labels = backend.selector();
    if backend.selected().is_none()
        && let [only] = backend.likely()[..]
    {
        labels = only.object.spec.selector.match_labels.clone().unwrap_or_default();
    }
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// The logs of the pods that could tell why, of the newest template; a few say as much as many.
pub async fn read_logs(reader: &Reader<'_>, facts: &mut Facts) -> Result<()> {
    const ENOUGH: usize = 3;
    let ready: Vec<String> = ready_nodes(facts).into_iter().map(str::to_owned).collect();
    let Some(backend) = &mut facts.backend else { return Ok(()) };
    let Some(deployment) = backend.selected() else { return Ok(()) };
    let Some(name) = container(&deployment.object, backend.target_port().as_ref()).map(|found| found.name.clone())
    else {
        return Ok(());
    };
    let current: Vec<Option<String>> =
        backend.current_pods(&deployment.object).iter().map(|seen| seen.pod.metadata.name.clone()).collect();
    let namespace = backend.namespace.clone();
    for seen in backend.pods.iter_mut().filter(|seen| current.contains(&seen.pod.metadata.name)).take(ENOUGH) {
        let Some(status) = seen.pod.status.as_ref() else { continue };
        let container = status.container_statuses.iter().flatten().find(|status| status.name == name);
        let Some(container) = container else { continue };
        // A kubelet that is gone would only keep us waiting for its answer.
        let node = seen.pod.spec.as_ref().and_then(|spec| spec.node_name.as_ref());
        if !node.is_some_and(|node| ready.contains(node)) {
            seen.log = Some(Log::Unreadable("its node is not Ready".into()));
            continue;
        }
        let pod = seen.pod.metadata.name.clone().unwrap_or_default();
        let runs = container.state.as_ref().is_some_and(|state| state.running.is_some());
        if runs {
            seen.log = Some(reader.lines(&namespace, &pod, &name, false).await?);
        }
        if container.restart_count > 0 {
            seen.previous = Some(reader.lines(&namespace, &pod, &name, true).await?);
        }
    }
    Ok(())
}
