//! Label and field selectors of lists and watches.

use serde_json::Value;

use super::kinds::Resource;
use super::status;
use super::wire::{Request, Response};

/// Which objects of a kind a client asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    pub namespace: Option<String>,
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
}

impl Requirement {
    /// `present` is the value under the key, if there is one.
    fn holds(&self, present: Option<&str>) -> bool {
        match &self.test {
            Test::In(wanted) => present.is_some_and(|value| wanted.iter().any(|one| one == value)),
            Test::NotIn(unwanted) => !present.is_some_and(|value| unwanted.iter().any(|one| one == value)),
            Test::Exists => present.is_some(),
            Test::Missing => present.is_none(),
        }
    }
}

impl Selector {
    /// Reads the selectors of a request; what a server would not understand becomes its answer.
    pub fn of(request: &Request, resource: &Resource, namespace: Option<&str>) -> Result<Selector, Response> {
        let labels = parse(request.parameter("labelSelector").unwrap_or_default()).map_err(|found| {
            status::bad_request(&format!("unable to parse requirement: found '{found}', expected: identifier"))
        })?;
        let fields = parse(request.parameter("fieldSelector").unwrap_or_default()).map_err(|found| {
            status::bad_request(&format!("invalid selector: '{found}'; can't understand '{found}'"))
        })?;
        let known = |key: &str| matches!(key, "metadata.name" | "metadata.namespace") || resource.fields.contains(&key);
        if let Some(unknown) = fields.iter().find(|field| !known(&field.key)) {
            return Err(status::bad_request(&unknown_field(resource, &unknown.key)));
        }
        Ok(Selector { namespace: namespace.map(str::to_owned), labels, fields })
    }

    /// Whether it selects by the namespace alone.
    pub fn takes_all(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub fn matches(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        let here = self.namespace.as_deref().is_none_or(|namespace| metadata["namespace"] == namespace);
        here && self.labels.iter().all(|label| label.holds(metadata["labels"][label.key.as_str()].as_str()))
            && self.fields.iter().all(|field| field.holds(Some(&field_of(object, &field.key))))
    }
}

/// Kinds with fields of their own to select by word it differently from those without.
fn unknown_field(resource: &Resource, field: &str) -> String {
    if resource.fields.is_empty() {
        format!("\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    } else {
        format!("field label not supported: {field}")
    }
}

/// A field's value as selectors see it: absent is the empty string.
fn field_of(object: &Value, path: &str) -> String {
    let place = match path {
        "source" => "source.component",
        other => other,
    };
    match object.pointer(&format!("/{}", place.replace('.', "/"))) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k`; the error is what was not understood.
fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    split_outside_parentheses(text).into_iter().map(|part| requirement(part.trim())).collect()
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !text[start..].trim().is_empty() {
        parts.push(&text[start..]);
    }
    parts
}

fn requirement(part: &str) -> Result<Requirement, String> {
    let made = |key: &str, test| Ok(Requirement { key: key.trim().to_owned(), test });
    if let Some((key, values)) = part.split_once(" notin ") {
        return made(key, Test::NotIn(members(values)));
    }
    if let Some((key, values)) = part.split_once(" in ") {
        return made(key, Test::In(members(values)));
    }
    if let Some((key, value)) = part.split_once("!=") {
        return made(key, Test::NotIn(vec![value.trim().to_owned()]));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        if value.starts_with('=') {
            return Err("=".to_owned());
        }
        return made(key, Test::In(vec![value.trim().to_owned()]));
    }
    match part.strip_prefix('!') {
        Some(key) => made(key, Test::Missing),
        None => made(part, Test::Exists),
    }
}

fn members(text: &str) -> Vec<String> {
    let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
    inner.split(',').map(|value| value.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn labels(text: &str) -> bool {
        let selector = Selector { labels: parse(text).unwrap(), ..Selector::default() };
        selector.matches(&json!({"metadata": {"name": "a", "labels": {"app": "web", "tier": "front"}}}))
    }

    #[test]
    fn understands_every_form_of_label_selector() {
        assert!(labels("app=web,tier==front,app!=x,app in (web, x),tier notin (back),app,!none"));
        assert!(
            ["app=x", "app!=web", "app in (x,y)", "tier notin (front)", "none", "!app"]
                .iter()
                .all(|text| !labels(text))
        );
    }

    #[test]
    fn an_absent_field_is_the_empty_string() {
        let selector = Selector { fields: parse("spec.nodeName=").unwrap(), ..Selector::default() };
        assert!(selector.matches(&json!({"spec": {}})));
    }
}
