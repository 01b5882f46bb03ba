//! What Kubernetes itself, or what is installed in it for all namespaces, puts into every namespace.

use lab_plan::{Item, Target};

use super::Inventory;
use crate::metallb::is_written_by_metallb;

/// Copies of certificates of authorities: of the cluster, of OpenShift's services, of Istio.
const AUTHORITIES: [&str; 3] = ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];

/// Whether objects of this resource, named as kubectl takes it, only tell how things are: nobody has made them, and nobody misses
/// them.
pub fn is_nobodys(resource: &str) -> bool {
    matches!(resource, "events" | "events.events.k8s.io") || is_written_by_metallb(resource)
}

pub(super) fn is_usual(item: &Item, ours: &Inventory) -> bool {
    let name = item.target.name.as_str();
    match (group(&item.target), item.target.kind.as_str()) {
        ("", "ServiceAccount") => name == "default",
        ("", "ConfigMap") => AUTHORITIES.contains(&name) || is_journal(item),
        ("", "Secret") => item.token_of.as_deref() == Some("default") && name.starts_with("default-token-"),
        ("", "Endpoints") => ours.has("Service", name, item),
        ("discovery.k8s.io", "EndpointSlice") => {
            item.labels.get("kubernetes.io/service-name").is_some_and(|service| ours.has("Service", service, item))
        }
        ("coordination.k8s.io", "Lease") => item.holder.as_deref().is_some_and(|holder| ours.runs(holder, item)),
        _ => false,
    }
}

/// A journal that is kept here speaks of objects in this namespace alone, which go with it.
fn is_journal(item: &Item) -> bool {
    let label = |key: &str| item.labels.get(key).map(String::as_str);
    label("app.kubernetes.io/managed-by") == Some("kubectl-lab") && label("kubectl-lab/state").is_some()
}

impl Inventory {
    /// Whether we have made an object of this kind and name beside the item.
    fn has(&self, kind: &str, name: &str, beside: &Item) -> bool {
        self.beside(beside).any(|target| target.kind == kind && target.name == name)
    }

    /// Whether a pod of a workload of ours, which begins with the workload's name, holds a lock under its own name.
    fn runs(&self, holder: &str, beside: &Item) -> bool {
        let workloads = self.beside(beside).filter(|target| {
            matches!(target.kind.as_str(), "Deployment" | "DaemonSet" | "StatefulSet" | "Job" | "Pod")
        });
        workloads.into_iter().any(|target| {
            holder
                .strip_prefix(target.name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        })
    }

    fn beside(&self, item: &Item) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.namespace == item.target.namespace)
    }
}

fn group(target: &Target) -> &str {
    target.api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(api_version: &str, kind: &str, name: &str) -> Item {
        Item { target: Target::namespaced(api_version, kind, "monitoring", name), ..Item::default() }
    }

    fn ours() -> Inventory {
        let mut ours = Inventory::default();
        ours.add(&Target::namespaced("v1", "Service", "monitoring", "server"), None);
        ours.add(&Target::namespaced("apps/v1", "Deployment", "monitoring", "server"), None);
        ours.add(&Target::namespaced("v1", "Service", "elsewhere", "theirs"), None);
        ours
    }

    #[test]
    fn what_every_namespace_has_is_usual() {
        for (api_version, kind, name) in [
            ("v1", "ServiceAccount", "default"),
            ("v1", "ConfigMap", "kube-root-ca.crt"),
            ("v1", "Endpoints", "server"),
        ] {
            assert!(is_usual(&item(api_version, kind, name), &ours()), "{kind} {name}");
        }
        for (api_version, kind, name) in [
            ("v1", "ServiceAccount", "builder"),
            ("v1", "ConfigMap", "notes"),
            ("v1", "Secret", "default-token-x"),
            ("v1", "Endpoints", "theirs"),
            ("v1", "PersistentVolumeClaim", "default"),
            ("example.com/v1", "ServiceAccount", "default"),
        ] {
            assert!(!is_usual(&item(api_version, kind, name), &ours()), "{kind} {name}");
        }
    }

    #[test]
    fn what_tells_how_things_are_is_nobodys() {
        for resource in ["events", "events.events.k8s.io", "servicel2statuses.metallb.io"] {
            assert!(is_nobodys(resource), "{resource}");
        }
        for resource in ["configmaps", "events.example.com", "ipaddresspools.metallb.io"] {
            assert!(!is_nobodys(resource), "{resource}");
        }
    }

    #[test]
    fn the_token_of_the_default_account_is_usual() {
        let token = |name: &str, of: &str| Item { token_of: Some(of.into()), ..item("v1", "Secret", name) };
        assert!(is_usual(&token("default-token-x", "default"), &ours()));
        assert!(!is_usual(&token("made-by-hand", "default"), &ours()));
        assert!(!is_usual(&token("default-token-x", "robot"), &ours()));
    }

    #[test]
    fn slices_are_told_by_the_service_that_they_are_of() {
        let slice = |of: &str| Item {
            labels: [("kubernetes.io/service-name".to_owned(), of.to_owned())].into(),
            ..item("discovery.k8s.io/v1", "EndpointSlice", "x")
        };
        assert!(is_usual(&slice("server"), &ours()));
        assert!(!is_usual(&slice("theirs"), &ours()));
    }

    #[test]
    fn a_lock_is_told_by_the_pod_that_holds_it() {
        let lock =
            |holder: &str| Item { holder: Some(holder.into()), ..item("coordination.k8s.io/v1", "Lease", "leader") };
        assert!(is_usual(&lock("server-7d9-x_1b2c"), &ours()));
        assert!(!is_usual(&lock("serverless-7d9-x"), &ours()));
        assert!(!is_usual(&lock("theirs-7d9-x"), &ours()));
        assert!(!is_usual(&item("coordination.k8s.io/v1", "Lease", "leader"), &ours()));
    }

    #[test]
    fn a_journal_goes_with_what_it_speaks_of() {
        let labels = |managed: &str| {
            [("app.kubernetes.io/managed-by", managed), ("kubectl-lab/state", "closed")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
        };
        let journal =
            |managed: &str| Item { labels: labels(managed).into(), ..item("v1", "ConfigMap", "kubectl-lab-x") };
        assert!(is_usual(&journal("kubectl-lab"), &ours()));
        assert!(!is_usual(&journal("helm"), &ours()));
    }
}
