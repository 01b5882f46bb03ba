//! The fields that a server fills in where a manifest leaves them out, for the kinds that a verb may install.

use serde_json::{Value, json};

use super::kinds::Resource;

pub fn fill(object: &mut Value) {
    match object["kind"].as_str().unwrap_or_default() {
        "Deployment" => deployment(&mut object["spec"]),
        "Pod" => {
            pod(&mut object["spec"]);
            only_in_pods(&mut object["spec"]);
        }
        "Service" => service(&mut object["spec"]),
        "APIService" if object["spec"]["service"].is_object() => {
            set(&mut object["spec"]["service"], "port", &json!(443));
        }
        "Namespace" => set(object, "spec", &json!({"finalizers": ["kubernetes"]})),
        _ => {}
    }
}

/// The status of an object that has none yet.
pub fn begin_status(object: &mut Value, resource: &Resource) {
    let status = match resource.kind {
        "Namespace" => json!({"phase": "Active"}),
        "Pod" => json!({"phase": "Pending", "qosClass": "BestEffort"}),
        "Service" => json!({"loadBalancer": {}}),
        _ => json!({}),
    };
    if resource.has_status() {
        set(object, "status", &status);
    }
}

fn set(fields: &mut Value, key: &str, value: &Value) {
    if fields.is_object() && fields[key].is_null() {
        fields[key] = value.clone();
    }
}

fn list<'a>(fields: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    fields.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

fn deployment(spec: &mut Value) {
    set(spec, "replicas", &json!(1));
    pod(&mut spec["template"]["spec"]);
    set(spec, "strategy", &json!({"type": "RollingUpdate"}));
    set(&mut spec["strategy"], "type", &json!("RollingUpdate"));
    if spec["strategy"]["type"] == "RollingUpdate" {
        set(&mut spec["strategy"], "rollingUpdate", &json!({}));
        set(&mut spec["strategy"]["rollingUpdate"], "maxUnavailable", &json!("25%"));
        set(&mut spec["strategy"]["rollingUpdate"], "maxSurge", &json!("25%"));
    }
    set(spec, "revisionHistoryLimit", &json!(10));
    set(spec, "progressDeadlineSeconds", &json!(600));
}

fn pod(spec: &mut Value) {
    for container in list(spec, "containers") {
        self::container(container);
    }
    set(spec, "restartPolicy", &json!("Always"));
    set(spec, "terminationGracePeriodSeconds", &json!(30));
    set(spec, "dnsPolicy", &json!("ClusterFirst"));
    if let Some(account) = spec["serviceAccountName"].as_str().map(str::to_owned) {
        set(spec, "serviceAccount", &json!(account));
    }
    set(spec, "securityContext", &json!({}));
    set(spec, "schedulerName", &json!("default-scheduler"));
}

/// What only a pod itself gets, not the template of one.
fn only_in_pods(spec: &mut Value) {
    let toleration =
        |key: &str| json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300});
    let priority = match spec["priorityClassName"].as_str() {
        Some("system-cluster-critical") => 2_000_000_000,
        Some("system-node-critical") => 2_000_001_000,
        _ => 0,
    };
    for (key, value) in [
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
        ("priority", json!(priority)),
        (
            "tolerations",
            json!([toleration("node.kubernetes.io/not-ready"), toleration("node.kubernetes.io/unreachable")]),
        ),
    ] {
        set(spec, key, &value);
    }
}

fn container(container: &mut Value) {
    for port in list(container, "ports") {
        set(port, "protocol", &json!("TCP"));
    }
    set(container, "resources", &json!({}));
    for probe in ["livenessProbe", "readinessProbe"] {
        if container[probe].is_object() {
            self::probe(&mut container[probe]);
        }
    }
    set(container, "terminationMessagePath", &json!("/dev/termination-log"));
    set(container, "terminationMessagePolicy", &json!("File"));
    let image = container["image"].as_str().unwrap_or_default();
    let tag = image.rsplit('/').next().and_then(|name| name.split_once(':')).map_or("latest", |(_, tag)| tag);
    let policy = if tag == "latest" { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", &json!(policy));
}

fn probe(probe: &mut Value) {
    for (key, value) in [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        set(probe, key, &json!(value));
    }
    if probe["httpGet"].is_object() {
        set(&mut probe["httpGet"], "scheme", &json!("HTTP"));
    }
}

fn service(spec: &mut Value) {
    for port in list(spec, "ports") {
        set(port, "protocol", &json!("TCP"));
        let number = port["port"].clone();
        set(port, "targetPort", &number);
    }
    let with_address = spec["clusterIP"].as_str().unwrap_or("10.96.100.100").to_owned();
    for (key, value) in [
        ("clusterIP", json!(with_address)),
        ("clusterIPs", json!([with_address])),
        ("type", json!("ClusterIP")),
        ("sessionAffinity", json!("None")),
        ("ipFamilies", json!(["IPv4"])),
        ("ipFamilyPolicy", json!("SingleStack")),
        ("internalTrafficPolicy", json!("Cluster")),
    ] {
        set(spec, key, &value);
    }
}
