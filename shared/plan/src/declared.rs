//! What a field manager has declared of an object, read from the API server's account in `metadata.managedFields`.
//!
//! An upgrade declares a newer manifest in the place of an older one: fields that the older one declared and the newer
//! one does not name any more have to go, fields of others have to stay, and neither can be seen in the object alone.

use serde_json::{Map, Value};

use crate::path::Path;

/// The part of the object that these managers have declared, with its present values.
pub fn declared(object: &Value, managers: &[&str]) -> Value {
    let mut fields = Value::Object(Map::new());
    for entry in entries(object).filter(|entry| !is_of_subresource(entry) && managers.contains(&manager(entry))) {
        merge(&mut fields, entry.get("fieldsV1").unwrap_or(&Value::Null));
    }
    let mut part = project(object, &fields).unwrap_or_else(|| Value::Object(Map::new()));
    // What names the object belongs to every declaration, though nobody owns it.
    for key in ["apiVersion", "kind"] {
        copy(object, &mut part, key);
    }
    if let Some(metadata) = object.get("metadata") {
        let part = entry_of(&mut part, "metadata");
        for key in ["name", "namespace"] {
            copy(metadata, part, key);
        }
    }
    part
}

/// Whether the object says everything that `wanted` says. Empty maps and lists are not stored, so their absence is no
/// difference.
pub fn contains(object: &Value, wanted: &Value) -> bool {
    difference(object, wanted, &Path::default()).is_none()
}

/// The first place where the object does not say what `wanted` says.
pub fn difference(object: &Value, wanted: &Value, at: &Path) -> Option<Path> {
    match (object, wanted) {
        // In a manifest it means that nothing is said.
        (_, Value::Null) => None,
        (Value::Object(object), Value::Object(wanted)) => wanted.iter().find_map(|(key, wanted)| {
            let here = at.clone().key(key);
            match object.get(key) {
                Some(found) => difference(found, wanted, &here),
                None => (!is_empty(wanted)).then_some(here),
            }
        }),
        (Value::Array(found), Value::Array(wanted)) if wanted.iter().all(|element| name(element).is_some()) => {
            wanted.iter().find_map(|element| {
                let name = name(element)?;
                let here = at.clone().element("name", name);
                match found.iter().find(|found| self::name(found) == Some(name)) {
                    Some(found) => difference(found, element, &here),
                    None => Some(here),
                }
            })
        }
        (Value::Array(found), Value::Array(wanted)) => {
            let same = found.len() == wanted.len()
                && found.iter().zip(wanted).all(|(found, wanted)| difference(found, wanted, at).is_none());
            (!same).then(|| at.clone())
        }
        _ => (object != wanted).then(|| at.clone()),
    }
}

/// The places whose value `wanted` changes although somebody else declared it, each with who that was.
pub fn contested(object: &Value, wanted: &Value, ours: &[&str]) -> Vec<(Path, String)> {
    let mut found = Vec::new();
    leaves(wanted, &Path::default(), &mut |path, value| {
        let live = path.get(object);
        if live.is_none() || live == Some(value) {
            return;
        }
        if let Some(owner) = crate::owner::owner(object, path)
            && !ours.contains(&owner.as_str())
        {
            found.push((path.clone(), owner));
        }
    });
    found
}

/// Calls `each` with every value that is no map, and no list of named elements.
fn leaves(value: &Value, at: &Path, each: &mut impl FnMut(&Path, &Value)) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(value, &at.clone().key(key), each);
            }
        }
        Value::Array(list) if !list.is_empty() && list.iter().all(|element| name(element).is_some()) => {
            for element in list {
                leaves(element, &at.clone().element("name", name(element).unwrap_or_default()), each);
            }
        }
        _ => each(at, value),
    }
}

