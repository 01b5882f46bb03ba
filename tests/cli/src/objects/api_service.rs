//! The conditions of an APIService, in the words of a real aggregator.

use serde_json::{Value, json};

use super::condition;

pub fn passed() -> Value {
    condition("Available", "True", "Passed", "all checks passed")
}

pub fn service_not_found(namespace: &str, name: &str) -> Value {
    let message = format!("service/{name} in \"{namespace}\" is not present");
    condition("Available", "False", "ServiceNotFound", &message)
}

pub fn service_port_missing(namespace: &str, name: &str, port: i64) -> Value {
    let message = format!("service/{name} in \"{namespace}\" is not listening on port {port}");
    condition("Available", "False", "ServicePortError", &message)
}

pub fn endpoints_not_found(namespace: &str, name: &str) -> Value {
    let message = format!("cannot find endpointslices for service/{name} in \"{namespace}\"");
    condition("Available", "False", "EndpointsNotFound", &message)
}

pub fn missing_endpoints(namespace: &str, name: &str) -> Value {
    let message =
        format!("endpointslices for service/{name} in \"{namespace}\" have no addresses with port name \"https\"");
    condition("Available", "False", "MissingEndpoints", &message)
}

/// The API server cannot get an answer from the pod.
pub fn failed_discovery(address: &str, why: &str) -> Value {
    let url = format!("https://{address}/apis/metrics.k8s.io/v1beta1");
    let message = format!("failing or missing response from {url}: Get \"{url}\": {why}");
    condition("Available", "False", "FailedDiscoveryCheck", &message)
}

/// An APIService for metrics.k8s.io that points to this Service.
pub fn pointing_to(namespace: &str, service: &str) -> Value {
    json!({
        "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {
            "group": "metrics.k8s.io", "groupPriorityMinimum": 100, "insecureSkipTLSVerify": true,
            "service": {"name": service, "namespace": namespace, "port": 443}, "version": "v1beta1", "versionPriority": 100,
        },
        "status": {},
    })
}
