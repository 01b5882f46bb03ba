//! Every object of a cluster, to tell whether something was taken back wholly.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Map, Value};
use similar::TextDiff;

use crate::direct::Direct;

/// What lives by itself: pods and what controllers make for them, events, leases, measurements, what MetalLB says of its own state.
const TRANSIENT: [&str; 14] = [
    "pods",
    "events",
    "events.events.k8s.io",
    "replicasets.apps",
    "controllerrevisions.apps",
    "leases.coordination.k8s.io",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "nodes.metrics.k8s.io",
    "pods.metrics.k8s.io",
    "componentstatuses",
    "configurationstates.metallb.io",
    "servicel2statuses.metallb.io",
    "servicebgpstatuses.metallb.io",
];

const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";
/// Annotations that count what servers did.
const COUNTERS: [&str; 2] = ["deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"];
/// The label that every journal of `kubectl lab` has.
const JOURNAL: &str = "kubectl-lab/state";

/// The label of what a run makes for itself only.
const RUN: &str = "kubectl-lab/run-id";

/// All objects but the transient ones, the journals and the temporary Jobs, by their paths.
#[derive(Clone, Debug)]
pub struct Everything {
    objects: BTreeMap<String, Object>,
}

#[derive(Clone, Debug)]
struct Object {
    whole: Value,
    /// Less what servers write, and the time of a restart.
    given: Value,
}

/// One object that is not as it was. `None` where there is none.
#[derive(Clone, Copy, Debug)]
pub struct Difference<'e> {
    pub path: &'e str,
    pub before: Option<&'e Value>,
    pub now: Option<&'e Value>,
}

impl Everything {
    pub fn of(cluster: &Direct) -> Result<Everything> {
        let all = cluster.all(&TRANSIENT)?.into_iter();
        let all = all.filter(|(_, object)| !is_journal(object) && !goes_by_itself(object));
        let objects = all.map(|(collection, whole)| {
            let mut given = whole.clone();
            forget_servers_part(&mut given);
            (path(&collection, &whole), Object { whole, given })
        });
        Ok(Everything { objects: objects.collect() })
    }

    /// The objects as the server gives them.
    pub fn objects(&self) -> impl Iterator<Item = &Value> {
        self.objects.values().map(|object| &object.whole)
    }

    /// What is not as it was before.
    pub fn since<'e>(&'e self, before: &'e Everything) -> Vec<Difference<'e>> {
        let paths: BTreeSet<&String> = before.objects.keys().chain(self.objects.keys()).collect();
        let pairs = paths.into_iter().map(|path| (path, before.objects.get(path), self.objects.get(path)));
        let differing = pairs.filter(|(_, before, now)| before.map(|one| &one.given) != now.map(|one| &one.given));
        let whole = |object: Option<&'e Object>| object.map(|object| &object.whole);
        differing.map(|(path, before, now)| Difference { path, before: whole(before), now: whole(now) }).collect()
    }

    /// The same as text; empty where nothing differs.
    pub fn differences(&self, before: &Everything) -> String {
        self.since(before).iter().map(ToString::to_string).collect()
    }
}

impl std::fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let given = |object: Option<&Value>| {
            let mut given = object.cloned();
            given.iter_mut().for_each(forget_servers_part);
            given.map(|given| format!("{given:#}\n")).unwrap_or_default()
        };
        let (before, now) = (given(self.before), given(self.now));
        match (self.before, self.now) {
            (Some(_), None) => writeln!(f, "{} is gone", self.path),
            (None, _) => writeln!(f, "{} is new:\n{now}", self.path),
            (Some(_), Some(_)) => {
                let difference = TextDiff::from_lines(&before, &now);
                write!(f, "{}", difference.unified_diff().context_radius(2).header(self.path, "now"))
            }
        }
    }
}

