//! MetalLB as its manifest lays it out: the objects that matter, by the names they have in each release.

use serde_json::{Value, json};

use super::AGE;
use crate::api::clock;

pub const NAMESPACE: &str = "metallb-system";

/// Who has installed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `kubectl lab metallb install`
    Lab,
    /// `kubectl apply`
    Kubectl,
    /// Release `lb`, in its namespace.
    Helm,
}

#[derive(Clone, Debug)]
pub struct MetalLb {
    /// `v0.16.2`
    pub version: &'static str,
    pub by: By,
    /// Of the controller.
    pub replicas: u64,
}

impl Default for MetalLb {
    fn default() -> MetalLb {
        MetalLb { version: "v0.16.2", by: By::Lab, replicas: 1 }
    }
}

const KINDS: [&str; 9] = [
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
/// Those that came after 0.13.
const NEW_KINDS: [&str; 3] = ["configurationstates", "servicebgpstatuses", "servicel2statuses"];

impl MetalLb {
    pub fn version(version: &'static str) -> MetalLb {
        MetalLb { version, ..MetalLb::default() }
    }

    fn is_old(&self) -> bool {
        self.version.starts_with("v0.13")
    }

    /// All but pools and advertisements, in the order in which a manifest has them.
    pub fn objects(&self) -> Vec<Value> {
        let (service, secret) = if self.is_old() {
            ("webhook-service", "webhook-server-cert")
        } else {
            ("metallb-webhook-service", "metallb-webhook-cert")
        };
        let mut objects = vec![json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } })];
        let old = self.is_old().then_some("addresspools");
        let kinds = KINDS.into_iter().filter(|kind| !self.is_old() || !NEW_KINDS.contains(kind));
        objects.extend(old.into_iter().chain(kinds).map(definition));
        objects.extend(["controller", "speaker"].map(|name| plain("v1", "ServiceAccount", name)));
        objects.extend(["controller", "pod-lister"].map(|name| plain("rbac.authorization.k8s.io/v1", "Role", name)));
        let of_cluster = ["controller", "speaker"].map(|account| (account, format!("{NAMESPACE}:{account}")));
        objects.extend(of_cluster.iter().map(|(_, name)| cluster_wide("ClusterRole", name)));
        objects.extend(
            of_cluster
                .iter()
                .map(|(account, name)| binding(cluster_wide("ClusterRoleBinding", name), "ClusterRole", name, account)),
        );
        objects.extend([("controller", "controller"), ("speaker", "pod-lister")].map(|(account, name)| {
            binding(plain("rbac.authorization.k8s.io/v1", "RoleBinding", name), "Role", name, account)
        }));
        objects.push(plain("v1", "ConfigMap", "metallb-excludel2"));
        objects.push(plain("v1", "Secret", secret));
        objects.push(webhook_service(service));
        objects.push(self.controller());
        objects.push(self.speaker());
        objects.push(webhooks(service));
        objects.into_iter().map(|object| self.marked(object)).collect()
    }

    fn controller(&self) -> Value {
        let mut object = plain("apps/v1", "Deployment", "controller");
        object["spec"] = self.workload("controller");
        object["spec"]["replicas"] = json!(self.replicas);
        object
    }

    fn speaker(&self) -> Value {
        let mut object = plain("apps/v1", "DaemonSet", "speaker");
        object["spec"] = self.workload("speaker");
        object
    }

    fn workload(&self, component: &str) -> Value {
        let labels = json!({ "app": "metallb", "component": component });
        let container = json!({ "name": component, "image": format!("quay.io/metallb/{component}:{}", self.version) });
        json!({
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": { "containers": [container] } },
        })
    }

    /// A pool of whoever has installed it.
    pub fn pool(&self, name: &str, addresses: &[&str]) -> Value {
        self.marked(pool(name, addresses))
    }

    /// An advertisement of whoever has installed it.
    pub fn advertisement(&self, name: &str, pools: &[&str]) -> Value {
        self.marked(advertisement(name, pools))
    }

    fn marked(&self, mut object: Value) -> Value {
        let metadata = &mut object["metadata"];
        metadata["creationTimestamp"] = json!(clock::ago(AGE));
        match self.by {
            By::Kubectl => {}
            By::Lab => {
                metadata["labels"]["kubectl-lab/part-of"] = json!("metallb");
                metadata["annotations"]["kubectl-lab/run-id"] = json!("20261122-220000-1");
            }
            By::Helm => {
                metadata["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
                metadata["annotations"]["meta.helm.sh/release-name"] = json!("lb");
                metadata["annotations"]["meta.helm.sh/release-namespace"] = json!(NAMESPACE);
            }
        }
        object
    }
}

