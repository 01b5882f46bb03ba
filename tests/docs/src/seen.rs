//! Which properties of a schema have been met in real documents: one that never is would be a promise that nobody keeps.

use std::collections::BTreeSet;

use serde_json::Value;

/// Every property that a schema speaks of, as `PLACE/properties/NAME`.
pub fn promised(schema: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    walk(schema, "#", &mut all);
    all
}

fn walk(schema: &Value, place: &str, all: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                // Conditions repeat properties that are declared elsewhere.
                if matches!(key.as_str(), "if" | "then" | "else") {
                    continue;
                }
                if key == "properties" {
                    all.extend(
                        value.as_object().into_iter().flatten().map(|(name, _)| format!("{place}/properties/{name}")),
                    );
                }
                walk(value, &format!("{place}/{key}"), all);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| walk(item, &format!("{place}/{i}"), all));
        }
        _ => {}
    }
}

/// Those of them that a valid document has.
pub fn met(schema: &Value, document: &Value) -> BTreeSet<String> {
    let mut met = BTreeSet::new();
    meet(schema, "#", schema, document, &mut met);
    met
}

fn meet(root: &Value, place: &str, schema: &Value, value: &Value, met: &mut BTreeSet<String>) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
        && let Some(target) = root.pointer(reference.trim_start_matches('#'))
    {
        meet(root, reference, target, value, met);
    }
    for (name, part) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = value.get(name) {
            let place = format!("{place}/properties/{name}");
            meet(root, &place, part, value, met);
            met.insert(place);
        }
    }
    for (i, part) in schema.get("oneOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
        meet(root, &format!("{place}/oneOf/{i}"), part, value, met);
    }
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let prefix = schema.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (i, (part, item)) in prefix.iter().zip(items).enumerate() {
        meet(root, &format!("{place}/prefixItems/{i}"), part, item, met);
    }
    if let Some(part) = schema.get("items") {
        items.iter().skip(prefix.len()).for_each(|item| meet(root, &format!("{place}/items"), part, item, met));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_property_is_met_where_a_document_has_it() {
        let schema = json!({
            "properties": { "a": { "items": { "$ref": "#/$defs/x" } }, "b": {} },
            "then": { "properties": { "a": false } },
            "$defs": { "x": { "oneOf": [{ "const": 1 }, { "properties": { "c": {}, "d": {} } }] } },
        });
        let c = "#/$defs/x/oneOf/1/properties/c";
        let d = "#/$defs/x/oneOf/1/properties/d";
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(promised(&schema), set(&["#/properties/a", "#/properties/b", c, d]));
        assert_eq!(met(&schema, &json!({ "a": [1, { "c": null }] })), set(&["#/properties/a", c]));
    }
}
