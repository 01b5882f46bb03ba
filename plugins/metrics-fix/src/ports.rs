//! Three ports have to agree: the one the program listens on, the one the Service targets, and the one that is probed.

use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::arguments::secure_port;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    Agree,
    /// The program listens elsewhere than the container declares and the Service expects.
    ArgumentsWrong {
        listens: i32,
        expected: i32,
        probed: Option<i32>,
    },
    /// The container agrees with itself; the Service points past it.
    ServiceWrong {
        listens: i32,
        targeted: String,
    },
}

pub fn compare(container: &Container, target: Option<&IntOrString>) -> Ports {
    let Some(listens) = secure_port(container) else { return Ports::Agree };
    let probed = container
        .readiness_probe
        .as_ref()
        .or(container.liveness_probe.as_ref())
        .and_then(|probe| probed(container, probe));
    let declared = |port: i32| container.ports.iter().flatten().any(|declared| declared.container_port == port);
    let Some(target) = target else { return Ports::Agree };
    let Some(expected) = number(container, target) else {
        // The Service names a port that the container does not have.
        return Ports::ServiceWrong { listens, targeted: words(target) };
    };
    if expected == listens {
        return Ports::Agree;
    }
    // Whom the probes and the declaration side with is right: of three the odd one out is mended.
    let sides_with_program = probed == Some(listens) || (probed.is_none() && declared(listens));
    if sides_with_program {
        Ports::ServiceWrong { listens, targeted: words(target) }
    } else {
        Ports::ArgumentsWrong { listens, expected, probed }
    }
}

fn probed(container: &Container, probe: &Probe) -> Option<i32> {
    number(container, &probe.http_get.as_ref()?.port)
}

fn number(container: &Container, port: &IntOrString) -> Option<i32> {
    match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let named = container.ports.iter().flatten().find(|port| port.name.as_ref() == Some(name));
            named.map(|port| port.container_port)
        }
    }
}

fn words(port: &IntOrString) -> String {
    match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => format!("{name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn container(secure_port: i32, declared: i32) -> Container {
        serde_json::from_value(json!({
            "name": "metrics-server", "args": [format!("--secure-port={secure_port}")],
            "ports": [{ "name": "https", "containerPort": declared }],
            "readinessProbe": { "httpGet": { "port": "https", "path": "/readyz" } },
        }))
        .unwrap()
    }

    fn named(name: &str) -> IntOrString {
        IntOrString::String(name.into())
    }

    #[test]
    fn the_upstream_layouts_agree() {
        assert_eq!(compare(&container(10250, 10250), Some(&named("https"))), Ports::Agree);
        assert_eq!(compare(&container(4443, 4443), Some(&named("https"))), Ports::Agree);
        assert_eq!(compare(&container(10250, 10250), Some(&IntOrString::Int(10250))), Ports::Agree);
    }

    #[test]
    fn the_lectures_old_list_is_the_odd_one_out() {
        let wrong = Ports::ArgumentsWrong { listens: 4443, expected: 10250, probed: Some(10250) };
        assert_eq!(compare(&container(4443, 10250), Some(&named("https"))), wrong);
        assert_eq!(compare(&container(4443, 10250), Some(&IntOrString::Int(10250))), wrong);
    }

    #[test]
    fn a_service_that_points_past_the_container_is_wrong_itself() {
        let wrong = |targeted: &str| Ports::ServiceWrong { listens: 10250, targeted: targeted.into() };
        assert_eq!(compare(&container(10250, 10250), Some(&IntOrString::Int(4443))), wrong("4443"));
        assert_eq!(compare(&container(10250, 10250), Some(&named("web"))), wrong("\"web\""));
    }
}