fn path(collection: &str, object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match (object["metadata"]["namespace"].as_str(), collection.rsplit_once('/')) {
        (Some(namespace), Some((version, plural))) => format!("{version}/namespaces/{namespace}/{plural}/{name}"),
        _ => format!("{collection}/{name}"),
    }
}

fn is_journal(object: &Value) -> bool {
    object["kind"] == "ConfigMap" && object["metadata"]["labels"].get(JOURNAL).is_some()
}

/// A Job that a killed run could not remove any more; without an end of its own it would be a difference like any other.
fn goes_by_itself(object: &Value) -> bool {
    let ends = ["activeDeadlineSeconds", "ttlSecondsAfterFinished"].iter().all(|key| object["spec"][key].is_u64());
    object["kind"] == "Job" && object["metadata"]["labels"].get(RUN).is_some() && ends
}

fn forget_servers_part(object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    map.remove("status");
    if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"] {
            metadata.remove(key);
        }
        COUNTERS.iter().for_each(|key| forget_annotation(metadata, key));
        let owners = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut).into_iter().flatten();
        owners.filter_map(Value::as_object_mut).for_each(|owner| drop(owner.remove("uid")));
    }
    let template = object.pointer_mut("/spec/template/metadata").and_then(Value::as_object_mut);
    if let Some(template) = template {
        forget_annotation(template, RESTARTED);
    }
}

/// With the map, if nothing else is in it.
fn forget_annotation(metadata: &mut Map<String, Value>, key: &str) {
    let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) else { return };
    annotations.remove(key);
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn everything(objects: &[Value]) -> Everything {
        let object = |whole: &Value| {
            let mut given = whole.clone();
            forget_servers_part(&mut given);
            (path("/apis/apps/v1/daemonsets", whole), Object { whole: whole.clone(), given })
        };
        Everything { objects: objects.iter().map(object).collect() }
    }

    fn daemon_set(generation: u64, annotations: &Value, image: &str) -> Value {
        let template =
            json!({"metadata": {"labels": {"a": "b"}, "annotations": annotations}, "spec": {"image": image}});
        let metadata = json!({
            "name": "x", "namespace": "a", "generation": generation, "resourceVersion": generation.to_string(),
            "annotations": {"deprecated.daemonset.template.generation": generation.to_string()},
        });
        json!({"metadata": metadata, "spec": {"template": template}, "status": {"observedGeneration": generation}})
    }

    #[test]
    fn a_restart_is_no_difference() {
        let mut before = daemon_set(1, &json!({}), "one");
        let template = before.pointer_mut("/spec/template/metadata").and_then(Value::as_object_mut);
        template.map(|template| template.remove("annotations"));
        let after = daemon_set(2, &json!({RESTARTED: "2026-11-22T22:00:00Z"}), "one");
        assert_eq!(everything(&[after]).differences(&everything(&[before])), "");
    }

    #[test]
    fn only_a_job_that_ends_by_itself_may_be_left() {
        let job = |spec: Value| json!({"kind": "Job", "metadata": {"name": "x", "labels": {RUN: "1"}}, "spec": spec});
        assert!(goes_by_itself(&job(json!({"activeDeadlineSeconds": 60, "ttlSecondsAfterFinished": 120}))));
        assert!(!goes_by_itself(&job(json!({"activeDeadlineSeconds": 60}))));
    }

    #[test]
    fn every_other_value_is() {
        let (one, two) = (daemon_set(1, &json!({}), "one"), daemon_set(1, &json!({}), "two"));
        let (before, after) = (everything(std::slice::from_ref(&one)), everything(&[two]));
        let text = after.differences(&before);
        assert!(text.contains("/apis/apps/v1/namespaces/a/daemonsets/x"), "{text}");
        assert!(text.contains("-        \"image\": \"one\"") && text.contains("+        \"image\": \"two\""), "{text}");
        assert!(everything(&[]).differences(&before).contains("daemonsets/x is gone"));
        assert!(before.differences(&everything(&[])).contains("daemonsets/x is new"));
    }
}
