//! The requests that both servers are asked, in order.

use serde_json::{Value, json};

pub const JSON: &str = "application/json";
pub const PATCH: &str = "application/json-patch+json";
pub const APPLY: &str = "application/apply-patch+yaml";
pub const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
pub const MAPS: &str = "/api/v1/namespaces/default/configmaps";
pub const WEB: &str = "/apis/apps/v1/namespaces/default/deployments/web";

/// One request and, where it is longer than a line, its body.
pub type Step = (&'static str, String, &'static str, String);

fn step(method: &'static str, path: impl Into<String>, kind: &'static str, body: &Value) -> Step {
    (method, path.into(), kind, if body.is_null() { String::new() } else { body.to_string() })
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
                "serviceAccountName": "web",
                "containers": [{
                    "name": "web", "image": "nginx:1", "args": ["--a"], "ports": [{"containerPort": 80, "name": "http"}],
                    "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
                }],
            }},
        },
    })
}

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"n": name, "x": "y"}}, "data": {"a": "b"}})
}

/// What a scenario may meet, from the first look to the last deletion.
pub fn story() -> Vec<Step> {
    let none = Value::Null;
    let get = |path: &str| step("GET", path, "", &none);
    let patch = |query: &str, body: Value| step("PATCH", format!("{WEB}{query}"), PATCH, &body);
    let delete = |preconditions: Value| {
        step("DELETE", WEB, JSON, &json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}))
    };
    let review = |kind: &str, version: &str, spec: Value| json!({"apiVersion": version, "kind": kind, "spec": spec});
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"clusterIP": "10.96.9.9", "selector": {"app": "web"}, "ports": [{"port": 443, "name": "https", "targetPort": "https"}]},
    });
    let mut applied = deployment();
    applied["metadata"]["name"] = json!("applied");
    let at = |name: &str, query: &str| format!("{DEPLOYMENTS}/{name}?{query}");
    vec![
        get("/api"),
        get("/apis/metrics.k8s.io"),
        get("/apis/metrics.k8s.io/v1beta1"),
        get("/apis/metrics.k8s.io/v1beta1/nodes"),
        get("/apis/nope.io/v1/foos"),
        get("/apis/apps/v1/namespaces/default/foos"),
        get("/nope"),
        get(WEB),
        get(DEPLOYMENTS),
        step("POST", format!("{DEPLOYMENTS}?dryRun=All"), JSON, &deployment()),
        step("POST", DEPLOYMENTS, JSON, &deployment()),
        step("POST", DEPLOYMENTS, JSON, &deployment()),
        step("POST", "/apis/apps/v1/namespaces/gone/deployments", JSON, &deployment()),
        step("POST", "/apis/apps/v1/namespaces/kube-system/deployments", JSON, &{
            let mut other = deployment();
            other["metadata"]["namespace"] = json!("default");
            other
        }),
        get(WEB),
        get(DEPLOYMENTS),
        get(&format!("{DEPLOYMENTS}?labelSelector=a%3D%3D%3D")),
        get(&format!("{DEPLOYMENTS}?fieldSelector=spec.foo%3Dbar")),
        get(&format!("{DEPLOYMENTS}?fieldSelector=metadata.name%3Dweb")),
        get(&format!("{DEPLOYMENTS}?limit=x")),
        get("/api/v1/namespaces/default/pods?fieldSelector=spec.foo%3Dbar"),
        get("/api/v1/namespaces/gone/pods"),
        patch(
            "",
            json!([{"op": "test", "path": "/spec/replicas", "value": 2}, {"op": "replace", "path": "/spec/replicas", "value": 3}]),
        ),
        patch("", json!([{"op": "remove", "path": "/spec/nope"}])),
        patch("", json!([{"op": "test", "path": "/spec/nope", "value": 1}])),
        patch(
            "",
            json!([{"op": "replace", "path": "/metadata/resourceVersion", "value": "1"}, {"op": "replace", "path": "/spec/replicas", "value": 3}]),
        ),
        patch("", json!([{"op": "replace", "path": "/metadata/name", "value": "x"}])),
        ("PATCH", WEB.into(), PATCH, "{{".into()),
        patch("", json!([{"op": "test", "path": "/spec/replicas", "value": 1}])),
        patch("?dryRun=All", json!([{"op": "replace", "path": "/spec/replicas", "value": 4}])),
        patch("", json!([{"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}}])),
        patch("", json!([{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}])),
        patch("", json!([{"op": "add", "path": "/spec/template/spec/containers/0/args/1", "value": "--b"}])),
        patch("", json!([{"op": "add", "path": "/spec/template/spec/containers/0/args/5", "value": "--b"}])),
        patch("", json!([{"op": "add", "path": "/status/observedGeneration", "value": 3}])),
        patch(
            "/status",
            json!([{"op": "add", "path": "/status/observedGeneration", "value": 3}, {"op": "replace", "path": "/spec/replicas", "value": 4}]),
        ),
        step("PATCH", WEB, "text/plain", &json!([])),
        step("PATCH", WEB, "application/merge-patch+json", &json!({"metadata": {"uid": "x"}})),
        step("PATCH", WEB, "application/merge-patch+json", &json!({"metadata": {"labels": {"a": null}}})),
        step("PATCH", format!("{DEPLOYMENTS}/none"), PATCH, &json!([])),
        step("PATCH", at("applied", "fieldManager=one"), APPLY, &applied),
        step("PATCH", at("applied", "fieldManager=two"), APPLY, &{
            let mut other = applied.clone();
            other["spec"]["replicas"] = json!(5);
            other
        }),
        step("PUT", "/version", JSON, &json!({})),
        step("POST", WEB, JSON, &deployment()),
        step("DELETE", format!("{DEPLOYMENTS}/none"), "", &none),
        delete(json!({"uid": "nope"})),
        delete(json!({"resourceVersion": "1"})),
        step("DELETE", WEB, "", &none),
        get(WEB),
        step("POST", "/api/v1/namespaces/default/services", JSON, &service),
        step(
            "POST",
            "/api/v1/namespaces/default/configmaps",
            JSON,
            &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}),
        ),
        step("POST", MAPS, JSON, &map("a")),
        step("POST", MAPS, JSON, &map("b")),
        step("POST", MAPS, JSON, &map("c")),
        get(&format!("{MAPS}?limit=2")),
        get(&format!("{MAPS}?limit=2&fieldSelector=metadata.name%3Da")),
        get(&format!("{MAPS}?limit=3")),
        get(&format!("{MAPS}?limit=2&labelSelector=x%3Dy")),
        get(&format!("{MAPS}?watch=true&timeoutSeconds=1&labelSelector=n+in+(a,b)")),
        get(&format!(
            "{MAPS}?watch=true&timeoutSeconds=3&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        )),
        step(
            "POST",
            "/api/v1/namespaces/default/pods",
            JSON,
            &json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y"}]},
            }),
        ),
        get("/api/v1/namespaces/default/pods/p/log"),
        get("/api/v1/namespaces/default/pods/p/log?container=zz"),
        get("/api/v1/namespaces/default/pods/none/log?container=a"),
        step(
            "POST",
            "/apis/apiregistration.k8s.io/v1/apiservices",
            JSON,
            &lab_cli::objects::api_service::pointing_to("kube-system", "none"),
        ),
        get("/apis/metrics.k8s.io"),
        get("/apis/metrics.k8s.io/v1beta1"),
        get("/apis/metrics.k8s.io/v1beta1/nodes"),
        step(
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            JSON,
            &review(
                "SelfSubjectAccessReview",
                "authorization.k8s.io/v1",
                json!({"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "x"}}),
            ),
        ),
    ]
}
