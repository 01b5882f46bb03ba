//! Field managers: who wrote which fields of an object.

use serde_json::{Map, Value, json};

use super::clock;

/// Notes in `metadata.managedFields` that `manager` wrote what differs between `old` and `new`.
pub fn record(new: &mut Value, old: &Value, manager: &str, operation: &str, subresource: Option<&str>) {
    let fields = differing(new, old);
    if fields.is_empty() {
        return;
    }
    let entry = json!({
        "manager": manager, "operation": operation, "apiVersion": new["apiVersion"], "time": clock::now(),
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    });
    let mut entries = new["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let is_theirs = |entry: &Value| {
        entry["manager"] == manager && entry["operation"] == operation && entry["subresource"].as_str() == subresource
    };
    let mut entry = entry;
    if let Some(subresource) = subresource {
        entry["subresource"] = json!(subresource);
    }
    if let Some(at) = entries.iter().position(is_theirs) {
        let mut before = entries.remove(at)["fieldsV1"].take();
        merge(&mut before, &entry["fieldsV1"]);
        entry["fieldsV1"] = before;
    }
    // What somebody writes is no longer somebody else's (an Update takes ownership without asking).
    for other in &mut entries {
        subtract(&mut other["fieldsV1"], &entry["fieldsV1"]);
    }
    entries.retain(|entry| entry["fieldsV1"].as_object().is_some_and(|fields| !fields.is_empty()));
    entries.push(entry);
    new["metadata"]["managedFields"] = Value::Array(entries);
}

pub fn differing(new: &Value, old: &Value) -> Map<String, Value> {
    let own = ["apiVersion", "kind"];
    let server = [
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
        "name",
        "namespace",
        "deletionTimestamp",
    ];
    let mut fields = Map::new();
    for (key, value) in new.as_object().into_iter().flatten().filter(|(key, _)| !own.contains(&key.as_str())) {
        let inner = if key == "metadata" {
            let without = |value: &Value| {
                let mut map = value.as_object().cloned().unwrap_or_default();
                map.retain(|key, _| !server.contains(&key.as_str()));
                Value::Object(map)
            };
            changed(&without(value), &without(&old["metadata"]))
        } else {
            changed(value, &old[key.as_str()])
        };
        if let Some(inner) = inner {
            fields.insert(format!("f:{key}"), inner);
        }
    }
    fields
}

/// The fields of `new` that are not as in `old`; `None` where all are.
fn changed(new: &Value, old: &Value) -> Option<Value> {
    if new == old {
        return None;
    }
    let inner: Map<String, Value> = match new {
        Value::Object(map) => map
            .iter()
            .filter_map(|(key, value)| Some((format!("f:{key}"), changed(value, &old[key.as_str()])?)))
            .collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(|item| {
                let key = list_key(item)?;
                let before = old.as_array().into_iter().flatten().find(|old| list_key(old).as_ref() == Some(&key));
                Some((format!("k:{key}"), changed(item, before.unwrap_or(&Value::Null))?))
            })
            .collect(),
        _ => Map::new(),
    };
    Some(Value::Object(inner))
}

/// What tells an element of a keyed list from its neighbours; lists of plain values have no such thing.
pub fn list_key(item: &Value) -> Option<Value> {
    let keys: &[&str] = if item["containerPort"].is_number() {
        &["containerPort", "protocol"]
    } else if item["port"].is_number() {
        &["port", "protocol"]
    } else if item["type"].is_string() && item["status"].is_string() {
        &["type"]
    } else if item["uid"].is_string() && item["kind"].is_string() {
        &["uid"]
    } else if item["mountPath"].is_string() {
        &["mountPath"]
    } else if item["name"].is_string() {
        &["name"]
    } else {
        return None;
    };
    Some(Value::Object(keys.iter().map(|&key| (key.to_owned(), item[key].clone())).collect()))
}

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().into_iter().flatten() {
        match into.get_mut(key) {
            Some(present) => merge(present, value),
            None => into[key.as_str()] = value.clone(),
        }
    }
}

fn subtract(from: &mut Value, what: &Value) {
    let Some(map) = from.as_object_mut() else { return };
    for (key, value) in what.as_object().into_iter().flatten() {
        let Some(present) = map.get_mut(key) else { continue };
        let was_leaf = present.as_object().is_none_or(Map::is_empty);
        subtract(present, value);
        if was_leaf || present.as_object().is_none_or(Map::is_empty) {
            map.shift_remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(args: &[&str], replicas: i32) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "c", "args": args}]}}}})
    }

    #[test]
    fn the_last_writer_of_a_field_owns_it() {
        let mut first = deployment(&["a"], 1);
        record(&mut first, &json!({}), "kubectl-create", "Update", None);
        let mut second = deployment(&["b"], 1);
        second["metadata"] = first["metadata"].clone();
        record(&mut second, &first, "argocd", "Update", None);
        let owners = second["metadata"]["managedFields"].as_array().unwrap();
        let args = "/fieldsV1/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"c\"}/f:args";
        assert_eq!(owners.len(), 2);
        assert!(owners[0].pointer(args).is_none(), "{owners:#?}");
        assert!(owners[1].pointer(args).is_some(), "{owners:#?}");
    }
}
