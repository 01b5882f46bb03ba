//! The upstream manifest of metrics-server, as published or bent as people bend it.

use lab_cluster::manifests;
use lab_cluster::programs::{self, Program, versions};
use serde_json::{Value, json};

/// What the lecture's patch puts in place of all arguments.
pub const LECTURE_ARGS: [&str; 6] = [
    "--cert-dir=/tmp",
    "--secure-port=4443",
    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
    "--kubelet-use-node-status-port",
    "--metric-resolution=15s",
    "--kubelet-insecure-tls",
];

#[derive(Clone, Debug)]
pub struct Manifest {
    objects: Vec<Value>,
}

impl Manifest {
    /// 0.9.0, unmodified.
    pub fn upstream() -> Manifest {
        Manifest::of(versions::METRICS_SERVER)
    }

    /// 0.6.3, with the port 4443 that lectures still show, unmodified.
    pub fn old() -> Manifest {
        Manifest::of(versions::METRICS_SERVER_OLD)
    }

    fn of(version: &str) -> Manifest {
        let built = programs::ensure(&[Program::Kubernetes]).unwrap_or_else(|error| panic!("{error:#}"));
        let text = manifests::metrics_server(&built, version).unwrap_or_else(|error| panic!("{error:#}"));
        let objects = lab::manifest::parse(&text, "the module").unwrap_or_else(|error| panic!("{error}"));
        Manifest { objects: objects.into_iter().map(|object| object.value).collect() }
    }

    pub fn object(&mut self, kind: &str) -> &mut Value {
        let found = self.objects.iter_mut().find(|object| object["kind"] == kind);
        found.unwrap_or_else(|| panic!("the manifest has no {kind}"))
    }

    /// With the arguments of its container changed.
    #[must_use]
    pub fn args(mut self, change: impl FnOnce(&mut Vec<Value>)) -> Manifest {
        let args = self.object("Deployment").pointer_mut("/spec/template/spec/containers/0/args");
        change(args.and_then(Value::as_array_mut).unwrap_or_else(|| panic!("the container has no arguments")));
        self
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(self, argument: &str) -> Manifest {
        self.args(|args| args.push(json!(argument)))
    }

    #[must_use]
    pub fn with(mut self, kind: &str, change: impl FnOnce(&mut Value)) -> Manifest {
        change(self.object(kind));
        self
    }

    /// The same for one of several objects of a kind.
    #[must_use]
    pub fn named(mut self, kind: &str, name: &str, change: impl FnOnce(&mut Value)) -> Manifest {
        let found = self.objects.iter_mut().find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
        change(found.unwrap_or_else(|| panic!("the manifest has no {kind} {name}")));
        self
    }

    /// In another namespace, which it brings along.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Manifest {
        for object in &mut self.objects {
            if object["metadata"].get("namespace").is_some() && object["kind"] != "RoleBinding" {
                object["metadata"]["namespace"] = json!(namespace);
            }
            for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
                subject["namespace"] = json!(namespace);
            }
        }
        self.object("APIService")["spec"]["service"]["namespace"] = json!(namespace);
        self.plus(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }))
    }

    /// With one more object, in front of all others.
    #[must_use]
    pub fn plus(mut self, object: Value) -> Manifest {
        self.objects.insert(0, object);
        self
    }

    /// In another namespace and under another name, as Helm would lay it out, behind a sidecar as container 0.
    #[must_use]
    pub fn as_helm_would(self, namespace: &str, name: &str) -> Manifest {
        let mut manifest = self.in_namespace(namespace);
        let deployment = manifest.object("Deployment");
        deployment["metadata"]["name"] = json!(name);
        deployment["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
        deployment["metadata"]["annotations"] =
            json!({ "meta.helm.sh/release-name": "ms", "meta.helm.sh/release-namespace": namespace });
        let sidecar = json!({
            "name": "sidecar", "image": "busybox:latest", "command": ["sleep", "100000"],
            "args": [], "securityContext": { "runAsUser": 1000 },
        });
        let containers = deployment.pointer_mut("/spec/template/spec/containers").and_then(Value::as_array_mut);
        containers.unwrap_or_else(|| panic!("the Deployment has no containers")).insert(0, sidecar);
        manifest
    }

    /// As one List that kubectl takes.
    pub fn text(&self) -> String {
        json!({ "apiVersion": "v1", "kind": "List", "items": self.objects }).to_string()
    }

    /// As a file that people download.
    pub fn documents(&self) -> String {
        let documents: Vec<String> = self.objects.iter().map(Value::to_string).collect();
        documents.join("\n---\n")
    }
}
