//! What `gather` has seen, as plain values.

use lab::Timestamp;
use lab::journal::Stored;
use lab_plan::{Contents, Target};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub now: Timestamp,
    /// Names the runs that this very run has finished with.
    pub run: String,
    /// Whether this run has changed something already.
    pub has_written: bool,
    /// All journals, oldest first.
    pub journals: Vec<Stored>,
    pub unreadable: Vec<(Target, String)>,
    /// The run whose turn it is.
    pub case: Option<Case>,
}

/// A run, and the objects that it is about as they are now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Newest first. A run that has changed more than one namespace may have left a journal in each.
    pub parts: Vec<Part>,
    /// What would go along with the Namespaces and kinds that the run has created.
    pub contents: Vec<(Target, Contents)>,
    /// Services with an address of a pool that the run has created, each with the pool's name.
    pub holders: Vec<(String, Target)>,
}

/// A journal, and its objects in the order of its changes; those that do not matter any more, or stay anyway, are not looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub stored: Stored,
    pub live: Vec<Option<Value>>,
}

impl Case {
    /// The name of the run, and its verb.
    pub fn run(&self) -> (&str, &str) {
        let journal = self.parts.first().map(|part| &part.stored.journal);
        journal.map_or(("", ""), |journal| (&journal.id, &journal.verb))
    }
}