/// `metadata.managedFields` with what `managers` declared, in whichever way, as one server-side apply of `ours`: after
/// that, applying a manifest takes away what it does not name any more.
pub fn taken_over(object: &Value, ours: &str, managers: &[&str]) -> Option<Value> {
    let is_ours = |entry: &&Value| !is_of_subresource(entry) && managers.contains(&manager(entry));
    let taken: Vec<&Value> = entries(object).filter(is_ours).collect();
    let is_apply = |entry: &Value| manager(entry) == ours && entry.get("operation").is_some_and(|of| of == "Apply");
    let [first, ..] = taken[..] else { return None };
    if taken.len() == 1 && is_apply(first) {
        return None;
    }
    let mut entry = first.clone();
    let mut fields = Value::Object(Map::new());
    taken.iter().for_each(|entry| merge(&mut fields, entry.get("fieldsV1").unwrap_or(&Value::Null)));
    entry["manager"] = ours.into();
    entry["operation"] = "Apply".into();
    entry["fieldsV1"] = fields;
    let others = entries(object).filter(|entry| !is_ours(entry)).cloned();
    Some(Value::Array(std::iter::once(entry).chain(others).collect()))
}

fn entries(object: &Value) -> impl Iterator<Item = &Value> {
    object.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten()
}

fn manager(entry: &Value) -> &str {
    entry.get("manager").and_then(Value::as_str).unwrap_or_default()
}

fn is_of_subresource(entry: &Value) -> bool {
    entry.get("subresource").and_then(Value::as_str).is_some_and(|subresource| !subresource.is_empty())
}

/// Adds the fields of one account to another.
fn merge(into: &mut Value, fields: &Value) {
    let (Some(into), Some(fields)) = (into.as_object_mut(), fields.as_object()) else { return };
    for (key, value) in fields {
        merge(into.entry(key).or_insert_with(|| Value::Object(Map::new())), value);
    }
}

/// The part of a value that a set of fields names. An empty set owns the value as a whole.
fn project(value: &Value, fields: &Value) -> Option<Value> {
    let fields = fields.as_object()?;
    let inner: Vec<(&String, &Value)> = fields.iter().filter(|(key, _)| *key != ".").collect();
    if inner.is_empty() {
        return Some(value.clone());
    }
    match value {
        Value::Object(map) => {
            let named = inner.iter().filter_map(|(key, fields)| {
                let key = key.strip_prefix("f:")?;
                Some((key.to_owned(), project(map.get(key)?, fields)?))
            });
            Some(Value::Object(named.collect()))
        }
        Value::Array(list) => {
            let kept = list.iter().filter_map(|element| {
                let (_, fields) = inner.iter().find(|(key, _)| names(key, element))?;
                let mut part = project(element, fields)?;
                keys_of(fields_key(&inner, element)?).iter().for_each(|key| copy(element, &mut part, key));
                Some(part)
            });
            Some(Value::Array(kept.collect()))
        }
        other => Some(other.clone()),
    }
}

/// The key under which a set of fields speaks of an element of a list.
fn fields_key<'f>(fields: &[(&'f String, &Value)], element: &Value) -> Option<&'f str> {
    fields.iter().map(|(key, _)| key.as_str()).find(|key| names(key, element))
}

/// `k:{"name":"x"}` speaks of the element with that name, `v:"x"` of the element `"x"`.
fn names(key: &str, element: &Value) -> bool {
    if let Some(value) = key.strip_prefix("v:") {
        return serde_json::from_str::<Value>(value).is_ok_and(|value| value == *element);
    }
    let Some(keys) = key.strip_prefix("k:") else { return false };
    let Ok(Value::Object(keys)) = serde_json::from_str(keys) else { return false };
    keys.iter().all(|(key, value)| element.get(key) == Some(value))
}

fn keys_of(key: &str) -> Vec<String> {
    let keys = key.strip_prefix("k:").and_then(|keys| serde_json::from_str::<Map<String, Value>>(keys).ok());
    keys.map(|keys| keys.into_iter().map(|(key, _)| key).collect()).unwrap_or_default()
}

fn copy(from: &Value, into: &mut Value, key: &str) {
    if let (Some(value), Some(into)) = (from.get(key), into.as_object_mut()) {
        into.entry(key).or_insert_with(|| value.clone());
    }
}

fn entry_of<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if value.get(key).is_none_or(|value| !value.is_object()) {
        value[key] = Value::Object(Map::new());
    }
    &mut value[key]
}

