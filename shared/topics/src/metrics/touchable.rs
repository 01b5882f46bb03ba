//! The places that `metrics-fix` writes to, with the values it writes.

use lab_plan::{Change, Path, PathStep, Place};
use serde_json::Value;

pub fn touchable(change: &Change) -> bool {
    let kind = (change.target.api_version.as_str(), change.target.kind.as_str());
    match (kind, &change.place) {
        (("apps/v1", "Deployment"), Place::Member { list, .. }) => {
            is_flags(list) && values(change).all(is_our_argument)
        }
        (("apps/v1", "Deployment"), Place::At(path)) => match path.to_string().as_str() {
            "spec.replicas" => values(change).all(|value| value.as_u64().is_some_and(|replicas| replicas <= 1)),
            "spec.paused" => values(change).all(Value::is_boolean),
            _ => is_flags(path) && values(change).all(is_our_list),
        },
        (("v1", "Service"), Place::At(path)) => {
            path.to_string() == "spec.selector" && values(change).all(Value::is_object)
        }
        _ => false,
    }
}

fn values(change: &Change) -> impl Iterator<Item = &Value> {
    change.before.iter().chain(&change.after)
}

/// `spec.template.spec.containers[name=…].args`, or `command` where the flags stand there.
fn is_flags(path: &Path) -> bool {
    let keys = ["spec", "template", "spec", "containers"];
    let (Some(keys_of_path), Some([PathStep::Element { field, .. }, PathStep::Key(last)])) =
        (path.0.get(..4), path.0.get(4..))
    else {
        return false;
    };
    let matches = |(step, key): (&PathStep, &str)| matches!(step, PathStep::Key(found) if found == key);
    keys_of_path.iter().zip(keys).all(matches) && field == "name" && (last == "args" || last == "command")
}

/// Flags by which nobody can do more than make metrics-server's connection to kubelets less or more strict, or move its port.
fn is_our_argument(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let name = text.split('=').next().unwrap_or_default();
    let near = name.contains("insecure-t") && name.starts_with('-') && !text.contains(char::is_whitespace);
    near || name == "--secure-port" || (!text.is_empty() && text.chars().all(|c| c.is_ascii_digit()))
}

fn is_our_list(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.len() == 1 && list.iter().all(is_our_argument))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_plan::Target;
    use serde_json::json;

    fn deployment() -> (Target, Value) {
        let containers = json!([{ "name": "metrics-server", "args": ["--secure-port=4443"] }]);
        let object =
            json!({ "metadata": { "uid": "u" }, "spec": { "template": { "spec": { "containers": containers } } } });
        (Target::namespaced("apps/v1", "Deployment", "kube-system", "metrics-server"), object)
    }

    fn args() -> Path {
        "spec.template.spec.containers[name=metrics-server].args".parse().unwrap()
    }

    #[test]
    fn what_metrics_fix_does_may_be_taken_back() {
        let (target, object) = deployment();
        assert!(touchable(&Change::append(target.clone(), &object, args(), json!("--kubelet-insecure-tls"))));
        assert!(touchable(&Change::member(target.clone(), &object, args(), 0, Some(json!("--secure-port=10250")))));
        let replicas = "spec.replicas".parse().unwrap();
        assert!(touchable(&Change::set(target, &object, replicas, Some(json!(1))).inverse()));
    }

    #[test]
    fn nothing_else_may() {
        let (target, object) = deployment();
        for argument in ["--kubeconfig=/evil", "sh", "-c", "--insecure-tls; rm -rf /"] {
            assert!(!touchable(&Change::append(target.clone(), &object, args(), json!(argument))), "{argument}");
        }
        for path in
            ["spec.template.spec.serviceAccountName", "spec.template.spec.containers[name=metrics-server].image"]
        {
            assert!(
                !touchable(&Change::set(target.clone(), &object, path.parse().unwrap(), Some(json!("evil")))),
                "{path}"
            );
        }
        assert!(!touchable(&Change::set(target.clone(), &object, "spec.replicas".parse().unwrap(), Some(json!(500)))));
        let role = Target::cluster_wide("rbac.authorization.k8s.io/v1", "ClusterRole", "x");
        assert!(!touchable(&Change::set(role, &object, "rules".parse().unwrap(), Some(json!([])))));
    }
}