/// A pool that somebody has made by hand.
pub fn pool(name: &str, addresses: &[&str]) -> Value {
    json!({
        "apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": { "name": name, "namespace": NAMESPACE },
        "spec": { "addresses": addresses, "autoAssign": true, "avoidBuggyIPs": false },
    })
}

/// An advertisement that somebody has made by hand; of all pools where none is named.
pub fn advertisement(name: &str, pools: &[&str]) -> Value {
    let spec = if pools.is_empty() { json!({}) } else { json!({ "ipAddressPools": pools }) };
    json!({
        "apiVersion": "metallb.io/v1beta1", "kind": "L2Advertisement", "metadata": { "name": name, "namespace": NAMESPACE },
        "spec": spec,
    })
}

/// A Service of type LoadBalancer that has no address yet.
pub fn balanced(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": namespace },
        "spec": { "type": "LoadBalancer", "selector": { "app": name }, "ports": [{ "port": 80, "nodePort": 31_080 }] },
    })
}

fn plain(api_version: &str, kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": { "name": name, "namespace": NAMESPACE, "labels": { "app": "metallb" } },
    })
}

fn binding(mut object: Value, kind: &str, role: &str, account: &str) -> Value {
    object["roleRef"] = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role });
    object["subjects"] = json!([{ "kind": "ServiceAccount", "name": account, "namespace": NAMESPACE }]);
    object
}

fn cluster_wide(kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
        "metadata": { "name": name, "labels": { "app": "metallb" } },
    })
}

fn definition(plural: &str) -> Value {
    let kind = match plural {
        "addresspools" => "AddressPool",
        "bfdprofiles" => "BFDProfile",
        "bgpadvertisements" => "BGPAdvertisement",
        "bgppeers" => "BGPPeer",
        "communities" => "Community",
        "configurationstates" => "ConfigurationState",
        "ipaddresspools" => "IPAddressPool",
        "l2advertisements" => "L2Advertisement",
        "servicebgpstatuses" => "ServiceBGPStatus",
        other => {
            assert_eq!(other, "servicel2statuses", "a kind of MetalLB's");
            "ServiceL2Status"
        }
    };
    let version = if plural == "bgppeers" { "v1beta2" } else { "v1beta1" };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.metallb.io") },
        "spec": {
            "group": "metallb.io", "scope": "Namespaced", "names": { "plural": plural, "kind": kind },
            "versions": [{ "name": version, "served": true, "storage": true }],
        },
    })
}

fn webhook_service(name: &str) -> Value {
    let mut object = plain("v1", "Service", name);
    object["spec"] = json!({
        "selector": { "component": "controller" }, "ports": [{ "port": 443, "targetPort": 9443 }],
    });
    object
}

fn webhooks(service: &str) -> Value {
    let webhook = |resource: &str| {
        let reference = json!({ "name": service, "namespace": NAMESPACE, "path": format!("/validate-metallb-io-v1beta1-{resource}") });
        json!({
            "name": format!("{resource}validationwebhook.metallb.io"), "admissionReviewVersions": ["v1"],
            "clientConfig": { "service": reference }, "failurePolicy": "Fail", "sideEffects": "None",
            "rules": [{
                "apiGroups": ["metallb.io"], "apiVersions": ["v1beta1"], "operations": ["CREATE", "UPDATE"],
                "resources": [format!("{resource}s")],
            }],
        })
    };
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": "metallb-webhook-configuration" },
        "webhooks": [webhook("ipaddresspool"), webhook("l2advertisement")],
    })
}
