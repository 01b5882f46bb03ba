//! Whose traffic is meant, as it is typed.

use std::str::FromStr;

use lab::flags::object_name;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub kind: Kind,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Service,
    Deployment,
    StatefulSet,
    DaemonSet,
    Pod,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        let (kind, name) = text.split_once('/').unwrap_or(("svc", text));
        let kind = match kind.strip_suffix(".apps").unwrap_or(kind) {
            "svc" | "service" | "services" => Kind::Service,
            "deploy" | "deployment" | "deployments" => Kind::Deployment,
            "sts" | "statefulset" | "statefulsets" => Kind::StatefulSet,
            "ds" | "daemonset" | "daemonsets" => Kind::DaemonSet,
            "po" | "pod" | "pods" => Kind::Pod,
            _ => {
                let kinds = "svc/NAME, deploy/NAME, sts/NAME, ds/NAME or pod/NAME";
                return Err(format!("{kind:?} has no traffic that can be shown; it is {kinds}"));
            }
        };
        Ok(Target { kind, name: object_name(name)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_named_as_in_kubectl() {
        for (text, kind) in [
            ("demo-app", Kind::Service),
            ("services/demo-app", Kind::Service),
            ("deployment.apps/demo-app", Kind::Deployment),
            ("sts/demo-app", Kind::StatefulSet),
            ("ds/demo-app", Kind::DaemonSet),
            ("pod/demo-app", Kind::Pod),
        ] {
            assert_eq!(text.parse(), Ok(Target { kind, name: "demo-app".into() }), "{text}");
        }
        for odd in ["", "svc/", "node/lab-1", "http://demo-app", "Web"] {
            assert!(odd.parse::<Target>().is_err(), "{odd}");
        }
    }
}
