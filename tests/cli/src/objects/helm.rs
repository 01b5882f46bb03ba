//! metrics-server as Helm installs it: another name, another namespace, Helm's labels, a container in front.

use serde_json::json;

use super::MetricsServer;
use super::metrics_server::sidecar;

pub fn release(release: &str, namespace: &str) -> MetricsServer {
    let name =
        if release.contains("metrics-server") { release.to_owned() } else { format!("{release}-metrics-server") };
    let selector = json!({"app.kubernetes.io/name": "metrics-server", "app.kubernetes.io/instance": release});
    let mut labels = selector.clone();
    labels["app.kubernetes.io/managed-by"] = json!("Helm");
    labels["app.kubernetes.io/version"] = json!("0.9.0");
    labels["helm.sh/chart"] = json!("metrics-server-3.14.0");
    MetricsServer {
        namespace: namespace.into(),
        name,
        labels,
        annotations: json!({"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}),
        selector,
        sidecars: vec![sidecar("metrics-server-nanny")],
        ..MetricsServer::default()
    }
}
