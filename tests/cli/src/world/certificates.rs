//! The controller that signs what was approved.

use serde_json::{Value, json};

use crate::api::Store;
use crate::objects::{base64, certificate_request};

const REQUESTS: &str = "certificatesigningrequests.certificates.k8s.io";

pub fn issue(store: &mut Store) {
    for request in store.all(REQUESTS) {
        if certificate_request::is_approved(&request) && request["status"]["certificate"].is_null() {
            let name = request["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let certificate = base64::encode(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
            store.edit_as("kube-controller-manager", REQUESTS, &name, |request| {
                request["status"]["certificate"] = json!(certificate);
            });
        }
    }
}

/// Whether a node's kubelet has got the certificate that it asked for.
pub fn serves(store: &Store, node: &str) -> bool {
    let user = format!("system:node:{node}");
    let is_its = |request: &Value| {
        request["spec"]["signerName"] == "kubernetes.io/kubelet-serving" && request["spec"]["username"] == user.as_str()
    };
    store.all(REQUESTS).iter().any(|request| is_its(request) && certificate_request::is_approved(request))
}
