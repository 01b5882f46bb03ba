//! What changes would do to an object, as the unified diff of its YAML that `kubectl diff` readers know.

use serde_json::Value;
use similar::TextDiff;

use crate::change::{Change, Kind};
use crate::patch::{Mismatch, put};

/// The diff of all changes to one object. `seen` is the object they were planned on, `None` where it is to be created.
pub fn diff(changes: &[&Change], seen: Option<&Value>) -> Result<String, Mismatch> {
    let Some(first) = changes.first() else { return Ok(String::new()) };
    let (before, after) = match first.kind() {
        Kind::Create => (String::new(), first.after.as_ref().map(yaml).unwrap_or_default()),
        // What others declared of the object is not our change, and the server's part least of all.
        Kind::Declare => {
            let sorted = |manifest: &Option<Value>| manifest.as_ref().map(|it| yaml(&by_key(it))).unwrap_or_default();
            (sorted(&first.before), sorted(&first.after))
        }
        Kind::Delete => (seen.or(first.before.as_ref()).map(yaml).unwrap_or_default(), String::new()),
        Kind::Patch => {
            let seen = seen.unwrap_or(&Value::Null);
            (yaml(seen), yaml(&put(changes.iter().copied(), seen)?))
        }
    };
    let name = first.target.to_string();
    let lines = TextDiff::from_lines(&before, &after);
    Ok(lines
        .unified_diff()
        .context_radius(3)
        .header(&format!("{name} (live)"), &format!("{name} (planned)"))
        .to_string())
}

/// Two texts of one object can only be compared in one order.
fn by_key(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(&String, &Value)> = map.iter().collect();
            pairs.sort_by_key(|(key, _)| *key);
            Value::Object(pairs.into_iter().map(|(key, value)| (key.clone(), by_key(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(by_key).collect()),
        other => other.clone(),
    }
}

/// YAML as people read it, without what only servers write.
pub fn yaml(object: &Value) -> String {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    serde_saphyr::to_string(&object).unwrap_or_else(|error| format!("# could not be written as YAML: {error}\n"))
}
