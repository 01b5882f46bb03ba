//! Reading: one object, a list page by page, a watch, a log.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::kinds::{Resource, Served};
use super::log::Wanted;
use super::route::{Collection, Object};
use super::selector::Selector;
use super::status;
use super::store::Store;
use super::wire::{Request, Response};

/// An answer that goes on.
#[derive(Clone, Debug)]
pub struct Watch {
    pub resource: &'static Resource,
    pub selector: Selector,
    /// What is told first.
    pub first: Vec<Value>,
    /// The version that has been told of.
    pub told: u64,
    pub bookmarks: bool,
    pub until: Instant,
}

pub fn object(store: &Store, wanted: &Object) -> Response {
    let namespace = wanted.namespace.as_deref().unwrap_or_default();
    match store.find(wanted.resource, namespace, &wanted.name) {
        Some(object) => Response::json(200, &as_version(object.clone(), wanted.resource)),
        None => status::not_found(wanted.resource, &wanted.name),
    }
}

/// One store serves all versions of a group.
fn as_version(mut object: Value, resource: &Resource) -> Value {
    object["apiVersion"] = json!(resource.api_version());
    object
}

/// A list. Its items carry neither kind nor apiVersion, as those of a real server.
pub fn list(store: &Store, request: &Request, wanted: &Collection) -> Result<Response, Response> {
    let resource = wanted.resource;
    let selector = Selector::of(request, resource, wanted.namespace.as_deref())?;
    let limit = match request.parameter("limit") {
        None | Some("" | "0") => usize::MAX,
        Some(text) => text
            .parse()
            .map_err(|_| status::bad_request(&format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")))?,
    };
    let (version, start) = match request.parameter("continue").filter(|token| !token.is_empty()) {
        None => (store.version(), None),
        Some(token) => continued(store, token)?,
    };
    let found = store.select(resource, &selector);
    let rest: Vec<&Value> =
        found.into_iter().filter(|object| start.as_ref().is_none_or(|last| place(object) > *last)).collect();
    let (page, left) = rest.split_at(limit.min(rest.len()));
    let mut metadata = json!({});
    if resource.served != Served::Aggregated {
        metadata["resourceVersion"] = json!(version.to_string());
    }
    if let (Some(last), false) = (page.last(), left.is_empty()) {
        metadata["continue"] = json!(format!("{version}.{}", place(last)));
        if selector.takes_all() {
            metadata["remainingItemCount"] = json!(left.len());
        }
    }
    let items: Vec<Value> = page.iter().map(|&object| bare(object.clone())).collect();
    let kind = format!("{}List", resource.kind);
    Ok(Response::json(
        200,
        &json!({"kind": kind, "apiVersion": resource.api_version(), "metadata": metadata, "items": items}),
    ))
}

/// Lists are in this order, so that a page can begin after the last object of the one before.
fn place(object: &Value) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

fn continued(store: &Store, token: &str) -> Result<(u64, Option<String>), Response> {
    let invalid = || status::bad_request("invalid continue token: continue key is not valid");
    let (version, start) = token.split_once('.').ok_or_else(invalid)?;
    let version = version.parse().map_err(|_| invalid())?;
    if version < store.history.oldest() {
        return Err(status::expired());
    }
    Ok((version, Some(start.to_owned())))
}

fn bare(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("kind");
        fields.shift_remove("apiVersion");
    }
    object
}

pub fn watch(store: &Store, request: &Request, wanted: &Collection) -> Result<Watch, Response> {
    let selector = Selector::of(request, wanted.resource, wanted.namespace.as_deref())?;
    let asked: u64 = request.parameter("resourceVersion").and_then(|version| version.parse().ok()).unwrap_or(0);
    let streams_list = request.flag("sendInitialEvents");
    let bookmarks = request.flag("allowWatchBookmarks");
    let mut first = Vec::new();
    let mut told = asked;
    if asked == 0 || streams_list {
        let present = store.select(wanted.resource, &selector);
        first.extend(present.into_iter().map(|object| json!({"type": "ADDED", "object": object})));
        told = store.version();
        if streams_list && bookmarks {
            first.push(bookmark(wanted.resource, told, true));
        }
    } else if asked < store.history.oldest() {
        first.push(json!({"type": "ERROR", "object": status::too_old(asked, store.history.oldest())}));
    }
    let seconds = request.parameter("timeoutSeconds").and_then(|seconds| seconds.parse().ok()).unwrap_or(1800);
    let until = Instant::now() + Duration::from_secs(seconds);
    Ok(Watch { resource: wanted.resource, selector, first, told, bookmarks, until })
}

impl Watch {
    /// Whether the first thing said was also the last: an error.
    pub fn has_failed(&self) -> bool {
        self.first.iter().any(|event| event["type"] == "ERROR")
    }

    /// What happened since the last time this was asked.
    pub fn news(&mut self, store: &Store) -> Vec<Value> {
        if self.told < store.history.oldest() {
            let event = json!({"type": "ERROR", "object": status::too_old(self.told, store.history.oldest())});
            self.first = vec![event.clone()];
            self.told = store.version();
            return vec![event];
        }
        let events = store.history.since(self.told, self.resource, &self.selector);
        self.told = self.told.max(store.version());
        events
    }

    /// Where a client may take up the watch again.
    pub fn bookmark(&self) -> Value {
        bookmark(self.resource, self.told, false)
    }
}

fn bookmark(resource: &Resource, version: u64, ends_list: bool) -> Value {
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if ends_list {
        metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    }
    let object = json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata});
    json!({"type": "BOOKMARK", "object": object})
}

pub fn log(store: &Store, request: &Request, wanted: &Object) -> Result<Wanted, Response> {
    let namespace = wanted.namespace.as_deref().unwrap_or_default();
    let pod = store
        .find(wanted.resource, namespace, &wanted.name)
        .ok_or_else(|| status::not_found(wanted.resource, &wanted.name))?;
    Wanted::of(request, pod)
}
