//! The lecture's Deployment.

use serde_json::{Value, json};

/// Three pods of nginx, each of which says on its page which one it is.
pub fn demo_app(namespace: &str) -> Value {
    let field = |name: &str, path: &str| json!({ "name": name, "valueFrom": { "fieldRef": { "fieldPath": path } } });
    let page = json!([{ "name": "page", "mountPath": "/usr/share/nginx/html" }]);
    let writer = json!({
        "name": "page", "image": "busybox:1.37.0", "volumeMounts": page,
        "command": ["sh", "-c", r#"echo "Running $POD_NAME ($POD_IP) on $NODE_NAME" > /usr/share/nginx/html/index.html"#],
        "env": [field("POD_NAME", "metadata.name"), field("POD_IP", "status.podIP"), field("NODE_NAME", "spec.nodeName")],
    });
    let server = json!({
        "name": "nginx", "image": "nginx:latest", "ports": [{ "containerPort": 80 }], "volumeMounts": page,
        "readinessProbe": { "tcpSocket": { "port": 80 }, "periodSeconds": 1 },
    });
    let pod = json!({
        "terminationGracePeriodSeconds": 1, "initContainers": [writer], "containers": [server],
        "volumes": [{ "name": "page", "emptyDir": {} }],
    });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "demo-app", "namespace": namespace },
        "spec": {
            "replicas": 3, "selector": { "matchLabels": { "app": "demo" } },
            "template": { "metadata": { "labels": { "app": "demo" } }, "spec": pod },
        },
    })
}
