//! Something on the way from the API group to metrics-server's container is missing or somebody else's.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use lab::Seen;
use lab_plan::{Change, Path, Plan, Refusal, Step, Target};
use serde_json::json;

use super::{Server, condition, insecure_announcement};
use crate::args::Args;
use crate::deployment::target;
use crate::facts::Backend;
use crate::manager;

fn name(api: &APIService) -> &str {
    api.metadata.name.as_deref().unwrap_or_default()
}

pub fn no_service_named(api: &APIService) -> Refusal {
    Refusal::cannot_mend(format!("APIService {} names no Service: {}", name(api), condition(api)))
}

pub fn service(api: &APIService, backend: &Backend) -> Refusal {
    let reason = format!(
        "APIService {} points to Service {}/{}, which does not exist; perhaps it is left over of an earlier installation",
        name(api),
        backend.namespace,
        backend.name
    );
    Refusal::cannot_mend(reason)
        .hint(format!("if so: kubectl delete apiservice {}, then kubectl lab metrics-fix --install", name(api)))
}

/// No Deployment's pods are selected. If there is a metrics-server beside, the Service is pointed to it.
pub fn selected(args: &Args, api: &APIService, backend: &Backend) -> Plan {
    let likely = backend.likely();
    match likely[..] {
        [deployment] if backend.slices.iter().all(|slice| slice.endpoints.iter().flatten().next().is_none()) => {
            let step = select(backend, deployment);
            let metadata = backend.service.as_ref().map(|service| &service.object.metadata);
            let what = format!("Service {}/{}", backend.namespace, backend.name);
            let managed = metadata.and_then(|metadata| manager::refusal(metadata, &what, ""));
            Plan {
                refusals: managed.into_iter().collect(),
                may_follow: if args.secure { Vec::new() } else { vec![insecure_announcement()] },
                ..Plan::step(step, "look again until the metrics of every Ready node and of a pod can be read")
            }
        }
        _ => Plan::refuse(unknown_pods(api, backend)),
    }
}

fn select(backend: &Backend, deployment: &Seen<Deployment>) -> Step {
    let labels = deployment.object.spec.selector.match_labels.clone().unwrap_or_default();
    // A selector of expressions alone would make the Service's empty.
    let template = deployment.object.spec.template.metadata.as_ref().and_then(|metadata| metadata.labels.clone());
    let labels = if labels.is_empty() { template.unwrap_or_default() } else { labels };
    let words = |labels: &std::collections::BTreeMap<String, String>| {
        let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if pairs.is_empty() { "nothing".to_owned() } else { pairs.join(",") }
    };
    let service = Target::namespaced("v1", "Service", &backend.namespace, &backend.name);
    let why = format!(
        "{service} selects {}, which no pod of {} carries: they carry {}",
        words(&backend.selector()),
        target(deployment),
        words(&labels)
    );
    let seen = backend.service.as_ref().map(|service| service.raw.clone()).unwrap_or_default();
    let title = format!("let {service} select {}", words(&labels));
    let change = Change::set(service, &seen, Path::default().key("spec").key("selector"), Some(json!(labels)));
    Step::new("select-pods", title, why, vec![change])
}

fn unknown_pods(api: &APIService, backend: &Backend) -> Refusal {
    let owners: Vec<String> = backend
        .pods
        .iter()
        .flat_map(|seen| seen.pod.metadata.owner_references.iter().flatten())
        .map(|owner| format!("{} {}", owner.kind, owner.name))
        .collect();
    let behind = owners.first().map_or_else(|| "no Deployment".to_owned(), Clone::clone);
    let reason = format!(
        "metrics.k8s.io is served by Service {}/{}, behind which stands {behind}: nothing that this command changes; APIService {} says {}",
        backend.namespace,
        backend.name,
        name(api),
        condition(api)
    );
    let line = format!("kubectl -n {} describe service {}", backend.namespace, backend.name);
    Refusal::cannot_mend(reason).hint(format!("see what it selects with: {line}"))
}

pub fn another_adapter(api: &APIService, backend: &Backend, deployment: &Seen<Deployment>) -> Refusal {
    let reason = format!(
        "metrics.k8s.io is served by {}, which is not metrics-server: nothing is patched; APIService {} says {}",
        target(deployment),
        name(api),
        condition(api)
    );
    let deployment = deployment.object.metadata.name.as_deref().unwrap_or_default();
    let line = format!("kubectl -n {} logs deployment/{deployment}", backend.namespace);
    Refusal::cannot_mend(reason).hint(format!("see what it says itself with: {line}"))
}

pub fn shell(server: &Server<'_>, step: &Step) -> Refusal {
    let (name, target) = (&server.container.name, server.target());
    Refusal::cannot_mend(format!(
        "container {name} of {target} is started by a shell line, which is not edited: {}",
        step.why
    ))
    .hint(format!(
        "edit the line yourself ({}): kubectl -n {} edit {}",
        step.title,
        server.backend.namespace,
        editable(&target)
    ))
}

fn editable(target: &Target) -> String {
    format!("{}/{}", target.kind.to_lowercase(), target.name)
}

pub fn wrong_service_port(server: &Server<'_>, listens: i32, targeted: &str) -> Refusal {
    let Backend { namespace, name, .. } = server.backend;
    let reason = format!(
        "Service {namespace}/{name} sends to port {targeted}, but container {} of {} listens on {listens}, and so do its probes",
        server.container.name,
        server.target()
    );
    let named = server.container.ports.iter().flatten().find(|port| port.container_port == listens);
    let right = named.and_then(|port| port.name.clone()).map_or_else(|| json!(listens), |name| json!(name));
    let ports = server.backend.service.as_ref().and_then(|service| service.object.spec.as_ref()?.ports.as_ref());
    let index = ports.and_then(|ports| ports.iter().position(|port| port.port == server.backend.port)).unwrap_or(0);
    let path = format!("/spec/ports/{index}/targetPort");
    let patch = json!([{ "op": "add", "path": path, "value": right }]);
    Refusal::cannot_mend(reason).hint(format!("kubectl -n {namespace} patch service {name} --type=json -p '{patch}'"))
}
