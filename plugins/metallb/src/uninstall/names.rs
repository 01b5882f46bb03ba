//! The objects of MetalLB's own manifests, by name: of every release from 0.13 on, in the order in which they are applied.
//! What was installed without our label can be told by nothing else.

use lab_plan::Target;

const KINDS: [&str; 10] = [
    "addresspools",
    "bfdprofiles",
    "bgpadvertisements",
    "bgppeers",
    "communities",
    "configurationstates",
    "ipaddresspools",
    "l2advertisements",
    "servicebgpstatuses",
    "servicel2statuses",
];

const NAMESPACED: [(&str, &str, &str); 14] = [
    ("v1", "ServiceAccount", "controller"),
    ("v1", "ServiceAccount", "speaker"),
    ("rbac.authorization.k8s.io/v1", "Role", "controller"),
    ("rbac.authorization.k8s.io/v1", "Role", "pod-lister"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "controller"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "pod-lister"),
    ("v1", "ConfigMap", "metallb-excludel2"),
    ("v1", "ConfigMap", "frr-startup"),
    ("v1", "Secret", "metallb-webhook-cert"),
    ("v1", "Secret", "webhook-server-cert"),
    ("v1", "Service", "metallb-webhook-service"),
    ("v1", "Service", "webhook-service"),
    ("apps/v1", "Deployment", "controller"),
    ("apps/v1", "DaemonSet", "speaker"),
];

const CLUSTER_WIDE: [(&str, &str, &str); 5] = [
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "metallb-system:controller"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "metallb-system:speaker"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "metallb-system:controller"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "metallb-system:speaker"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "metallb-webhook-configuration"),
];

pub fn namespace(name: &str) -> Target {
    Target::cluster_wide("v1", "Namespace", name)
}

/// All but the Namespace.
pub fn all(namespace: &str) -> impl Iterator<Item = Target> {
    let kinds = KINDS.iter().map(|plural| {
        Target::cluster_wide("apiextensions.k8s.io/v1", "CustomResourceDefinition", &format!("{plural}.metallb.io"))
    });
    let within = NAMESPACED.iter().map(move |(version, kind, name)| Target::namespaced(version, kind, namespace, name));
    let cluster_wide = CLUSTER_WIDE.iter().map(|(version, kind, name)| Target::cluster_wide(version, kind, name));
    kinds.chain(within).chain(cluster_wide)
}
