//! Which objects are MetalLB's, by their kinds and names, over all releases. What a later release adds under names that
//! are plainly its own is taken for its own too; whatever else stands in a manifest does not belong there.

use lab::manifest::Object;
use serde_json::Value;

/// MetalLB's own API group.
pub(super) const GROUP: &str = "metallb.io";

/// Without these a manifest installs no MetalLB that does layer 2.
pub(super) const ESSENTIAL: [(&str, &str); 5] = [
    ("CustomResourceDefinition", "ipaddresspools.metallb.io"),
    ("CustomResourceDefinition", "l2advertisements.metallb.io"),
    ("Deployment", "controller"),
    ("DaemonSet", "speaker"),
    ("ValidatingWebhookConfiguration", "metallb-webhook-configuration"),
];

pub(super) fn find<'o>(objects: &'o [Object], kind: &str, name: &str) -> Option<&'o Object> {
    objects.iter().find(|object| object.target.kind == kind && object.target.name == name)
}

pub(super) fn group_of(object: &Object) -> &str {
    object.target.api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

pub(super) fn is_namespaced(object: &Object) -> bool {
    let kinds = [
        "Namespace",
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
        "ValidatingWebhookConfiguration",
    ];
    !kinds.contains(&object.target.kind.as_str())
}

pub(super) fn belongs(object: &Object, namespace: &str) -> bool {
    let name = object.target.name.as_str();
    let plainly_own = name.starts_with("metallb-");
    match (group_of(object), object.target.kind.as_str()) {
        ("", "Namespace") => name == namespace,
        ("", "ServiceAccount") => ["controller", "speaker"].contains(&name),
        ("", "ConfigMap") => plainly_own,
        ("", "Service") => plainly_own || name == "webhook-service",
        ("", "Secret") => plainly_own || name == "webhook-server-cert",
        ("apps", "Deployment") => name == "controller",
        ("apps", "DaemonSet") => name == "speaker",
        ("rbac.authorization.k8s.io", "Role" | "RoleBinding") => ["controller", "pod-lister"].contains(&name),
        ("rbac.authorization.k8s.io", "ClusterRole" | "ClusterRoleBinding") => is_own_cluster_role(name, namespace),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            object.value.pointer("/spec/group").and_then(Value::as_str) == Some(GROUP)
        }
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration") => name == "metallb-webhook-configuration",
        ("networking.k8s.io", "NetworkPolicy") => ["controller", "speaker", "default-deny"].contains(&name),
        _ => false,
    }
}

/// The prefix is the namespace's name; where a kustomization moved everything to another one, it stays the old name.
fn is_own_cluster_role(name: &str, namespace: &str) -> bool {
    let Some((prefix, role)) = name.split_once(':') else { return false };
    (prefix == "metallb-system" || prefix == namespace) && ["controller", "speaker"].contains(&role)
}