fn name(element: &Value) -> Option<&str> {
    element.get("name").and_then(Value::as_str)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().all(is_empty),
        Value::Array(list) => list.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object() -> Value {
        let ports = json!({ ".": {}, "k:{\"containerPort\":7472,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {}, "f:name": {}, "f:protocol": {} } });
        let container = json!({ ".": {}, "f:args": {}, "f:image": {}, "f:name": {}, "f:ports": ports });
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "controller", "namespace": "metallb-system", "labels": { "app": "metallb", "theirs": "x" }, "managedFields": [
                { "manager": "kubectl-lab", "operation": "Update", "fieldsV1": {
                    "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
                    "f:spec": { "f:template": { "f:spec": { "f:containers": { "k:{\"name\":\"controller\"}": container } } } } } },
                { "manager": "somebody", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": {
                    "f:metadata": { "f:labels": { "f:theirs": {} } }, "f:spec": { "f:replicas": {} } } },
                { "manager": "kube-controller-manager", "operation": "Update", "subresource": "status", "fieldsV1": { "f:status": {} } },
            ] },
            "spec": { "replicas": 2, "template": { "spec": { "containers": [
                { "name": "controller", "image": "controller:v0.13.12", "args": ["--port=7472"], "imagePullPolicy": "IfNotPresent",
                  "ports": [{ "containerPort": 7472, "name": "monitoring", "protocol": "TCP" }, { "containerPort": 1, "protocol": "TCP" }] },
                { "name": "sidecar", "image": "theirs" } ] } } },
            "status": { "replicas": 2 },
        })
    }

    #[test]
    fn only_what_we_declared_is_ours() {
        let part = declared(&object(), &["kubectl-lab"]);
        let expected = json!({
            "metadata": { "labels": { "app": "metallb" }, "name": "controller", "namespace": "metallb-system" },
            "spec": { "template": { "spec": { "containers": [
                { "name": "controller", "image": "controller:v0.13.12", "args": ["--port=7472"],
                  "ports": [{ "containerPort": 7472, "name": "monitoring", "protocol": "TCP" }] } ] } } },
            "apiVersion": "apps/v1", "kind": "Deployment",
        });
        assert_eq!(part, expected);
    }

    #[test]
    fn what_others_declared_is_contested_only_where_it_would_change() {
        let object = object();
        let wanted = json!({ "spec": { "replicas": 1 } });
        let found: Vec<String> =
            contested(&object, &wanted, &["kubectl-lab"]).iter().map(|(path, who)| format!("{path} {who}")).collect();
        assert_eq!(found, ["spec.replicas somebody"]);
        assert_eq!(contested(&object, &json!({ "spec": { "replicas": 2 } }), &["kubectl-lab"]), []);
        assert_eq!(contested(&object, &wanted, &["kubectl-lab", "somebody"]), []);
    }

    #[test]
    fn accounts_are_taken_over_as_one() {
        let object = object();
        let fields = taken_over(&object, "kubectl-lab", &["kubectl-lab", "somebody"]).unwrap();
        assert_eq!(fields.as_array().unwrap().len(), 2, "the status stays its controller's");
        assert_eq!((&fields[0]["manager"], &fields[0]["operation"]), (&json!("kubectl-lab"), &json!("Apply")));
        assert_eq!(fields[0]["fieldsV1"]["f:metadata"]["f:labels"], json!({ ".": {}, "f:app": {}, "f:theirs": {} }));
        let mut taken = object.clone();
        taken["metadata"]["managedFields"] = fields;
        assert_eq!(taken_over(&taken, "kubectl-lab", &["kubectl-lab"]), None, "it is one apply of ours already");
        assert_eq!(taken_over(&json!({}), "kubectl-lab", &["kubectl-lab"]), None);
    }

    #[test]
    fn lists_of_named_elements_are_compared_by_name() {
        let live = json!({ "env": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2", "more": 1 }] });
        assert!(contains(&live, &json!({ "env": [{ "name": "B", "value": "2" }] })));
        let other = json!({ "env": [{ "name": "B", "value": "3" }] });
        assert_eq!(difference(&live, &other, &Path::default()).unwrap().to_string(), "env[name=B].value");
        assert!(contains(&json!({}), &json!({ "a": {}, "b": [], "c": null })));
        assert!(contains(
            &json!({ "creationTimestamp": "2026-01-01T00:00:00Z" }),
            &json!({ "creationTimestamp": null })
        ));
    }
}
