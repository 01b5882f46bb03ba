//! The steps on the Deployment.

use lab_plan::{Change, Path, Step};
use serde_json::json;

use super::Server;
use crate::arguments::{make_insecure, misspelt, set_secure_port, without_misspelt};
use crate::ports::Ports;

pub const INSECURE: &str = "append-insecure-tls";
const PORT: &str = "set-secure-port";

pub fn scale_up(server: &Server<'_>) -> Option<Step> {
    let target = server.target();
    if server.deployment.object.spec.replicas != Some(0) {
        return None;
    }
    let replicas = Path::default().key("spec").key("replicas");
    let change = Change::set(target.clone(), &server.deployment.raw, replicas, Some(json!(1)));
    let why = format!("{target} is scaled to zero, so nobody collects metrics");
    Some(Step::new("scale-up", format!("scale {target} to 1 replica"), why, vec![change]))
}

pub fn resume(server: &Server<'_>) -> Option<Step> {
    let target = server.target();
    if !server.is_paused() {
        return None;
    }
    let paused = Path::default().key("spec").key("paused");
    let change = Change::set(target.clone(), &server.deployment.raw, paused, None);
    let why = format!("the rollout of {target} is paused, so changes of its template do not reach its pods");
    Some(Step::new("resume-rollout", format!("resume the rollout of {target}"), why, vec![change]))
}

pub fn ports(server: &Server<'_>) -> Option<Step> {
    let Ports::ArgumentsWrong { listens, expected, probed } = server.ports() else { return None };
    let (target, name) = (server.target(), &server.container.name);
    let probes = probed.map(|port| format!(", its probes ask {port}")).unwrap_or_default();
    let why = format!(
        "container {name} listens on --secure-port={listens}, but the Service sends to {expected}{probes}: connection refused"
    );
    let title = format!("set --secure-port={expected} in container {name} of {target}, keep all other arguments");
    let changes = set_secure_port(&target, &server.deployment.raw, server.container, expected);
    Some(Step::new(PORT, title, why, changes))
}

pub fn insecure(server: &Server<'_>, why: String) -> Step {
    let (target, name) = (server.target(), &server.container.name);
    let changes = make_insecure(&target, &server.deployment.raw, server.container);
    let replaced: Vec<&str> = changes.iter().filter_map(|change| change.before.as_ref()?.as_str()).collect();
    let what = match replaced[..] {
        [] => "append --kubelet-insecure-tls".to_owned(),
        _ => format!("leave one --kubelet-insecure-tls in place of {}", replaced.join(", ")),
    };
    let title = format!("{what} in container {name} of {target}, keep all other arguments");
    Step::new(INSECURE, title, why, changes)
}

pub fn remove_misspelt(server: &Server<'_>) -> Step {
    let (target, name, wrong) = (server.target(), &server.container.name, misspelt(server.container));
    let title = format!("take {} out of container {name} of {target}", wrong.unwrap_or_default());
    let changes = without_misspelt(&target, &server.deployment.raw, server.container);
    Step::new("remove-misspelt-flag", title, misspelt_why(server), changes)
}

pub fn misspelt_why(server: &Server<'_>) -> String {
    let wrong = misspelt(server.container).unwrap_or_default();
    format!("container {} does not know the flag {wrong} and ends at once", server.container.name)
}

/// What the same steps are in the values of metrics-server's Helm chart; empty where the chart as it is does them.
pub fn helm_values(steps: &[Step]) -> String {
    let value = |step: &Step| match step.id.as_str() {
        INSECURE => "args={--kubelet-insecure-tls}".to_owned(),
        PORT => "containerPort=10250".to_owned(),
        "scale-up" => "replicas=1".to_owned(),
        _ => String::new(),
    };
    let values: Vec<String> = steps.iter().map(value).filter(|value| !value.is_empty()).collect();
    values.join(",")
}
