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
        Kind::Delete => (first.before.as_ref().map(yaml).unwrap_or_default(), String::new()),
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

/// YAML as people read it, without what only servers write.
pub fn yaml(object: &Value) -> String {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    serde_saphyr::to_string(&object).unwrap_or_else(|error| format!("# could not be written as YAML: {error}\n"))
}
