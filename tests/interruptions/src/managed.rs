//! Who manages which fields of an object: a verb that declares fields goes by it, so what is put back has to be everybody's again.

use serde_json::{Map, Value};

/// They bring their part again by themselves: MetalLB's controller, of old and of now.
const BY_THEMSELVES: [&str; 2] = ["controller", "MetalLB"];

/// The path of a write in the name of whoever made the object.
pub fn by_its_maker(path: &str, object: &Value) -> String {
    let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    // A status has a writer of its own.
    let of_the_object = entries.filter(|entry| entry.get("subresource").is_none());
    let mut managers = of_the_object.filter_map(|entry| entry["manager"].as_str());
    match managers.find(|manager| !BY_THEMSELVES.contains(manager)) {
        Some(manager) => format!("{path}?fieldManager={manager}"),
        None => path.to_owned(),
    }
}

/// Without what others have brought to it since, and bring again.
pub fn as_it_was_made(object: &Value) -> Value {
    let mut made = object.clone();
    for entry in object["metadata"]["managedFields"].as_array().into_iter().flatten() {
        let is_theirs = BY_THEMSELVES.iter().any(|manager| entry["manager"] == *manager);
        if let Some(fields) = entry["fieldsV1"].as_object().filter(|_| is_theirs) {
            remove(&mut made, fields);
        }
    }
    made
}

fn remove(value: &mut Value, fields: &Map<String, Value>) {
    for (key, below) in fields {
        let below = below.as_object().filter(|below| !below.is_empty());
        match (key.split_once(':'), below) {
            (Some(("f", name)), None) => drop(value.as_object_mut().map(|object| object.remove(name))),
            (Some(("f", name)), Some(below)) => {
                if let Some(inner) = value.get_mut(name) {
                    remove(inner, below);
                }
            }
            (Some(("k", names)), Some(below)) => {
                let names: Map<String, Value> = serde_json::from_str(names).unwrap_or_default();
                let items = value.as_array_mut().into_iter().flatten();
                let is_meant = |item: &&mut Value| names.iter().all(|(key, value)| &item[key] == value);
                if let Some(item) = items.into_iter().find(is_meant) {
                    remove(item, below);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_comes_by_itself_is_left_out() {
        let theirs = json!({"f:webhooks": {"k:{\"name\":\"a\"}": {"f:clientConfig": {"f:caBundle": {}}}}});
        let object = json!({
            "metadata": {"name": "x", "managedFields": [
                {"manager": "kube-apiserver", "subresource": "status", "fieldsV1": {"f:status": {}}},
                {"manager": "MetalLB", "fieldsV1": theirs},
                {"manager": "kubectl-lab", "fieldsV1": {"f:metadata": {"f:labels": {}}}},
            ]},
            "webhooks": [{"name": "a", "clientConfig": {"caBundle": "x", "service": "y"}}],
        });
        assert_eq!(as_it_was_made(&object)["webhooks"], json!([{"name": "a", "clientConfig": {"service": "y"}}]));
        assert_eq!(by_its_maker("/api/v1/secrets", &object), "/api/v1/secrets?fieldManager=kubectl-lab");
    }
}
