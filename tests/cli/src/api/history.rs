//! What happened to the objects, in order, for watches.

use serde_json::{Value, json};

use super::kinds::Resource;
use super::selector::Selector;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    Added,
    Modified,
    Deleted,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub resource: &'static Resource,
    pub happened: Happened,
    pub object: Value,
    pub before: Option<Value>,
}

#[derive(Debug)]
pub struct History {
    version: u64,
    /// The version before the first event that is still known.
    forgotten: u64,
    events: Vec<Event>,
}

impl Default for History {
    fn default() -> History {
        // Real clusters are never young: a client that treats small numbers in a special way would go unnoticed.
        History { version: 41_000, forgotten: 41_000, events: Vec::new() }
    }
}

impl History {
    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn oldest(&self) -> u64 {
        self.forgotten
    }

    /// Appends an event; its object carries the version that this makes the newest.
    pub fn push(&mut self, event: Event) {
        self.version += 1;
        self.events.push(event);
    }

    pub fn forget(&mut self) {
        self.forgotten = self.version;
        self.events.clear();
    }

    /// What a watch of `resource` has to say about everything after `version`.
    pub fn since(&self, version: u64, resource: &Resource, selector: &Selector) -> Vec<Value> {
        let skip = usize::try_from(version.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        let later = self.events.iter().skip(skip).filter(|event| std::ptr::eq(event.resource, resource));
        later.filter_map(|event| told(event, selector)).collect()
    }
}

/// An event as a client sees it that selects: an object that comes to match is added to its view, one that stops is deleted from it.
fn told(event: &Event, selector: &Selector) -> Option<Value> {
    let matches = selector.matches(&event.object);
    let matched = event.before.as_ref().is_some_and(|before| selector.matches(before));
    let kind = match (event.happened, matched, matches) {
        (Happened::Added, _, true) | (Happened::Modified, false, true) => "ADDED",
        (Happened::Modified, true, true) => "MODIFIED",
        (Happened::Modified, true, false) | (Happened::Deleted, _, true) => "DELETED",
        _ => return None,
    };
    Some(json!({"type": kind, "object": event.object}))
}
