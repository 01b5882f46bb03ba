//! The EndpointSlice controller, and the aggregator's check of what stands behind an APIService.

use serde_json::{Value, json};

use super::behaviour::{listens_on, named_port};
use super::{Trouble, World, full_name, put_if_new};
use crate::api::Store;
use crate::objects::{api_service, endpoints};

const SLICES: &str = "endpointslices.discovery.k8s.io";
const API_SERVICES: &str = "apiservices.apiregistration.k8s.io";

pub fn all(world: &World, store: &mut Store) {
    for service in store.all("services") {
        if service["spec"]["selector"].as_object().is_some_and(|selector| !selector.is_empty()) {
            let pods = selected(store, &service);
            let port = target(&service, &pods);
            put_if_new(store, SLICES, endpoints::of(&service, &pods, &port));
        }
    }
    for api in store.all(API_SERVICES).into_iter().filter(|api| api["spec"]["service"].is_object()) {
        let condition = check(world, store, &api["spec"]["service"]);
        let mut checked = api.clone();
        checked["status"] = json!({"conditions": [condition]});
        put_if_new(store, API_SERVICES, checked);
    }
}

fn selected(store: &Store, service: &Value) -> Vec<Value> {
    let selector = service["spec"]["selector"].as_object().cloned().unwrap_or_default();
    let here = |pod: &Value| pod["metadata"]["namespace"] == service["metadata"]["namespace"];
    let fits = |pod: &Value| selector.iter().all(|(key, value)| pod["metadata"]["labels"][key.as_str()] == *value);
    store.all("pods").into_iter().filter(|pod| here(pod) && fits(pod)).collect()
}

/// The number that the Service's first port comes to in its pods.
fn target(service: &Value, pods: &[Value]) -> Value {
    let wanted = &service["spec"]["ports"][0]["targetPort"];
    let containers = pods.iter().flat_map(|pod| pod["spec"]["containers"].as_array().into_iter().flatten());
    containers.clone().find_map(|container| named_port(container, wanted)).map_or(Value::Null, |port| json!(port))
}

/// What the aggregator finds out about the Service that an APIService names.
fn check(world: &World, store: &Store, reference: &Value) -> Value {
    let text = |key: &str| reference[key].as_str().unwrap_or_default();
    let (namespace, name, port) = (text("namespace"), text("name"), reference["port"].as_i64().unwrap_or(443));
    let Some(service) = store.get("services", &format!("{namespace}/{name}")) else {
        return api_service::service_not_found(namespace, name);
    };
    if !service["spec"]["ports"].as_array().into_iter().flatten().any(|one| one["port"] == port) {
        return api_service::service_port_missing(namespace, name, port);
    }
    let mut slices = store
        .all(SLICES)
        .into_iter()
        .filter(|slice| slice["metadata"]["ownerReferences"][0]["uid"] == service["metadata"]["uid"]);
    let Some(slice) = slices.next() else { return api_service::endpoints_not_found(namespace, name) };
    let mut ready =
        slice["endpoints"].as_array().into_iter().flatten().filter(|endpoint| endpoint["conditions"]["ready"] == true);
    let Some(endpoint) = ready.next() else { return api_service::missing_endpoints(namespace, name) };
    answers(world, store, &slice, endpoint)
}

fn answers(world: &World, store: &Store, slice: &Value, endpoint: &Value) -> Value {
    let (host, port) = (endpoint["addresses"][0].as_str().unwrap_or_default(), &slice["ports"][0]["port"]);
    let address = format!("{host}:{port}");
    let pod = store.get("pods", &full_name(&json!({"metadata": endpoint["targetRef"]})));
    let containers = pod.into_iter().flat_map(|pod| pod["spec"]["containers"].as_array().into_iter().flatten());
    let is_ours =
        |container: &&Value| container["image"].as_str().is_some_and(|image| image.contains("metrics-server"));
    let listens = containers.clone().find(is_ours).map(listens_on);
    match (listens, &world.trouble) {
        (Some(listens), _) if *port != listens => {
            api_service::failed_discovery(&address, &format!("dial tcp {address}: connect: connection refused"))
        }
        (_, Trouble::Unreachable) => {
            let why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
            api_service::failed_discovery(&address, why)
        }
        (_, Trouble::FrontProxy) => {
            let url = format!("https://{address}/apis/metrics.k8s.io/v1beta1");
            let mut condition = api_service::failed_discovery(&address, "");
            condition["message"] = json!(format!("failing or missing response from {url}: bad status from {url}: 401"));
            condition
        }
        _ => api_service::passed(),
    }
}
