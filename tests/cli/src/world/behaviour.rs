//! What metrics-server does with its arguments, in this world.

use serde_json::Value;

use super::{Kubelets, Trouble, World, certificates};
use crate::api::Store;
use crate::objects::pod::State;
use crate::objects::{is_true, logs, node};

/// How a pod fares, and what it leaves behind for a person to find.
pub struct Behaviour {
    pub container: String,
    pub state: State,
    pub log: String,
    pub previous_log: String,
    /// The kubelet's or scheduler's warning: reason, message, component.
    pub warning: Option<(&'static str, String, &'static str)>,
}

/// The flags that it knows, as far as anybody uses them.
const FLAGS: &[&str] = &[
    "authentication-kubeconfig",
    "authorization-always-allow-paths",
    "authorization-kubeconfig",
    "bind-address",
    "cert-dir",
    "kubeconfig",
    "kubelet-certificate-authority",
    "kubelet-client-certificate",
    "kubelet-client-key",
    "kubelet-insecure-tls",
    "kubelet-port",
    "kubelet-preferred-address-types",
    "kubelet-request-timeout",
    "kubelet-use-node-status-port",
    "metric-resolution",
    "node-selector",
    "profiling",
    "requestheader-allowed-names",
    "requestheader-client-ca-file",
    "secure-port",
    "tls-cert-file",
    "tls-cipher-suites",
    "tls-min-version",
    "tls-private-key-file",
    "v",
    "vmodule",
];

/// How a pod with this specification and address fares. A program that is not metrics-server simply runs.
pub fn of(world: &World, store: &Store, spec: &Value, address: &str) -> Behaviour {
    let containers = spec["containers"].as_array().into_iter().flatten();
    let is_ours =
        |container: &&Value| container["image"].as_str().is_some_and(|image| image.contains("metrics-server"));
    let Some(container) = containers.clone().find(is_ours) else {
        let name = containers.clone().next().map(|first| first["name"].clone()).unwrap_or_default();
        return running(name.as_str().unwrap_or_default(), State::Ready, String::new());
    };
    let name = container["name"].as_str().unwrap_or_default();
    match &world.trouble {
        Trouble::NoImage { reason, message } => {
            let state = State::NoImage { reason: reason.clone(), message: message.clone() };
            let warning = Some(("Failed", format!("Failed to pull image: {message}"), "kubelet"));
            return Behaviour { warning, ..running(name, state, String::new()) };
        }
        Trouble::Unschedulable(message) => {
            let warning = Some(("FailedScheduling", message.clone(), "default-scheduler"));
            return Behaviour {
                warning,
                ..running(name, State::Unschedulable { message: message.clone() }, String::new())
            };
        }
        _ => {}
    }
    started(world, store, container, name, address)
}

fn running(container: &str, state: State, log: String) -> Behaviour {
    Behaviour { container: container.into(), state, log, previous_log: String::new(), warning: None }
}

fn started(world: &World, store: &Store, container: &Value, name: &str, address: &str) -> Behaviour {
    if let Some(flag) = unknown_flag(container) {
        let log = logs::unknown_flag(&flag);
        let warning = Some(("BackOff", format!("Back-off restarting failed container {name}"), "kubelet"));
        let state = State::Crashing { code: 2, restarts: 4 };
        return Behaviour { previous_log: log.clone(), warning, ..running(name, state, log) };
    }
    let listens = listens_on(container);
    let mut log = logs::started(listens);
    if world.trouble == Trouble::Silent {
        return running(name, State::Unready { restarts: 0 }, log);
    }
    let failures = failures(world, store, is_insecure(container));
    let all_fail = !failures.is_empty() && failures.len() == ready_nodes(store).len();
    failures.iter().for_each(|(node, error)| log.push_str(&logs::scrape_failed(node, error)));
    let probed = probed_port(container);
    if probed != Some(listens) {
        let port = probed.unwrap_or_default();
        let url = format!("https://{address}:{port}/readyz");
        let refused =
            format!("Readiness probe failed: Get \"{url}\": dial tcp {address}:{port}: connect: connection refused");
        let state = State::Unready { restarts: 3 };
        return Behaviour {
            previous_log: log.clone(),
            warning: Some(("Unhealthy", refused, "kubelet")),
            ..running(name, state, log)
        };
    }
    if all_fail {
        log.push_str(&logs::not_ready());
        let warning =
            Some(("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500".to_owned(), "kubelet"));
        return Behaviour { warning, ..running(name, State::Unready { restarts: 0 }, log) };
    }
    if world.trouble == Trouble::FrontProxy {
        log.push_str(&logs::front_proxy());
    }
    running(name, State::Ready, log)
}

