//! Who manages an object beside whoever types: what is changed by hand under such a manager, its next run undoes. By the marks that each of
//! them leaves on what is its own.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Prefix of what k0s marks as its own.
pub(crate) const K0S: &str = "k0s.k0sproject.io/";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manager {
    ArgoCd,
    Flux,
    Helm {
        /// `None` where it is not told, or is no name that Helm would take: lines for a shell are made with it.
        release: Option<String>,
        namespace: Option<String>,
    },
    /// Of the distribution: kube-addon-manager, k3s' deploy controller, k0s.
    Addon,
}

impl Manager {
    /// `None` where nobody is known to manage it. What Argo CD or Flux bring by Helm is theirs.
    pub fn of(metadata: &ObjectMeta) -> Option<Manager> {
        let labels = metadata.labels.iter().flatten();
        let marks = || labels.clone().chain(metadata.annotations.iter().flatten());
        let value = |wanted: &str| marks().find(|(key, _)| *key == wanted).map(|(_, value)| value.clone());
        let prefixed = |prefix: &str| marks().any(|(key, _)| key.starts_with(prefix));
        if prefixed("argocd.argoproj.io/") {
            return Some(Manager::ArgoCd);
        }
        if prefixed("kustomize.toolkit.fluxcd.io/") || prefixed("helm.toolkit.fluxcd.io/") {
            return Some(Manager::Flux);
        }
        if value("app.kubernetes.io/managed-by").as_deref() == Some("Helm") || prefixed("meta.helm.sh/") {
            let release = value("meta.helm.sh/release-name").or_else(|| value("app.kubernetes.io/instance"));
            let namespace = value("meta.helm.sh/release-namespace").or_else(|| metadata.namespace.clone());
            return Some(Manager::Helm {
                release: release.filter(|name| is_name(name)),
                namespace: namespace.filter(|name| is_name(name)),
            });
        }
        let is_addon = value("addonmanager.kubernetes.io/mode").as_deref() == Some("Reconcile");
        let is_addon = is_addon || prefixed("objectset.rio.cattle.io/") || prefixed(K0S);
        is_addon.then_some(Manager::Addon)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(metadata: serde_json::Value) -> Option<Manager> {
        Manager::of(&serde_json::from_value(metadata).unwrap())
    }

    #[test]
    fn each_is_known_by_its_marks() {
        let helm = |release: Option<&str>, namespace: Option<&str>| Manager::Helm {
            release: release.map(str::to_owned),
            namespace: namespace.map(str::to_owned),
        };
        for (metadata, manager) in [
            (json!({ "labels": { "argocd.argoproj.io/instance": "x" } }), Manager::ArgoCd),
            (json!({ "annotations": { "argocd.argoproj.io/tracking-id": "x" } }), Manager::ArgoCd),
            (json!({ "labels": { "kustomize.toolkit.fluxcd.io/name": "x" } }), Manager::Flux),
            (
                json!({ "labels": { "app.kubernetes.io/managed-by": "Helm", "helm.toolkit.fluxcd.io/name": "x" } }),
                Manager::Flux,
            ),
            (
                json!({ "namespace": "a", "labels": {
                    "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "ms",
                } }),
                helm(Some("ms"), Some("a")),
            ),
            (
                json!({ "namespace": "a", "annotations": {
                    "meta.helm.sh/release-name": "ms", "meta.helm.sh/release-namespace": "b",
                } }),
                helm(Some("ms"), Some("b")),
            ),
            (json!({ "labels": { "addonmanager.kubernetes.io/mode": "Reconcile" } }), Manager::Addon),
            (json!({ "annotations": { "objectset.rio.cattle.io/id": "x" } }), Manager::Addon),
            (json!({ "annotations": { "k0s.k0sproject.io/stack": "x" } }), Manager::Addon),
        ] {
            assert_eq!(of(metadata.clone()), Some(manager), "{metadata}");
        }
        for metadata in [
            json!({}),
            json!({ "labels": { "app.kubernetes.io/managed-by": "somebody" } }),
            json!({ "labels": { "addonmanager.kubernetes.io/mode": "EnsureExists" } }),
        ] {
            assert_eq!(of(metadata.clone()), None, "{metadata}");
        }
    }

    #[test]
    fn a_name_that_is_none_does_not_reach_a_shell() {
        let helm = of(json!({ "annotations": {
            "meta.helm.sh/release-name": "$(reboot)", "meta.helm.sh/release-namespace": "a;b",
        } }));
        assert_eq!(helm, Some(Manager::Helm { release: None, namespace: None }));
    }
}
