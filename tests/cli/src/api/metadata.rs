//! What a server does to the metadata of an object that is made or changed.

use serde_json::{Map, Value, json};

use super::clock;
use super::kinds::Resource;

/// A new object gets an identity and a date of birth (unless the scenario gave it one) and its first generation.
pub fn born(object: &mut Value, resource: &Resource, number: u64) {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    let metadata = &mut object["metadata"];
    if let Some(prefix) = metadata["generateName"].as_str().filter(|_| metadata["name"].is_null()) {
        metadata["name"] = json!(format!("{prefix}{number:05}"));
    }
    fill(metadata, "uid", &json!(uid(number)));
    fill(metadata, "creationTimestamp", &json!(clock::now()));
    if resource.counts_generations() {
        fill(metadata, "generation", &json!(1));
    }
}

/// Identities are counted, so that a snapshot that shows one stays the same.
fn uid(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn fill(metadata: &mut Value, key: &str, value: &Value) {
    if metadata[key].is_null() {
        metadata[key] = value.clone();
    }
}

/// A changed object keeps what no client may change, and its generation tells whether its specification was.
pub fn carried(new: &mut Value, old: &Value, resource: &Resource) {
    for key in ["uid", "creationTimestamp", "generation", "deletionTimestamp"] {
        match &old["metadata"][key] {
            Value::Null => drop(new["metadata"].as_object_mut().and_then(|metadata| metadata.shift_remove(key))),
            kept => new["metadata"][key] = kept.clone(),
        }
    }
    for key in ["labels", "annotations"] {
        // What is empty is not there at all.
        if new["metadata"][key].as_object().is_some_and(Map::is_empty) {
            new["metadata"].as_object_mut().and_then(|metadata| metadata.shift_remove(key));
        }
    }
    if resource.counts_generations() && specification(new, resource) != specification(old, resource) {
        let generation = old["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
        new["metadata"]["generation"] = json!(generation);
    }
}

/// What raises the generation: everything but metadata and status, and for a Deployment its annotations too.
fn specification(object: &Value, resource: &Resource) -> Map<String, Value> {
    let mut rest = object.as_object().cloned().unwrap_or_default();
    for key in ["metadata", "status", "apiVersion", "kind"] {
        rest.shift_remove(key);
    }
    if resource.kind == "Deployment" {
        rest.insert("annotations".into(), object["metadata"]["annotations"].clone());
    }
    rest
}

/// Whether two objects differ in nothing that a write would have to store.
pub fn same(new: &Value, old: &Value) -> bool {
    strip(new) == strip(old)
}

fn strip(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.shift_remove("resourceVersion");
        metadata.shift_remove("managedFields");
    }
    object
}

pub fn has_finalizers(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|list| !list.is_empty())
}

/// Whether an object was only waiting for its finalizers, and they are gone.
pub fn is_gone(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string() && !has_finalizers(object)
}
