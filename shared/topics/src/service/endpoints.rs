//! What stands behind a Service, from its EndpointSlices.

use k8s_openapi::api::discovery::v1::{self, EndpointSlice};

/// The label by which slices name their Service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// A pod, or something else that answers for a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// One of each family at most.
    pub addresses: Vec<String>,
    pub pod: Option<String>,
    pub node: Option<String>,
    pub ready: bool,
    pub serving: bool,
    pub terminating: bool,
    /// The zones whose clients it is meant for; empty without such a hint.
    pub for_zones: Vec<String>,
    /// The same for nodes.
    pub for_nodes: Vec<String>,
}

impl Endpoint {
    /// The pod's name, or the address of what is none.
    pub fn name(&self) -> &str {
        self.pod.as_deref().or(self.addresses.first().map(String::as_str)).unwrap_or_default()
    }
}

/// All of one Service's slices together, each pod once, in the order of their names.
pub fn endpoints<'s>(slices: impl IntoIterator<Item = &'s EndpointSlice>) -> Vec<Endpoint> {
    let mut found: Vec<Endpoint> = Vec::new();
    for endpoint in slices.into_iter().flat_map(|slice| slice.endpoints.iter().flatten()) {
        let endpoint = read(endpoint);
        match found.iter_mut().find(|known| is_same(known, &endpoint)) {
            Some(known) => join(known, endpoint),
            None => found.push(endpoint),
        }
    }
    found.sort_by(|a, b| a.name().cmp(b.name()));
    found
}

/// A pod has a slice for each family, and may be in two slices while it moves from one to the other.
fn is_same(a: &Endpoint, b: &Endpoint) -> bool {
    (a.pod.is_some() && a.pod == b.pod) || a.addresses.iter().any(|address| b.addresses.contains(address))
}

fn join(known: &mut Endpoint, other: Endpoint) {
    known.ready |= other.ready;
    known.serving |= other.serving;
    known.terminating &= other.terminating;
    let new: Vec<String> = other.addresses.into_iter().filter(|address| !known.addresses.contains(address)).collect();
    known.addresses.extend(new);
}

fn read(endpoint: &v1::Endpoint) -> Endpoint {
    let conditions = endpoint.conditions.as_ref();
    let ready = conditions.and_then(|conditions| conditions.ready).unwrap_or(true);
    let hints = endpoint.hints.as_ref();
    let target = endpoint.target_ref.as_ref().filter(|target| target.kind.as_deref() == Some("Pod"));
    Endpoint {
        addresses: endpoint.addresses.clone(),
        pod: target.and_then(|target| target.name.clone()),
        node: endpoint.node_name.clone(),
        ready,
        serving: conditions.and_then(|conditions| conditions.serving).unwrap_or(ready),
        terminating: conditions.and_then(|conditions| conditions.terminating).unwrap_or(false),
        for_zones: hints
            .and_then(|hints| hints.for_zones.as_ref())
            .map(|zones| zones.iter().map(|zone| zone.name.clone()).collect())
            .unwrap_or_default(),
        for_nodes: hints
            .and_then(|hints| hints.for_nodes.as_ref())
            .map(|nodes| nodes.iter().map(|node| node.name.clone()).collect())
            .unwrap_or_default(),
    }
}

/// Those that get new connections: the ready ones, or where there are none, those that still serve on their way out.
pub fn in_use(endpoints: &[Endpoint]) -> Vec<&Endpoint> {
    let ready: Vec<&Endpoint> = endpoints.iter().filter(|endpoint| endpoint.ready).collect();
    if ready.is_empty() {
        return endpoints.iter().filter(|endpoint| endpoint.serving && endpoint.terminating).collect();
    }
    ready
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn slice(family: &str, endpoints: &Value) -> EndpointSlice {
        let slice = json!({ "addressType": family, "endpoints": endpoints, "ports": [] });
        serde_json::from_value(slice).expect("a slice")
    }

    #[test]
    fn slices_are_joined_by_pod_and_by_address() {
        let pod = json!({ "kind": "Pod", "name": "web-1" });
        let slices = [
            slice(
                "IPv4",
                &json!([{ "addresses": ["10.244.1.5"], "conditions": { "ready": false, "serving": true }, "targetRef": pod, "nodeName": "lab-1" }]),
            ),
            slice("IPv6", &json!([{ "addresses": ["fd00::5"], "conditions": {}, "targetRef": pod }])),
            slice(
                "IPv4",
                &json!([{ "addresses": ["192.0.2.9"] }, { "addresses": ["192.0.2.9"], "conditions": { "ready": false } }]),
            ),
        ];
        let found = endpoints(&slices);
        let names: Vec<(&str, bool)> = found.iter().map(|endpoint| (endpoint.name(), endpoint.ready)).collect();
        assert_eq!(names, [("192.0.2.9", true), ("web-1", true)]);
        assert_eq!(found[1].addresses, ["10.244.1.5", "fd00::5"]);
        assert_eq!(found[1].node.as_deref(), Some("lab-1"));
    }

    #[test]
    fn one_on_its_way_out_is_used_only_where_none_is_ready() {
        let leaving = Endpoint { pod: Some("b".into()), serving: true, terminating: true, ..Endpoint::default() };
        let ready = Endpoint { pod: Some("a".into()), ready: true, serving: true, ..Endpoint::default() };
        let unready = Endpoint { pod: Some("c".into()), ..Endpoint::default() };
        let used = |all: &[Endpoint]| in_use(all).iter().map(|one| one.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(used(&[leaving.clone(), ready, unready.clone()]), ["a"]);
        assert_eq!(used(&[leaving, unready]), ["b"]);
    }
}
