//! Kubernetes manifests as text from somewhere else: parsed as kubectl would, bounded, and refused when in doubt.

mod source;

use lab_plan::Target;
use serde_json::Value;

use crate::error::{Error, Result};

pub use source::{LARGEST, Text, downloaded, from_file, given};

/// One object of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub target: Target,
    pub value: Value,
}

/// More than any manifest of ours has, and few enough to refuse a bomb early.
const MOST_DOCUMENTS: usize = 500;

/// Aliases of a text that somebody writes by hand repeat some lines; those of a bomb repeat each other.
const MOST_REPEATED: usize = 100_000;

/// The objects in the text, in its order. Every document must be an object with kind and name.
pub fn parse(text: &str, from: &str) -> Result<Vec<Object>> {
    let broken = || Error::failed(format!("could not read the manifest from {from}"));
    if text.trim_start().starts_with("<!DOCTYPE") || text.trim_start().starts_with("<html") {
        return Err(broken().cause("it is an HTML page, not a manifest"));
    }
    let options = serde_saphyr::options! {
        legacy_octal_numbers: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_documents: 2 * MOST_DOCUMENTS },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MOST_REPEATED },
    };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        if text.contains("{{") {
            return broken().cause("it is a template of a Helm chart, which Helm has to render first");
        }
        broken().cause(crate::harmless::one_line(&error.render_with_formatter(&serde_saphyr::UserMessageFormatter)))
    })?;
    if documents.is_empty() {
        return Err(broken().cause("there is no object in it"));
    }
    if documents.len() > MOST_DOCUMENTS {
        return Err(broken().cause(format!("it has more than {MOST_DOCUMENTS} documents")));
    }
    let numbered = documents.into_iter().enumerate();
    numbered
        .map(|(i, value)| object(value).map_err(|why| broken().cause(format!("document {}: {why}", i + 1))))
        .collect()
}

fn object(value: Value) -> std::result::Result<Object, String> {
    if let Some(what) = something_else(&value) {
        return Err(what.to_owned());
    }
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

/// What people take for a manifest and is none.
fn something_else(value: &Value) -> Option<&'static str> {
    let has = |key: &str| value.get(key).is_some();
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    match text("kind") {
        _ if !value.is_object() => Some("it is no object"),
        _ if text("apiVersion").is_some_and(|version| version.starts_with("kustomize.config.k8s.io/")) => {
            Some("it is a kustomization; what `kubectl kustomize FOLDER` prints is a manifest")
        }
        Some(kind) if kind.ends_with("List") && has("items") => {
            Some("it is a list of objects; write each of them as a document of its own, with --- between them")
        }
        None if has("resources") && value["resources"].is_array() => {
            Some("it is a kustomization; what `kubectl kustomize FOLDER` prints is a manifest")
        }
        None if has("apiVersion") && has("name") && has("version") => {
            Some("it is the Chart.yaml of a Helm chart, not a manifest")
        }
        None if !has("apiVersion") => Some("it has neither kind nor apiVersion (values for Helm, perhaps)"),
        _ => None,
    }
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
        assert_eq!(error_of("- a\n- b\n"), "could not read the manifest from test.yaml: document 1: it is no object");
        assert_eq!(
            error_of("kind: A\napiVersion: v1\n"),
            "could not read the manifest from test.yaml: document 1: it has no metadata.name"
        );
        assert!(error_of("kind: [A\n").starts_with("could not read the manifest from test.yaml: "));
    }

    #[test]
    fn says_what_people_take_for_a_manifest() {
        insta::assert_snapshot!(error_of("resources: [a.yaml]\n"), @"could not read the manifest from test.yaml: document 1: it is a kustomization; what `kubectl kustomize FOLDER` prints is a manifest");
        insta::assert_snapshot!(error_of("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"), @"could not read the manifest from test.yaml: document 1: it is a kustomization; what `kubectl kustomize FOLDER` prints is a manifest");
        insta::assert_snapshot!(error_of("apiVersion: v2\nname: metallb\nversion: 0.16.2\n"), @"could not read the manifest from test.yaml: document 1: it is the Chart.yaml of a Helm chart, not a manifest");
        insta::assert_snapshot!(error_of("speaker:\n  enabled: true\n"), @"could not read the manifest from test.yaml: document 1: it has neither kind nor apiVersion (values for Helm, perhaps)");
        insta::assert_snapshot!(error_of("kind: A\nmetadata:\n  name: {{ .Release.Name }}\n"), @"could not read the manifest from test.yaml: it is a template of a Helm chart, which Helm has to render first");
        insta::assert_snapshot!(error_of("apiVersion: v1\nkind: List\nitems: []\n"), @"could not read the manifest from test.yaml: document 1: it is a list of objects; write each of them as a document of its own, with --- between them");
    }

    #[test]
    fn refuses_more_documents_than_any_manifest_has() {
        let many = "kind: A\napiVersion: v1\nmetadata: {name: x}\n---\n";
        assert_eq!(parse(&many.repeat(MOST_DOCUMENTS), "x").unwrap().len(), MOST_DOCUMENTS);
        insta::assert_snapshot!(error_of(&many.repeat(MOST_DOCUMENTS + 1)), @"could not read the manifest from test.yaml: it has more than 500 documents");
    }

    #[test]
    fn refuses_a_bomb() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            bomb += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
        }
        insta::assert_snapshot!(error_of(&bomb), @"could not read the manifest from test.yaml: YAML document too large or too complex: total_replayed_events=100001 > 100000 at line 1, column 22 (defined at line 4, column 9) (used at line 5, column 45)");
        insta::assert_snapshot!(error_of(&"[".repeat(100_000)), @"could not read the manifest from test.yaml: recursion limit exceeded at line 1, column 256");
    }
}
