//! What `gather` has seen, as plain values.

use lab::Timestamp;
use lab::journal::Stored;
use lab_plan::Target;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub now: Timestamp,
    /// Names the runs that this very run has finished with.
    pub run: String,
    /// All journals, oldest first.
    pub journals: Vec<Stored>,
    pub unreadable: Vec<(Target, String)>,
    /// The one whose turn it is.
    pub case: Option<Case>,
}

/// A journal, and the objects that it is about as they are now, in the order of its changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub stored: Stored,
    pub live: Vec<Option<Value>>,
}
