//! Manifests of MetalLB that are not the native one.

use lab::manifest::Object;
use serde_json::Value;

use super::contents::{find, group_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    FrrK8s,
    Frr,
    Prometheus,
    Helm,
}

impl Variant {
    pub fn of(objects: &[Object]) -> Option<Variant> {
        let any = |is: fn(&Object) -> bool| objects.iter().any(is);
        if any(is_of_helm) {
            Some(Variant::Helm)
        } else if any(|object| {
            object.target.name.starts_with("frr-k8s") || object.target.name.ends_with(".frrk8s.metallb.io")
        }) {
            Some(Variant::FrrK8s)
        } else if find(objects, "ConfigMap", "frr-startup").is_some() {
            Some(Variant::Frr)
        } else if any(|object| group_of(object) == "monitoring.coreos.com") {
            Some(Variant::Prometheus)
        } else {
            None
        }
    }

    pub fn what(self) -> &'static str {
        match self {
            Variant::FrrK8s => "it is the FRR-K8s variant, which is for BGP",
            Variant::Frr => "it is the FRR variant, which is for BGP",
            Variant::Prometheus => "it is the variant for the Prometheus operator",
            Variant::Helm => "it was rendered from a Helm chart, and Helm does not know what others install",
        }
    }

    pub fn hint(self) -> &'static str {
        match self {
            Variant::Helm => {
                "let Helm install it: helm install metallb metallb --repo https://metallb.github.io/metallb --namespace metallb-system --create-namespace"
            }
            Variant::Prometheus => "take metallb-native.yaml; what Prometheus needs can be added to it later",
            Variant::Frr | Variant::FrrK8s => {
                "layer 2 needs the native manifest, metallb-native.yaml; for BGP see https://metallb.io/installation/"
            }
        }
    }
}

fn is_of_helm(object: &Object) -> bool {
    let label = |name: &str| {
        let labels = object.value.pointer("/metadata/labels")?;
        labels.get(name).and_then(Value::as_str)
    };
    label("helm.sh/chart").is_some() || label("app.kubernetes.io/managed-by") == Some("Helm")
}
