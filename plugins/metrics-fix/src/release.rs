//! Releases of metrics-server: which one fits a server, whether a manifest is one, and in which order it is created.

use lab::download::Version;
use lab::manifest::Object;
use lab::{Error, Result};
use lab_plan::RUN_ANNOTATION;
use serde_json::{Value, json};

use crate::facts::{GROUP, Planned};

/// The newest patch of each line, and the oldest server version it supports, newest first.
/// Source: the compatibility matrix in metrics-server's README, as of v0.9.0.
const LINES: [(Version, u32); 4] = [
    (Version::new(0, 9, 0), 34),
    (Version::new(0, 8, 1), 31),
    (Version::new(0, 7, 2), 27),
    (Version::new(0, 6, 4), 25),
];

/// The newest version that supports the server; with a note where that is not simply the newest.
pub fn for_server(newest: Option<Version>, server: (u32, u32)) -> Result<(Version, Option<String>)> {
    let supported = |minor: u32| server >= (1, minor);
    if let Some(newest) = newest {
        let line = LINES.iter().find(|(known, _)| known.line() == newest.line());
        match line {
            Some((_, minor)) if supported(*minor) => return Ok((newest, None)),
            None if newest > LINES[0].0 => {
                let note = format!("which servers metrics-server {newest} supports is not known to this program");
                return Ok((newest, Some(note)));
            }
            _ => {}
        }
    }
    let Some((version, minor)) = LINES.iter().find(|(_, minor)| supported(*minor)) else {
        let (_, oldest) = LINES[LINES.len() - 1];
        let message =
            format!("no release of metrics-server that is known here supports Kubernetes {}.{}", server.0, server.1);
        return Err(Error::failed(message).hint(format!(
            "the oldest that is supported is 1.{oldest}; name a release yourself with --version, or a manifest with --manifest"
        )));
    };
    let why = match newest {
        Some(newest) => format!("the newest, {newest}, does not support Kubernetes {}.{}", server.0, server.1),
        None => "the release site names no newest version".to_owned(),
    };
    Ok((*version, Some(format!("metrics-server {version} is chosen (for Kubernetes 1.{minor} and later): {why}"))))
}

/// A manifest that installs something else, or only a part, must not be applied.
pub fn check(objects: &[Object], from: &str) -> Result<()> {
    let refuse =
        |why: &str| Err(Error::failed(format!("the manifest from {from} does not install metrics-server")).cause(why));
    let serves = |object: &Object| {
        object.target.kind == "APIService" && object.value.pointer("/spec/group").and_then(Value::as_str) == Some(GROUP)
    };
    if !objects.iter().any(serves) {
        return refuse("it has no APIService for metrics.k8s.io");
    }
    let is_server = |object: &Object| {
        let deployment = serde_json::from_value(object.value.clone()).ok();
        object.target.kind == "Deployment"
            && deployment.is_some_and(|deployment| crate::deployment::container(&deployment, None).is_some())
    };
    if !objects.iter().any(is_server) {
        return refuse("it has no Deployment with a metrics-server container");
    }
    Ok(())
}

/// What others need comes first; the APIService last, so that the group never points at nothing for long.
pub fn in_order(mut objects: Vec<Object>) -> Vec<Object> {
    let rank = |object: &Object| match object.target.kind.as_str() {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "APIService" => 3,
        _ => 2,
    };
    objects.sort_by_key(rank);
    objects
}

/// Names the run on each object, so that a later look can tell whose it is.
pub fn mark(mut objects: Vec<Planned>, run: &str) -> Vec<Planned> {
    for planned in &mut objects {
        let metadata = &mut planned.object["metadata"];
        if metadata.get("annotations").is_none_or(Value::is_null) {
            metadata["annotations"] = json!({});
        }
        metadata["annotations"][RUN_ANNOTATION] = json!(run);
    }
    objects
}

/// Whether the live object has everything that the manifest says; what servers add does not count.
pub fn contains(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => {
            wanted.iter().filter(|(key, _)| *key != RUN_ANNOTATION).all(|(key, value)| match live.get(key) {
                Some(live) => contains(live, value),
                // Empty maps and lists are not stored.
                None => is_empty(value),
            })
        }
        (Value::Array(live), Value::Array(wanted)) => {
            live.len() == wanted.len() && live.iter().zip(wanted).all(|(live, wanted)| contains(live, wanted))
        }
        _ => live == wanted,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().all(|(key, value)| key == RUN_ANNOTATION || is_empty(value)),
        Value::Array(list) => list.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(newest: Option<&str>, server: (u32, u32)) -> String {
        match for_server(newest.map(|text| text.parse().unwrap()), server) {
            Ok((version, None)) => version.to_string(),
            Ok((version, Some(note))) => format!("{version}; {note}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_newest_that_supports_the_server_is_chosen() {
        assert_eq!(chosen(Some("v0.9.0"), (1, 37)), "v0.9.0");
        assert_eq!(chosen(Some("v0.9.3"), (1, 34)), "v0.9.3");
        insta::assert_snapshot!(chosen(Some("v0.9.0"), (1, 33)), @"v0.8.1; metrics-server v0.8.1 is chosen (for Kubernetes 1.31 and later): the newest, v0.9.0, does not support Kubernetes 1.33");
        insta::assert_snapshot!(chosen(None, (1, 37)), @"v0.9.0; metrics-server v0.9.0 is chosen (for Kubernetes 1.34 and later): the release site names no newest version");
        insta::assert_snapshot!(chosen(Some("v0.10.0"), (1, 37)), @"v0.10.0; which servers metrics-server v0.10.0 supports is not known to this program");
        insta::assert_snapshot!(chosen(Some("v0.9.0"), (1, 20)), @"no release of metrics-server that is known here supports Kubernetes 1.20");
    }

    #[test]
    fn what_servers_add_makes_no_difference() {
        let wanted = json!({ "metadata": { "name": "x", "annotations": { RUN_ANNOTATION: "1" } }, "spec": { "a": [{ "b": 1 }], "empty": {} } });
        let live = json!({ "metadata": { "name": "x", "uid": "u" }, "spec": { "a": [{ "b": 1, "default": true }] } });
        assert!(contains(&live, &wanted));
        assert!(!contains(&json!({ "metadata": { "name": "x" }, "spec": { "a": [{ "b": 2 }] } }), &wanted));
    }
}
