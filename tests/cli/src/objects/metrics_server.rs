//! An installation of metrics-server as its manifest makes it, and the variants of it that people meet.

use serde_json::{Value, json};

use super::AGE;
use crate::api::clock;

/// Which release's manifest it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 0.7 to 0.9: everything on port 10250.
    V0_9_0,
    /// 0.6: everything on port 4443.
    V0_6_3,
}

impl Layout {
    pub fn port(self) -> u16 {
        match self {
            Layout::V0_9_0 => 10250,
            Layout::V0_6_3 => 4443,
        }
    }

    fn image(self) -> &'static str {
        match self {
            Layout::V0_9_0 => "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
            Layout::V0_6_3 => "registry.k8s.io/metrics-server/metrics-server:v0.6.3",
        }
    }

    /// The arguments of the manifest, in its order.
    pub fn args(self) -> Vec<String> {
        let port = format!("--secure-port={}", self.port());
        let args = [
            "--cert-dir=/tmp",
            &port,
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
            "--kubelet-use-node-status-port",
            "--metric-resolution=15s",
        ];
        args.map(str::to_owned).to_vec()
    }
}

/// An installation, to be changed field by field before it is put on the stage with [`MetricsServer::objects`].
#[derive(Clone, Debug)]
pub struct MetricsServer {
    pub layout: Layout,
    pub namespace: String,
    /// Of the Deployment and its Service.
    pub name: String,
    pub args: Vec<String>,
    /// Containers in front of metrics-server's own.
    pub sidecars: Vec<Value>,
    pub labels: Value,
    pub annotations: Value,
    /// The label that selector, pods and Service share.
    pub selector: Value,
    /// What the Service selects, if not its own pods.
    pub service_selector: Option<Value>,
    pub service_target: Value,
    pub replicas: u32,
    pub paused: bool,
}

impl Default for MetricsServer {
    fn default() -> MetricsServer {
        MetricsServer::new(Layout::V0_9_0)
    }
}

impl MetricsServer {
    /// As the release's own manifest makes it.
    pub fn new(layout: Layout) -> MetricsServer {
        let label = json!({"k8s-app": "metrics-server"});
        MetricsServer {
            layout,
            namespace: "kube-system".into(),
            name: "metrics-server".into(),
            args: layout.args(),
            sidecars: Vec::new(),
            labels: label.clone(),
            annotations: json!({}),
            selector: label,
            service_selector: None,
            service_target: json!("https"),
            replicas: 1,
            paused: false,
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, arg: &str) -> MetricsServer {
        self.args.push(arg.into());
        self
    }

    /// After the patch of many lectures: all arguments replaced by those of the old layout, and the flag.
    #[must_use]
    pub fn with_lecture_patch(mut self) -> MetricsServer {
        self.args = Layout::V0_6_3.args();
        self.arg("--kubelet-insecure-tls")
    }

    /// Everything: what the manifest makes, and the namespace if it is not one of the cluster's own.
    pub fn objects(&self) -> Vec<Value> {
        let mut objects = Vec::new();
        if self.namespace != "kube-system" {
            let spec = json!({"finalizers": ["kubernetes"]});
            let labels = json!({"kubernetes.io/metadata.name": self.namespace});
            objects.push(json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels},
                "spec": spec, "status": {"phase": "Active"},
            }));
        }
        objects.push(self.service_account());
        objects.push(self.service());
        objects.push(self.deployment());
        objects.push(self.api_service());
        objects
    }

    fn metadata(&self, name: &str) -> Value {
        json!({
            "name": name, "namespace": self.namespace, "labels": self.labels, "annotations": self.annotations,
            "creationTimestamp": clock::ago(AGE),
        })
    }

    fn service_account(&self) -> Value {
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": self.metadata(&self.name)})
    }

    pub fn service(&self) -> Value {
        let port = json!({"name": "https", "port": 443, "protocol": "TCP", "targetPort": self.service_target});
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": self.metadata(&self.name),
            "spec": {
                "clusterIP": "10.96.41.7", "clusterIPs": ["10.96.41.7"], "internalTrafficPolicy": "Cluster",
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "ports": [port],
                "selector": self.service_selector.as_ref().unwrap_or(&self.selector),
                "sessionAffinity": "None", "type": "ClusterIP",
            },
            "status": {"loadBalancer": {}},
        })
    }

    pub fn api_service(&self) -> Value {
        json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": "v1beta1.metrics.k8s.io", "labels": self.labels, "creationTimestamp": clock::ago(AGE)},
            "spec": {
                "group": "metrics.k8s.io", "groupPriorityMinimum": 100, "insecureSkipTLSVerify": true,
                "service": {"name": self.name, "namespace": self.namespace, "port": 443},
                "version": "v1beta1", "versionPriority": 100,
            },
            "status": {},
        })
    }

    pub fn deployment(&self) -> Value {
        let mut spec = json!({
            "progressDeadlineSeconds": 600, "replicas": self.replicas, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": self.selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
            "template": {"metadata": {"labels": self.selector}, "spec": self.pod_spec()},
        });
        if self.paused {
            spec["paused"] = json!(true);
        }
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": self.metadata(&self.name), "spec": spec, "status": {},
        })
    }

    fn pod_spec(&self) -> Value {
        let mut containers = self.sidecars.clone();
        containers.push(self.container());
        json!({
            "containers": containers, "dnsPolicy": "ClusterFirst", "nodeSelector": {"kubernetes.io/os": "linux"},
            "priorityClassName": "system-cluster-critical", "restartPolicy": "Always",
            "schedulerName": "default-scheduler", "securityContext": {}, "serviceAccount": self.name,
            "serviceAccountName": self.name, "terminationGracePeriodSeconds": 30,
            "volumes": [{"emptyDir": {}, "name": "tmp-dir"}],
        })
    }

    fn container(&self) -> Value {
        json!({
            "args": self.args, "image": self.layout.image(), "imagePullPolicy": "IfNotPresent",
            "livenessProbe": probe("/livez", 0), "name": "metrics-server",
            "ports": [{"containerPort": self.layout.port(), "name": "https", "protocol": "TCP"}],
            "readinessProbe": probe("/readyz", 20),
            "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}},
            "securityContext": self.security_context(),
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "volumeMounts": [{"mountPath": "/tmp", "name": "tmp-dir"}],
        })
    }

    fn security_context(&self) -> Value {
        let mut context = json!({
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true, "runAsUser": 1000,
        });
        if self.layout == Layout::V0_9_0 {
            context["capabilities"] = json!({"drop": ["ALL"]});
            context["seccompProfile"] = json!({"type": "RuntimeDefault"});
        }
        context
    }
}

fn probe(path: &str, delay: u32) -> Value {
    let mut probe = json!({
        "failureThreshold": 3, "httpGet": {"path": path, "port": "https", "scheme": "HTTPS"},
        "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1,
    });
    if delay > 0 {
        probe["initialDelaySeconds"] = json!(delay);
    }
    probe
}

/// A container that does nothing but stand before metrics-server's own.
pub fn sidecar(name: &str) -> Value {
    json!({
        "name": name, "image": "registry.k8s.io/autoscaling/addon-resizer:1.8.23", "imagePullPolicy": "IfNotPresent",
        "args": ["--container=metrics-server"], "resources": {}, "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    })
}
