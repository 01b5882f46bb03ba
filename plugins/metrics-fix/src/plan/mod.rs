//! From facts to a plan. Every rule is pure; the order of the questions is the order in which things depend on each
//! other: is there an API, what stands behind it, does that run, does it get its numbers.

mod install;
mod missing;
mod pods;
mod secure;
mod steps;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Container, Node, Pod};
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use lab::{Seen, Timestamp};
use lab_plan::{Announcement, Place, Plan, Refusal, Step, Then};

use crate::args::Args;
use crate::arguments::{in_shell, is_insecure, misspelt, node_selector, resolution};
use crate::deployment::{container, target};
use crate::facts::{Backend, Facts};
use crate::manager;
use crate::ports::{self, Ports};
use crate::selector::selects;

/// What is looked at once something stands behind the API.
pub struct Server<'f> {
    pub facts: &'f Facts,
    pub backend: &'f Backend,
    pub deployment: &'f Seen<Deployment>,
    pub container: &'f Container,
}

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    if is_proven(facts) {
        return Plan { notes: left_out(facts), ..Plan::done() };
    }
    let Some(api) = facts.apis.first() else { return install::plan(args, facts) };
    let Some(backend) = &facts.backend else { return Plan::refuse(missing::no_service_named(api)) };
    if backend.service.is_none() {
        return Plan::refuse(missing::service(api, backend));
    }
    let Some(deployment) = backend.selected() else { return missing::selected(args, api, backend) };
    let Some(container) = container(&deployment.object, backend.target_port().as_ref()) else {
        return Plan::refuse(missing::another_adapter(api, backend, deployment));
    };
    mend(args, &Server { facts, backend, deployment, container })
}

/// Metrics of every Ready node that metrics-server was not told to leave out, and of a pod, were read.
pub fn is_proven(facts: &Facts) -> bool {
    let Some(Ok(_)) = &facts.reading.nodes else { return false };
    let wanted = wanted_nodes(facts);
    let has_pods = facts.backend.as_ref().is_some_and(|backend| {
        let mut pods = backend.pods.iter();
        pods.any(|seen| !is_left_out(facts, &seen.pod))
    });
    let pod = facts.reading.pod.as_ref().map_or(!has_pods, |(_, usage)| usage.is_ok());
    !wanted.is_empty() && unread_nodes(facts).is_empty() && pod
}

