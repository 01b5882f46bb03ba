//! What tests of metrics-server ask the cluster.

use serde_json::Value;

use crate::manifest::Manifest;
use crate::stage::Stage;

/// Where the Helm-like installation goes.
pub const ELSEWHERE: &str = "monitoring";

impl Stage {
    pub fn apply(&self, manifest: &Manifest) {
        self.feed(&["apply"], &manifest.text());
    }

    /// Every trace of metrics-server, wherever a test put it.
    pub fn remove_metrics_server(&self) {
        let apis = self.kubectl(&["get", "apiservice", "-o", "name"]);
        for api in apis.lines().filter(|name| name.ends_with(".metrics.k8s.io")) {
            self.kubectl(&["delete", api, "--ignore-not-found"]);
        }
        self.kubectl(&["delete", "namespace", ELSEWHERE, "--ignore-not-found"]);
        let of_it = [
            "deployment,service,serviceaccount,rolebinding,replicaset,pod",
            "-n",
            "kube-system",
            "-l",
            "k8s-app=metrics-server",
        ];
        self.kubectl(&[&["delete", "--ignore-not-found", "--grace-period=1"], &of_it[..]].concat());
        let wide = "clusterrole,clusterrolebinding";
        self.kubectl(&["delete", wide, "-l", "k8s-app=metrics-server", "--ignore-not-found"]);
    }

    pub fn deployment(&self) -> Value {
        self.get(&["deployment", "metrics-server", "-n", "kube-system"])
    }

    /// The arguments of metrics-server's container.
    pub fn args(&self) -> Vec<String> {
        let args =
            self.deployment().pointer("/spec/template/spec/containers/0/args").and_then(Value::as_array).cloned();
        args.into_iter().flatten().map(|argument| argument.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Metrics of every node, as kubectl shows them.
    pub fn top(&self) -> Result<String, String> {
        self.try_kubectl(&["top", "nodes"])
    }

    pub fn logs_say(&self, text: &str) {
        self.eventually(&format!("the log of metrics-server says {text:?}"), |stage| {
            let logs = stage.try_kubectl(&["logs", "-n", "kube-system", "-l", "k8s-app=metrics-server", "--tail=-1"]);
            logs.ok().filter(|logs| logs.contains(text))
        });
    }

    /// Replaces the container's arguments, with `kubectl patch` and as the lecture's slide does.
    pub fn patch_args(&self, args: &[&str]) {
        let args = serde_json::json!(args);
        let patch = format!(r#"[{{"op":"replace","path":"/spec/template/spec/containers/0/args","value":{args}}}]"#);
        self.kubectl(&["patch", "deployment", "metrics-server", "-n", "kube-system", "--type=json", "-p", &patch]);
    }
}
