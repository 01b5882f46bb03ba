//! A manifest for tests: as little as MetalLB's native one may have, and ways to spoil it.

use lab::manifest::{Object, parse};
use serde_json::{Value, json};

#[derive(Clone)]
pub(crate) struct Sample {
    objects: Vec<Value>,
}

impl Sample {
    pub fn new(version: &str) -> Sample {
        Sample::in_namespace(version, "metallb-system")
    }

    pub fn in_namespace(version: &str, namespace: &str) -> Sample {
        let metadata = |name: &str| json!({ "name": name, "namespace": namespace });
        let account = |name: &str| json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(name) });
        let service = json!({ "name": "metallb-webhook-service", "namespace": namespace, "path": "/" });
        let workload = |kind: &str, name: &str| {
            let container = json!({ "name": name, "image": format!("quay.io/metallb/{name}:v{version}") });
            let pod = json!({ "serviceAccountName": name, "containers": [container] });
            json!({ "apiVersion": "apps/v1", "kind": kind, "metadata": metadata(name), "spec": { "template": { "spec": pod } } })
        };
        let webhook =
            |resource: &str| json!({ "clientConfig": { "service": service }, "rules": [{ "resources": [resource] }] });
        let objects = vec![
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }),
            definition("bgppeers", Some(&service)),
            definition("ipaddresspools", None),
            definition("l2advertisements", None),
            account("controller"),
            account("speaker"),
            json!({ "apiVersion": RBAC, "kind": "ClusterRole", "metadata": { "name": "metallb-system:speaker" }, "rules": [
                { "apiGroups": ["metallb.io"], "resources": ["servicel2statuses"], "verbs": ["*"] },
                { "apiGroups": [""], "resources": ["services"], "verbs": ["get", "list", "watch"] },
            ] }),
            json!({ "apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": { "name": "metallb-system:speaker" },
                "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "metallb-system:speaker" },
                "subjects": [{ "kind": "ServiceAccount", "name": "speaker", "namespace": namespace }] }),
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata("metallb-webhook-cert") }),
            json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata("metallb-webhook-service") }),
            workload("Deployment", "controller"),
            workload("DaemonSet", "speaker"),
            json!({ "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": { "name": "metallb-webhook-configuration" },
                "webhooks": [webhook("ipaddresspools"), webhook("l2advertisements")] }),
        ];
        Sample { objects }
    }

    /// Changes the first object of the kind.
    pub fn edit(&mut self, kind: &str, change: impl FnOnce(&mut Value)) {
        change(self.objects.iter_mut().find(|object| object["kind"] == kind).unwrap());
    }

    #[must_use]
    pub fn with(mut self, object: Value) -> Sample {
        self.objects.push(object);
        self
    }

    #[must_use]
    pub fn edited(mut self, kind: &str, change: impl FnOnce(&mut Value)) -> Sample {
        self.edit(kind, change);
        self
    }

    /// With something else about the speaker's pods.
    #[must_use]
    pub fn speaker(self, change: impl FnOnce(&mut Value)) -> Sample {
        self.edited("DaemonSet", |object| change(&mut object["spec"]["template"]["spec"]))
    }

    #[must_use]
    pub fn images(mut self, controller: &str, speaker: &str) -> Sample {
        for (kind, image) in [("Deployment", controller), ("DaemonSet", speaker)] {
            self.edit(kind, |object| object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image));
        }
        self
    }

    pub fn text(&self) -> String {
        let documents: Vec<String> = self.objects.iter().map(Value::to_string).collect();
        documents.join("\n---\n")
    }

    pub fn objects(&self) -> Vec<Object> {
        parse(&self.text(), "the sample").unwrap()
    }
}

const RBAC: &str = "rbac.authorization.k8s.io/v1";

fn definition(plural: &str, conversion: Option<&Value>) -> Value {
    let mut definition = json!({ "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.metallb.io") }, "spec": { "group": "metallb.io" } });
    if let Some(service) = conversion {
        definition["spec"]["conversion"] =
            json!({ "strategy": "Webhook", "webhook": { "clientConfig": { "service": service } } });
    }
    definition
}
