//! Which groups, versions and kinds there are: the aggregated form, and the older one of one request per group version.

use serde_json::{Value, json};

use super::kinds::{self, RESOURCES, Resource, Served};
use super::status;
use super::store::Store;
use super::wire::{Request, Response};
use crate::objects::is_true;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// A group version behind an APIService, and whether its server can be reached.
struct Behind {
    group: String,
    version: String,
    available: bool,
}

/// Whether the APIService of an aggregated group version is there, and available.
pub fn availability(store: &Store, group: &str, version: &str) -> Option<bool> {
    behind_services(store).into_iter().find(|b| b.group == group && b.version == version).map(|b| b.available)
}

fn behind_services(store: &Store) -> Vec<Behind> {
    let services = store.all("apiservices.apiregistration.k8s.io");
    let services = services.iter().filter(|service| service["spec"]["service"].is_object());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    services
        .map(|service| Behind {
            group: text(&service["spec"]["group"]),
            version: text(&service["spec"]["version"]),
            available: is_available(service),
        })
        .collect()
}

fn is_available(service: &Value) -> bool {
    let conditions = service["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| condition["type"] == "Available" && condition["status"] == "True")
}

/// Whether a kind is served now that comes and goes with its definition.
pub fn is_there(store: &Store, resource: &Resource) -> bool {
    resource.served != Served::Defined
        || store
            .get("customresourcedefinitions.apiextensions.k8s.io", &resource.qualified())
            .is_some_and(|definition| is_true(definition, "Established"))
}

fn defined(store: &Store) -> Vec<(String, String)> {
    let there = RESOURCES.iter().filter(|resource| resource.served == Served::Defined && is_there(store, resource));
    let mut found: Vec<(String, String)> =
        there.map(|resource| (resource.group.to_owned(), resource.version.to_owned())).collect();
    found.sort_by(|a, b| b.cmp(a));
    found.dedup();
    found
}

/// `/api` and `/apis`
pub fn groups(store: &Store, request: &Request, core: bool) -> Response {
    let accepts = request.header("accept").unwrap_or_default();
    if accepts.contains("as=APIGroupDiscoveryList") {
        let body = json!({
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
            "items": aggregated(store, core),
        });
        return Response { content_type: AGGREGATED.into(), ..Response::json(200, &body) };
    }
    if core {
        let address = json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]);
        let body = json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": address});
        return Response::json(200, &body);
    }
    let groups: Vec<Value> =
        versions_by_group(store).iter().map(|(group, versions)| legacy_group(group, versions)).collect();
    Response::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
}

/// `/apis/GROUP`
pub fn group(store: &Store, name: &str) -> Response {
    let groups = versions_by_group(store);
    let Some((name, versions)) = groups.iter().find(|(group, _)| group == name) else { return status::no_such_path() };
    let mut body = json!({"kind": "APIGroup", "apiVersion": "v1"});
    merge(&mut body, legacy_group(name, versions));
    Response::json(200, &body)
}

/// `/api/v1` and `/apis/GROUP/VERSION`; `None` where nobody serves it.
pub fn group_version(store: &Store, group: &str, version: &str) -> Option<Response> {
    let of_version = |r: &&Resource| (r.group, r.version) == (group, version);
    let is_here = |resource: &Resource| resource.served != Served::Aggregated && is_there(store, resource);
    let is_local = RESOURCES.iter().filter(of_version).any(is_here);
    if !is_local {
        match availability(store, group, version) {
            None => return None,
            Some(false) => return Some(status::aggregated_api_is_down()),
            Some(true) => {}
        }
    }
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let there = RESOURCES.iter().filter(of_version).filter(|resource| is_there(store, resource));
    let resources: Vec<Value> = there.flat_map(legacy_resources).collect();
    let body = json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources});
    Some(Response::json(200, &body))
}

fn versions_by_group(store: &Store) -> Vec<(String, Vec<String>)> {
    let local =
        kinds::local_group_versions().into_iter().map(|(group, version)| (group.to_owned(), version.to_owned()));
    let behind = behind_services(store).into_iter().map(|behind| (behind.group, behind.version));
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (group, version) in local.chain(defined(store)).chain(behind).filter(|(group, _)| !group.is_empty()) {
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, versions)) => versions.push(version),
            None => groups.push((group, vec![version])),
        }
    }
    groups
}

fn aggregated(store: &Store, core: bool) -> Vec<Value> {
    if core {
        return vec![json!({"metadata": {}, "versions": [aggregated_version(store, "", "v1", true)]})];
    }
    let groups = versions_by_group(store);
    let version = |group: &str, version: &String| {
        let current = availability(store, group, version).unwrap_or(true);
        aggregated_version(store, group, version, current)
    };
    groups
        .iter()
        .map(|(group, versions)| {
            let versions: Vec<Value> = versions.iter().map(|name| version(group, name)).collect();
            json!({"metadata": {"name": group}, "versions": versions})
        })
        .collect()
}

fn aggregated_version(store: &Store, group: &str, version: &str, current: bool) -> Value {
    if !current {
        return json!({"version": version, "freshness": "Stale"});
    }
    let there = RESOURCES.iter().filter(|r| (r.group, r.version) == (group, version) && is_there(store, r));
    let resources = there.map(|resource| {
        let kind = json!({"group": "", "version": "", "kind": resource.kind});
        let mut body = json!({
            "resource": resource.plural, "responseKind": kind, "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": resource.singular, "verbs": verbs(resource),
        });
        if !resource.short.is_empty() {
            body["shortNames"] = json!(resource.short);
        }
        if !resource.subresources.is_empty() {
            let kind = &body["responseKind"];
            let subresources = resource.subresources.iter().map(|name| {
                json!({"subresource": name, "responseKind": kind, "verbs": ["get", "patch", "update"]})
            });
            body["subresources"] = subresources.collect();
        }
        body
    });
    json!({"version": version, "resources": resources.collect::<Vec<_>>(), "freshness": "Current"})
}

fn verbs(resource: &Resource) -> &'static [&'static str] {
    match resource.served {
        Served::Stored if resource.kind == "Namespace" => {
            &["create", "delete", "get", "list", "patch", "update", "watch"]
        }
        Served::Stored | Served::Defined => {
            &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        }
        Served::Asked => &["create"],
        Served::Aggregated => &["get", "list"],
    }
}

fn legacy_group(name: &str, versions: &[String]) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": version}))
        .collect();
    json!({"name": name, "versions": versions, "preferredVersion": versions.first()})
}

fn legacy_resources(resource: &Resource) -> Vec<Value> {
    let mut main = json!({
        "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
        "kind": resource.kind, "verbs": verbs(resource),
    });
    if !resource.short.is_empty() {
        main["shortNames"] = json!(resource.short);
    }
    let subresources = resource.subresources.iter().map(|name| {
        json!({
            "name": format!("{}/{name}", resource.plural), "singularName": "", "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": ["get", "patch", "update"],
        })
    });
    std::iter::once(main).chain(subresources).collect()
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}