pub fn ready_nodes(facts: &Facts) -> Vec<&str> {
    facts.nodes.iter().filter(|node| is_ready(node)).filter_map(|node| node.metadata.name.as_deref()).collect()
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// The Ready nodes without those that metrics-server was told to leave out.
fn wanted_nodes(facts: &Facts) -> Vec<&str> {
    let query = node_query(facts);
    let none = std::collections::BTreeMap::new();
    let is_selected = |node: &Node| {
        let labels = node.metadata.labels.as_ref().unwrap_or(&none);
        query.and_then(|query| selects(query, labels)).unwrap_or(true)
    };
    let wanted = facts.nodes.iter().filter(|node| is_ready(node) && is_selected(node));
    wanted.filter_map(|node| node.metadata.name.as_deref()).collect()
}

/// Whether a pod is on a node that metrics-server was told to leave out.
pub fn is_left_out(facts: &Facts, pod: &Pod) -> bool {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
    node.is_some_and(|node| left_out_nodes(facts).contains(&node))
}

fn node_query(facts: &Facts) -> Option<&str> {
    let backend = facts.backend.as_ref()?;
    node_selector(container(&backend.selected()?.object, backend.target_port().as_ref())?)
}

fn left_out_nodes(facts: &Facts) -> Vec<&str> {
    let wanted = wanted_nodes(facts);
    ready_nodes(facts).into_iter().filter(|name| !wanted.contains(name)).collect()
}

/// Said, because nobody would miss them otherwise.
fn left_out(facts: &Facts) -> Vec<String> {
    let names = left_out_nodes(facts);
    let note = |query| format!("metrics-server was told to leave out {}: --node-selector={query}", names.join(", "));
    node_query(facts).filter(|_| !names.is_empty()).map(note).into_iter().collect()
}

/// The Ready nodes of which there should be metrics, and are none.
pub fn unread_nodes(facts: &Facts) -> Vec<&str> {
    let read = facts.reading.nodes.as_ref().and_then(|nodes| nodes.as_ref().ok());
    let is_read = |name: &&str| read.into_iter().flatten().any(|usage| usage.name == *name);
    wanted_nodes(facts).into_iter().filter(|name| !is_read(name)).collect()
}

pub fn condition(api: &APIService) -> String {
    let conditions = api.status.as_ref().and_then(|status| status.conditions.as_ref());
    let available = conditions.into_iter().flatten().find(|condition| condition.type_ == "Available");
    match available {
        Some(condition) => format!(
            "{} ({})",
            condition.reason.as_deref().unwrap_or("no reason"),
            condition.message.as_deref().unwrap_or("no message")
        ),
        None => "no condition yet".into(),
    }
}

fn mend(args: &Args, server: &Server<'_>) -> Plan {
    let mut steps = steps::scale_up(server).into_iter().chain(steps::ports(server)).collect::<Vec<Step>>();
    if let Ports::ServiceWrong { listens, targeted } = server.ports() {
        return Plan::refuse(missing::wrong_service_port(server, listens, &targeted));
    }
    // A flag that the program does not know ends it before it can log anything else.
    if misspelt(server.container).is_some() {
        let step = if args.secure {
            steps::remove_misspelt(server)
        } else {
            steps::insecure(server, steps::misspelt_why(server))
        };
        steps.push(step);
    }
    let mut notes = Vec::new();
    if steps.is_empty() {
        let verdict = pods::judge(args, server);
        // What the pods say is about a template that a paused rollout may hold back.
        if verdict.steps.is_empty() && !server.is_paused() {
            return verdict;
        }
        steps = verdict.steps;
        notes = verdict.notes;
    }
    steps.extend(steps::resume(server));
    finish(args, server, steps, notes)
}

/// The steps with what belongs around them: who else manages the Deployment, and what may follow.
fn finish(args: &Args, server: &Server<'_>, steps: Vec<Step>, notes: Vec<String>) -> Plan {
    let edits = |step: &&Step| step.changes.iter().any(|change| matches!(change.place, Place::Member { .. }));
    if let Some(step) = steps.iter().find(edits).filter(|_| in_shell(server.container)) {
        return Plan::refuse(missing::shell(server, step));
    }
    let patches = steps.iter().flat_map(|step| &step.changes).any(|change| change.target == server.target());
    let metadata = &server.deployment.object.metadata;
    let values = steps::helm_values(&steps);
    let managed = manager::refusal(metadata, &server.target().to_string(), &values).filter(|_| patches);
    let follows = !args.secure && !is_insecure(server.container) && steps.iter().all(|step| step.id != steps::INSECURE);
    Plan {
        steps,
        refusals: managed.into_iter().collect::<Vec<Refusal>>(),
        notes,
        may_follow: if follows { vec![insecure_announcement()] } else { Vec::new() },
        then: Then::LookAgain {
            why: "look again until the metrics of every Ready node and of a pod can be read".into(),
        },
    }
}

pub fn insecure_announcement() -> Announcement {
    Announcement {
        id: steps::INSECURE.into(),
        title: "append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause".into(),
    }
}

impl Server<'_> {
    pub fn target(&self) -> lab_plan::Target {
        target(self.deployment)
    }

    pub fn ports(&self) -> Ports {
        ports::compare(self.container, self.backend.target_port().as_ref())
    }

    /// Seconds between two scrapes.
    pub fn resolution(&self) -> i64 {
        i64::try_from(resolution(self.container)).unwrap_or(0)
    }

    pub fn seconds_since(&self, then: Timestamp) -> i64 {
        self.facts.now.duration_since(then).as_secs()
    }

    pub fn is_paused(&self) -> bool {
        self.deployment.object.spec.paused == Some(true)
    }
}
