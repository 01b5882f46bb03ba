//! The four kinds of patches.

use serde_json::{Map, Value, json};

use super::managed;
use super::status;
use super::wire::{Request, Response};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Json,
    Merge,
    Strategic,
    Apply,
}

pub fn kind(request: &Request) -> Option<Kind> {
    match request.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default() {
        "application/json-patch+json" => Some(Kind::Json),
        "application/merge-patch+json" => Some(Kind::Merge),
        "application/strategic-merge-patch+json" => Some(Kind::Strategic),
        "application/apply-patch+yaml" => Some(Kind::Apply),
        _ => None,
    }
}

pub fn json(old: &Value, body: &[u8]) -> Result<Value, Response> {
    let patch: json_patch::Patch =
        serde_json::from_slice(body).map_err(|_| status::bad_request("invalid JSON patch"))?;
    let mut new = old.clone();
    json_patch::patch(&mut new, &patch).map_err(|_| status::patch_does_not_apply())?;
    Ok(new)
}

pub fn merge(old: &Value, body: &[u8]) -> Result<Value, Response> {
    let mut new = old.clone();
    json_patch::merge(&mut new, &parsed(body)?);
    Ok(new)
}

/// Merges lists by what tells their elements apart. This serves server-side apply too, which removes nothing here that an
/// earlier apply had set: a scenario that depends on that belongs on a real cluster.
pub fn strategic(old: &Value, body: &[u8]) -> Result<Value, Response> {
    let mut new = old.clone();
    merge_keyed(&mut new, &parsed(body)?);
    Ok(new)
}

fn parsed(body: &[u8]) -> Result<Value, Response> {
    serde_json::from_slice(body).map_err(|error| status::bad_request(&format!("error decoding patch: {error}")))
}

fn merge_keyed(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                if value.is_null() {
                    into.shift_remove(key);
                } else {
                    merge_keyed(into.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (Value::Array(into), Value::Array(from)) if from.iter().all(|item| identity(item).is_some()) => {
            for item in from {
                match into.iter_mut().find(|present| identity(present) == identity(item)) {
                    Some(present) => merge_keyed(present, item),
                    None => into.push(item.clone()),
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// The key of a list element; a port without a protocol is a TCP port.
fn identity(item: &Value) -> Option<Value> {
    let mut key = managed::list_key(item)?;
    if key.get("protocol").is_some_and(Value::is_null) {
        key["protocol"] = json!("TCP");
    }
    Some(key)
}

/// Refuses to apply over what other managers wrote and this one wants different.
pub fn conflicts(new: &Value, old: &Value, manager: &str) -> Result<(), Response> {
    let differing = managed::differing(new, old);
    let mut causes = Vec::new();
    let others = old["metadata"]["managedFields"].as_array().into_iter().flatten();
    for other in others.filter(|other| other["manager"] != manager) {
        let mut paths = Vec::new();
        common("", &differing, other["fieldsV1"].as_object().unwrap_or(&Map::new()), &mut paths);
        let who = format!("conflict with {}", other["manager"]);
        causes.extend(
            paths.into_iter().map(|path| json!({"reason": "FieldManagerConflict", "message": who, "field": path})),
        );
    }
    if causes.is_empty() {
        return Ok(());
    }
    let first = &causes[0];
    let count = if causes.len() == 1 { "1 conflict".to_owned() } else { format!("{} conflicts", causes.len()) };
    let message = format!(
        "Apply failed with {count}: {}: {}",
        first["message"].as_str().unwrap_or_default(),
        first["field"].as_str().unwrap_or_default()
    );
    Err(status::with_details(409, "Conflict", &message, json!({"causes": causes})))
}

/// The leaves that are in both sets of fields, as paths.
fn common(at: &str, one: &Map<String, Value>, other: &Map<String, Value>, paths: &mut Vec<String>) {
    for (key, value) in one {
        let Some(there) = other.get(key) else { continue };
        let step = match (key.strip_prefix("f:"), key.strip_prefix("k:")) {
            (Some(field), _) => format!("{at}.{field}"),
            (_, Some(item)) => {
                format!("{at}[{}]", item.trim_matches(['{', '}']).replace("\":", "\"=").replace('"', ""))
            }
            _ => continue,
        };
        match (value.as_object().filter(|map| !map.is_empty()), there.as_object().filter(|map| !map.is_empty())) {
            (Some(value), Some(there)) => common(&step, value, there, paths),
            _ => paths.push(step),
        }
    }
}
