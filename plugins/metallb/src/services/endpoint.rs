//! What stands behind a Service, from its EndpointSlices.

use k8s_openapi::api::discovery::v1::{self, EndpointSlice};

/// One address of a pod, or of something else that answers for a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub address: String,
    pub pod: Option<String>,
    pub node: Option<String>,
    /// It gets packets: it is ready, or on its way out and still serving.
    pub serves: bool,
}

/// All of one Service's slices together, each endpoint once.
pub fn endpoints<'s>(slices: impl IntoIterator<Item = &'s EndpointSlice>) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for endpoint in slices.into_iter().flat_map(|slice| slice.endpoints.iter().flatten()) {
        let Some(endpoint) = read(endpoint) else { continue };
        match found.iter_mut().find(|known| known.address == endpoint.address) {
            Some(known) => known.serves |= endpoint.serves,
            None => found.push(endpoint),
        }
    }
    found.sort_by(|a, b| a.pod.cmp(&b.pod).then_with(|| a.address.cmp(&b.address)));
    found
}

fn read(endpoint: &v1::Endpoint) -> Option<Endpoint> {
    let conditions = endpoint.conditions.as_ref();
    let ready = conditions.and_then(|conditions| conditions.ready).unwrap_or(true);
    let serving = conditions.and_then(|conditions| conditions.serving).unwrap_or(false);
    let target = endpoint.target_ref.as_ref().filter(|target| target.kind.as_deref() == Some("Pod"));
    Some(Endpoint {
        address: endpoint.addresses.first()?.clone(),
        pod: target.and_then(|target| target.name.clone()),
        node: endpoint.node_name.clone(),
        serves: ready || serving,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn slices_are_joined_and_a_condition_that_is_not_there_means_ready() {
        let slice = |endpoints: serde_json::Value| -> EndpointSlice {
            serde_json::from_value(json!({ "addressType": "IPv4", "endpoints": endpoints, "ports": [] })).unwrap()
        };
        let pod = json!({ "kind": "Pod", "name": "web-1" });
        let slices = [
            slice(
                json!([{ "addresses": ["10.244.1.5"], "conditions": { "ready": false, "serving": true }, "targetRef": pod, "nodeName": "lab-1" }]),
            ),
            slice(
                json!([{ "addresses": ["10.244.1.5"], "conditions": {} }, { "addresses": ["10.244.1.6"], "conditions": { "ready": false } }]),
            ),
        ];
        let found = endpoints(&slices);
        let serves = |address: &str| found.iter().find(|endpoint| endpoint.address == address).unwrap().serves;
        assert_eq!(found.len(), 2);
        assert!(serves("10.244.1.5") && !serves("10.244.1.6"));
    }
}
