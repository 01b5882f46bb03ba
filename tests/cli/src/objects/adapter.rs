//! Another program that serves metrics.k8s.io, as prometheus-adapter does.

use serde_json::{Value, json};

use super::MetricsServer;

/// Its Service, Deployment and APIService, in namespace `monitoring`.
pub fn prometheus(replicas: u32) -> Vec<Value> {
    let name = "prometheus-adapter";
    let label = json!({"app.kubernetes.io/name": name});
    let like = MetricsServer {
        namespace: "monitoring".into(),
        name: name.into(),
        args: vec!["--secure-port=10250".into(), "--prometheus-url=http://prometheus.monitoring.svc:9090/".into()],
        labels: label.clone(),
        selector: label,
        replicas,
        ..MetricsServer::default()
    };
    let mut objects = like.objects();
    for object in &mut objects {
        if let Some(container) = object.pointer_mut("/spec/template/spec/containers/0") {
            container["name"] = json!(name);
            container["image"] = json!("registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0");
        }
    }
    objects
}
