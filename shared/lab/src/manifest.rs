//! Kubernetes manifests as text from somewhere else: parsed as kubectl would, bounded, and refused when in doubt.

use lab_plan::Target;
use serde_json::Value;

use crate::error::{Error, Result};

/// One object of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub target: Target,
    pub value: Value,
}

/// More than any manifest of ours has, and few enough to refuse a bomb early.
const MOST_DOCUMENTS: usize = 500;

/// The objects in the text, in its order. Every document must be an object with kind and name.
pub fn parse(text: &str, from: &str) -> Result<Vec<Object>> {
    let broken = || Error::failed(format!("could not read the manifest from {from}"));
    if text.trim_start().starts_with("<!DOCTYPE") || text.trim_start().starts_with("<html") {
        return Err(broken().cause("it is an HTML page, not a manifest"));
    }
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| broken().cause(crate::harmless::harmless(&error.to_string())))?;
    if documents.is_empty() {
        return Err(broken().cause("there is no object in it"));
    }
    if documents.len() > MOST_DOCUMENTS {
        return Err(broken().cause(format!("it has {} documents, more than {MOST_DOCUMENTS}", documents.len())));
    }
    let numbered = documents.into_iter().enumerate();
    numbered
        .map(|(i, value)| object(value).map_err(|why| broken().cause(format!("document {}: {why}", i + 1))))
        .collect()
}

fn object(value: Value) -> std::result::Result<Object, String> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let target = Target {
        api_version: text("/apiVersion").ok_or("it has no apiVersion")?,
        kind: text("/kind").ok_or("it has no kind")?,
        namespace: text("/metadata/namespace"),
        name: text("/metadata/name").ok_or("it has no metadata.name")?,
        subresource: None,
    };
    Ok(Object { target, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        parse(text, "test.yaml").expect_err("it is refused").to_string()
    }

    #[test]
    fn reads_numbers_and_words_as_kubectl_does() {
        let objects =
            parse("# comment\n---\nkind: A\napiVersion: v1\nmetadata: {name: x}\nmode: 0644\n---\n", "x").unwrap();
        assert_eq!(objects.len(), 1);
        assert_eq!(objects[0].value["mode"], 420);
    }

    #[test]
    fn refuses_what_is_no_manifest() {
        assert_eq!(
            error_of("<!DOCTYPE html><html>rate limit</html>"),
            "could not read the manifest from test.yaml: it is an HTML page, not a manifest"
        );
        assert_eq!(error_of("# nothing\n"), "could not read the manifest from test.yaml: there is no object in it");
        assert_eq!(
            error_of("- a\n- b\n"),
            "could not read the manifest from test.yaml: document 1: it has no apiVersion"
        );
        assert_eq!(
            error_of("kind: A\napiVersion: v1\n"),
            "could not read the manifest from test.yaml: document 1: it has no metadata.name"
        );
        assert!(error_of("kind: [A\n").starts_with("could not read the manifest from test.yaml: "));
    }

    #[test]
    fn refuses_a_bomb() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            bomb += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
        }
        assert!(error_of(&bomb).starts_with("could not read the manifest from test.yaml: "));
    }
}