/// The nodes that cannot be scraped, and why.
pub fn failures(world: &World, store: &Store, insecure: bool) -> Vec<(String, String)> {
    let nodes = ready_nodes(store);
    nodes.iter().filter_map(|node| Some((node::name(node), failure(world, store, node, insecure)?))).collect()
}

pub fn ready_nodes(store: &Store) -> Vec<Value> {
    store.all("nodes").into_iter().filter(|node| is_true(node, "Ready")).collect()
}

fn failure(world: &World, store: &Store, node: &Value, insecure: bool) -> Option<String> {
    let (name, address) = (node::name(node), node::address(node));
    let why = match &world.kubelets {
        Kubelets::Signed => return None,
        Kubelets::SelfSigned | Kubelets::UnknownAuthority | Kubelets::Expired | Kubelets::NotYetValid if insecure => {
            return None;
        }
        Kubelets::SelfSigned => logs::no_ip_san(&address),
        Kubelets::UnknownAuthority => logs::unknown_authority(),
        Kubelets::Expired => logs::expired(),
        Kubelets::NotYetValid => logs::not_yet_valid(),
        Kubelets::Bootstrap if certificates::serves(store, &name) => return None,
        Kubelets::Bootstrap => logs::no_certificate(),
        Kubelets::NoSuchHost => return Some(logs::kubelet_request(&name, &logs::no_such_host(&name))),
        Kubelets::Answer(status) => return Some(logs::kubelet_answered(status)),
        Kubelets::Fail(why) => why.clone(),
    };
    Some(logs::kubelet_request(&address, &why))
}

fn args(container: &Value) -> impl DoubleEndedIterator<Item = &str> {
    container["args"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The last value that a flag is given.
fn flag<'a>(container: &'a Value, name: &str) -> Option<&'a str> {
    args(container).rev().find_map(|arg| {
        let (flag, value) = arg.split_once('=').unwrap_or((arg, "true"));
        (flag.trim_start_matches('-') == name).then_some(value)
    })
}

fn unknown_flag(container: &Value) -> Option<String> {
    let flags = args(container).map(|arg| arg.split('=').next().unwrap_or(arg));
    flags
        .filter(|flag| flag.starts_with('-'))
        .find(|flag| !FLAGS.contains(&flag.trim_start_matches('-')))
        .map(str::to_owned)
}

fn is_insecure(container: &Value) -> bool {
    flag(container, "kubelet-insecure-tls") == Some("true")
}

/// The port that it opens.
pub fn listens_on(container: &Value) -> u16 {
    flag(container, "secure-port").and_then(|port| port.parse().ok()).unwrap_or(443)
}

fn probed_port(container: &Value) -> Option<u16> {
    named_port(container, &container["readinessProbe"]["httpGet"]["port"])
}

/// The number that a port's name or number stands for in a container.
pub fn named_port(container: &Value, port: &Value) -> Option<u16> {
    let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
    let ports = container["ports"].as_array().into_iter().flatten();
    number(port)
        .or_else(|| ports.clone().find(|one| one["name"] == *port).and_then(|one| number(&one["containerPort"])))
}
