//! What a run has set out to change, so that it can be taken back: the same [`Change`]s, under the run's name.
//!
//! The journal says what was intended, not what was done: it is written before the first change. Which of its changes
//! stand is read from the live objects ([`Change::state`]), so a run that died anywhere leaves nothing unclear.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::change::{Change, Kind, Place, RUN_ANNOTATION};
use crate::plan::Step;

/// The shape of the document; another number is another program's.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    pub version: u32,
    /// The run's name, as it stands on the objects that it creates.
    pub id: String,
    /// The words after `kubectl lab`.
    pub verb: String,
    /// With what it acted: context, server and user, in words.
    pub cluster: String,
    /// When it began, RFC 3339.
    pub started: String,
    pub entries: Vec<Entry>,
}

/// A step that was announced to the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub step: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot_be_undone: Option<String>,
    pub changes: Vec<Change>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settle: Vec<crate::condition::Settle>,
}

impl Journal {
    /// Adds the steps of a round. What is recorded already keeps the value that was recorded first: after a crash and
    /// a second run that is still the value from before the first.
    pub fn record(&mut self, steps: &[Step]) {
        for step in steps {
            let new = step.changes.iter().filter(|change| !self.knows(change));
            let changes: Vec<Change> = new.map(kept).collect();
            if changes.is_empty() {
                continue;
            }
            self.entries.push(Entry {
                step: step.id.clone(),
                title: step.title.clone(),
                cannot_be_undone: step.cannot_be_undone.clone(),
                changes,
                settle: step.settle.clone(),
            });
        }
    }

    fn knows(&self, change: &Change) -> bool {
        self.changes().any(|known| {
            known.target == change.target && known.place == change.place && known.after == kept(change).after
        })
    }

    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.entries.iter().flat_map(|entry| &entry.changes)
    }

    /// The one namespace that everything in it lies in, if there is one. A journal of one namespace is kept there, and
    /// may take back nothing elsewhere.
    pub fn namespace(&self) -> Option<&str> {
        let mut namespaces = self.changes().map(|change| change.target.namespace.as_deref());
        let first = namespaces.next()??;
        namespaces.all(|namespace| namespace == Some(first)).then_some(first)
    }
}

/// A change as it is kept. Of an object that is created only the name and the run are needed to delete it again; the
/// values of Secrets are not kept at all.
fn kept(change: &Change) -> Change {
    let mut kept = change.clone();
    if change.target.kind == "Secret" {
        (kept.before, kept.after) = (None, None);
    }
    if change.kind() == Kind::Declare {
        // A whole manifest could be anything, and nobody could check what an undo would declare; it is not taken back.
        (kept.before, kept.after) = (None, None);
    }
    if change.kind() == Kind::Create && matches!(change.place, Place::Whole) {
        let run = change
            .after
            .as_ref()
            .and_then(|object| object.pointer("/metadata/annotations")?.get(RUN_ANNOTATION).cloned());
        let mut annotations = Map::new();
        annotations.extend(run.map(|run| (RUN_ANNOTATION.to_owned(), run)));
        kept.after = Some(json!({ "metadata": { "annotations": Value::Object(annotations) } }));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;
    use crate::target::Target;

    fn journal() -> Journal {
        Journal {
            version: VERSION,
            id: "run-1".into(),
            verb: "metrics-fix".into(),
            cluster: "server https://127.0.0.1".into(),
            started: "2026-11-22T22:00:00Z".into(),
            entries: Vec::new(),
        }
    }

    fn scale(namespace: &str, before: i64, after: i64) -> Step {
        let target = Target::namespaced("apps/v1", "Deployment", namespace, "x");
        let seen = json!({ "metadata": { "uid": "u" }, "spec": { "replicas": before } });
        let change = Change::set(target, &seen, Path::default().key("spec").key("replicas"), Some(json!(after)));
        Step::new("scale-up", "scale", "why", vec![change])
    }

    fn create(kind: &str) -> Step {
        let object = json!({ "metadata": { "annotations": { RUN_ANNOTATION: "run-1", "more": "text" } }, "data": { "password": "x" } });
        Step::new("install", "create", "why", vec![Change::create(Target::namespaced("v1", kind, "a", "x"), object)])
    }

    #[test]
    fn the_value_recorded_first_is_kept() {
        let mut journal = journal();
        journal.record(&[scale("a", 0, 1)]);
        journal.record(&[scale("a", 5, 1)]);
        let befores: Vec<_> = journal.changes().map(|change| change.before.clone()).collect();
        assert_eq!(befores, [Some(json!(0))]);
        journal.record(&[scale("a", 1, 2)]);
        assert_eq!(journal.changes().count(), 2, "another value is another change");
    }

    #[test]
    fn of_a_created_object_only_the_run_is_kept() {
        let mut journal = journal();
        journal.record(&[create("ConfigMap")]);
        assert_eq!(
            journal.entries[0].changes[0].after,
            Some(json!({ "metadata": { "annotations": { RUN_ANNOTATION: "run-1" } } }))
        );
        journal.record(&[create("ConfigMap")]);
        assert_eq!(journal.entries.len(), 1, "a second run of the same adds nothing");
    }

    #[test]
    fn no_secret_is_kept() {
        let mut journal = journal();
        let target = Target::namespaced("v1", "Secret", "a", "x");
        let seen = json!({ "metadata": { "uid": "u" }, "data": { "password": "old" } });
        let change = Change::set(target, &seen, Path::default().key("data").key("password"), Some(json!("new")));
        journal.record(&[Step::new("x", "x", "x", vec![change]), create("Secret")]);
        let text = serde_json::to_string(&journal).unwrap();
        assert!(!text.contains("old") && !text.contains("\"new\"") && !text.contains("password\":"), "{text}");
    }

    #[test]
    fn belongs_to_a_namespace_only_if_all_of_it_does() {
        let mut journal = journal();
        assert_eq!(journal.namespace(), None);
        journal.record(&[scale("a", 0, 1)]);
        assert_eq!(journal.namespace(), Some("a"));
        journal.record(&[scale("b", 0, 1)]);
        assert_eq!(journal.namespace(), None);
    }
}
