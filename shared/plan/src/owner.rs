//! Who wrote the value at a place, as the API server keeps account of it in `metadata.managedFields`.

use serde_json::{Value, json};

use crate::path::{Path, PathStep};

/// The field manager that owns the value at `path`; of several the one that wrote last.
pub fn owner(object: &Value, path: &Path) -> Option<String> {
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let owners = entries.iter().filter(|entry| entry.get("fieldsV1").is_some_and(|fields| owns(fields, &path.0)));
    let last = owners.max_by_key(|entry| entry.get("time").and_then(Value::as_str).unwrap_or_default().to_owned())?;
    last.get("manager")?.as_str().map(str::to_owned)
}

/// Owning a value as a whole means owning everything in it, so the way may end early at an empty set.
fn owns(fields: &Value, steps: &[PathStep]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return true };
    let key = match first {
        PathStep::Key(key) => format!("f:{key}"),
        PathStep::Element { field, value } => format!("k:{}", json!({ field: value })),
    };
    fields.get(&key).is_some_and(|inner| inner == &json!({}) || owns(inner, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Value {
        let args = |rest: Value| {
            json!({ "f:spec": { "f:template": { "f:spec": { "f:containers": {
            "k:{\"name\":\"metrics-server\"}": rest
        } } } } })
        };
        json!({ "metadata": { "managedFields": [
            { "manager": "helm", "time": "2026-01-01T00:00:00Z", "fieldsV1": args(json!({ ".": {}, "f:args": {} })) },
            { "manager": "argocd", "time": "2026-01-02T00:00:00Z", "fieldsV1": args(json!({ "f:args": {} })) },
            { "manager": "someone", "time": "2026-01-03T00:00:00Z", "fieldsV1": args(json!({ "f:image": {} })) },
        ] } })
    }

    fn path(last: &str) -> Path {
        format!("spec.template.spec.containers[name=metrics-server].{last}").parse().expect("a path")
    }

    #[test]
    fn the_last_who_wrote_the_value_owns_it() {
        assert_eq!(owner(&object(), &path("args")).as_deref(), Some("argocd"));
        assert_eq!(owner(&object(), &path("image")).as_deref(), Some("someone"));
    }

    #[test]
    fn nobody_owns_what_nobody_wrote() {
        assert_eq!(owner(&object(), &path("command")), None);
        assert_eq!(owner(&json!({}), &path("args")), None);
    }
}
