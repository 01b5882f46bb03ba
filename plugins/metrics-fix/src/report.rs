//! What the user gets to see at the end.

use lab::quantity::{cpu, memory};
use lab::{Report, Table};
use lab_plan::{Plan, Then};
use serde::Serialize;

use crate::deployment::{container, target, version};
use crate::facts::{Facts, GROUP};
use crate::plan::{is_proven, ready_nodes};
use crate::requests::pending;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricsFixReport {
    /// In one line: that metrics work and who serves them, or why they do not.
    verdict: String,
    working: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    served_by: Option<ServedBy>,
    nodes: Vec<NodeMetrics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pod: Option<PodMetrics>,
    /// Requests for kubelet serving certificates that nobody has decided on; looked for only where metrics do not work.
    pending_requests: Vec<RequestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<ReleaseReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServedBy {
    group_version: String,
    service: String,
    /// Whether it is metrics-server, and not another adapter that serves the same group.
    metrics_server: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    workload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

#[derive(Debug, Serialize)]
struct NodeMetrics {
    name: String,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<String>,
}

#[derive(Debug, Serialize)]
struct PodMetrics {
    name: String,
    cpu: String,
    memory: String,
}

#[derive(Debug, Serialize)]
struct RequestReport {
    name: String,
    node: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    objection: Option<String>,
}

#[derive(Debug, Serialize)]
struct ReleaseReport {
    name: String,
    url: String,
    sha256: String,
}

pub fn report(facts: &Facts, plan: &Plan) -> MetricsFixReport {
    let working = is_proven(facts);
    let served_by = served_by(facts);
    let nodes = nodes(facts);
    let pod = facts.reading.pod.as_ref().and_then(|(name, usage)| {
        let usage = usage.as_ref().ok()?;
        Some(PodMetrics { name: name.clone(), cpu: usage.cpu.clone(), memory: usage.memory.clone() })
    });
    let requests = pending(facts.requests.as_deref().unwrap_or_default(), &facts.nodes).into_iter();
    MetricsFixReport {
        verdict: if working { success(&nodes, pod.as_ref(), served_by.as_ref()) } else { why_not(plan) },
        working,
        served_by,
        nodes,
        pod,
        pending_requests: requests
            .map(|one| RequestReport { name: one.name.to_owned(), node: one.node, objection: one.objection })
            .collect(),
        release: facts.release.as_ref().map(|release| ReleaseReport {
            name: release.name.clone(),
            url: release.url.clone(),
            sha256: release.sha256.clone(),
        }),
    }
}

fn served_by(facts: &Facts) -> Option<ServedBy> {
    let version_of_api = facts.apis.first()?.spec.as_ref()?.version.as_deref()?;
    let backend = facts.backend.as_ref()?;
    let deployment = backend.selected();
    let container = deployment.and_then(|deployment| container(&deployment.object, backend.target_port().as_ref()));
    Some(ServedBy {
        group_version: format!("{GROUP}/{version_of_api}"),
        service: format!("{}/{}", backend.namespace, backend.name),
        metrics_server: container.is_some(),
        workload: deployment.map(|deployment| target(deployment).to_string()),
        version: container.and_then(version).map(str::to_owned),
    })
}

fn nodes(facts: &Facts) -> Vec<NodeMetrics> {
    let ready = ready_nodes(facts);
    let usages = facts.reading.nodes.as_ref().and_then(|nodes| nodes.as_ref().ok());
    let names = facts.nodes.iter().filter_map(|node| node.metadata.name.clone());
    names
        .map(|name| {
            let usage = usages.into_iter().flatten().find(|usage| usage.name == name);
            NodeMetrics {
                ready: ready.contains(&name.as_str()),
                cpu: usage.map(|usage| usage.cpu.clone()),
                memory: usage.map(|usage| usage.memory.clone()),
                name,
            }
        })
        .collect()
}

fn success(nodes: &[NodeMetrics], pod: Option<&PodMetrics>, served_by: Option<&ServedBy>) -> String {
    let (ready, read) =
        (nodes.iter().filter(|node| node.ready).count(), nodes.iter().filter(|node| node.cpu.is_some()).count());
    let pod = pod.map_or_else(|| "no pod could be asked about".to_owned(), |pod| format!("of pod {}", pod.name));
    let by = served_by.map_or_else(String::new, |by| {
        let version = match (&by.version, by.metrics_server) {
            (Some(version), true) => format!(" {version}"),
            (_, true) => String::new(),
            (_, false) => " (not metrics-server)".to_owned(),
        };
        let workload = by.workload.as_deref().unwrap_or(&by.service);
        format!("; {} is served by {workload}{version}", by.group_version)
    });
    format!("metrics work: read of {read} nodes ({ready} are Ready) and {pod}{by}")
}

fn why_not(plan: &Plan) -> String {
    let refusal = plan.refusals.first().map(|refusal| refusal.reason.clone());
    let step = plan.steps.first().map(|step| step.why.clone());
    let wait = match &plan.then {
        Then::LookAgain { why } | Then::TakeBack { why } => why.clone(),
        Then::Done | Then::Ask(_) => "metrics do not work".to_owned(),
    };
    step.or(refusal).unwrap_or(wait)
}

impl Report for MetricsFixReport {
    const KIND: &'static str = "MetricsFixReport";

    fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.verdict);
        if !self.working {
            return text;
        }
        let shown = |value: &Option<String>, unit: fn(&str) -> String| {
            value.as_deref().map_or_else(|| "<unknown>".to_owned(), unit)
        };
        let mut table = Table::new(["NODE", "READY", "CPU", "MEMORY"]);
        for node in &self.nodes {
            let ready = if node.ready { "True" } else { "False" };
            table.row([node.name.clone(), ready.to_owned(), shown(&node.cpu, cpu), shown(&node.memory, memory)]);
        }
        text.push_str(&table.to_string());
        if wide && let Some(pod) = &self.pod {
            let mut table = Table::new(["POD", "CPU", "MEMORY"]);
            table.row([pod.name.clone(), cpu(&pod.cpu), memory(&pod.memory)]);
            text.push('\n');
            text.push_str(&table.to_string());
        }
        text
    }
}
