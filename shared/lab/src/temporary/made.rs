//! What this run has made for itself, from before the first request on: it outlives whatever ends the run.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab_plan::{Change, Target};
use serde_json::Value;

use super::job::ABOUT;
use crate::error::{Error, Result};
use crate::reader::Line;

/// A Job of this run, as far as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Temporary {
    /// As the verb planned it ([`super::TemporaryJob::about`]).
    pub about: String,
    pub namespace: String,
    pub name: String,
    /// Where it was told to run.
    pub node: Option<String>,
    pub state: TemporaryState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemporaryState {
    /// Not at work yet, and why.
    Pending(String),
    Running,
    /// Every line that its script wrote.
    Succeeded(Vec<Line>),
    /// It comes to nothing, and why: it could not be made, may not run, or has failed; with the lines that there are.
    Failed(String, Vec<Line>),
}

impl Temporary {
    /// Nothing more will come of it.
    pub fn is_over(&self) -> bool {
        matches!(self.state, TemporaryState::Succeeded(_) | TemporaryState::Failed(..))
    }
}

/// What is known of one Job. The target outlives the run in the message of what could not be removed.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub seen: Temporary,
    /// The API server has answered that it exists.
    pub confirmed: bool,
    /// There is nothing to remove: it was never made, or is removed already.
    pub gone: bool,
    /// How long it may take, and how long it stays at most.
    pub deadline: Duration,
    pub stays: Duration,
    pub since: Instant,
}

/// All Jobs of this run.
pub(crate) struct Made {
    run: String,
    entries: RefCell<Vec<Entry>>,
    pub swept: Cell<bool>,
}

impl Made {
    pub fn of_a_new_run() -> Made {
        Made { run: run_id(Timestamp::now()), entries: RefCell::default(), swept: Cell::new(false) }
    }

    pub fn run_id(&self) -> &str {
        &self.run
    }

    /// To be called before the request: its answer may never come.
    pub fn begin(&self, change: &Change) -> Result<()> {
        let mut entries = self.entries.borrow_mut();
        if entries.iter().any(|entry| is(entry, &change.target)) {
            let message = format!("the plan would make {} once more, although this run has made it", change.target);
            return Err(Error::failed(message).hint("this is a mistake in the program; please report it"));
        }
        entries.push(entry(change));
        Ok(())
    }

    pub fn confirm(&self, target: &Target) {
        self.edit(target, |entry| entry.confirmed = true);
    }

    /// It was not made.
    pub fn give_up(&self, target: &Target, why: String) {
        self.edit(target, |entry| {
            entry.gone = true;
            entry.seen.state = TemporaryState::Failed(why, Vec::new());
        });
    }

    fn edit(&self, target: &Target, edit: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.borrow_mut().iter_mut().find(|entry| is(entry, target)) {
            edit(entry);
        }
    }

    /// What came of it, once seen, stays so.
    pub fn saw(&self, namespace: &str, name: &str, state: TemporaryState) {
        let mut entries = self.entries.borrow_mut();
        let entry = entries.iter_mut().find(|entry| entry.seen.namespace == namespace && entry.seen.name == name);
        if let Some(entry) = entry.filter(|entry| !entry.seen.is_over()) {
            entry.seen.state = state;
        }
    }

    pub fn removed(&self, namespace: &str, name: &str) {
        let mut entries = self.entries.borrow_mut();
        let ours = |entry: &&mut Entry| entry.seen.namespace == namespace && entry.seen.name == name;
        entries.iter_mut().filter(ours).for_each(|entry| entry.gone = true);
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.entries.borrow().clone()
    }

    /// What may still be there.
    pub fn left(&self) -> Vec<Entry> {
        self.entries.borrow().iter().filter(|entry| !entry.gone).cloned().collect()
    }
}

/// When it was and which process: two runs in one cluster never share it.
fn run_id(now: Timestamp) -> String {
    format!("{}-{:x}{:x}", now.strftime("%Y%m%d-%H%M%S"), now.subsec_nanosecond(), std::process::id())
}

fn is(entry: &Entry, target: &Target) -> bool {
    Some(&entry.seen.namespace) == target.namespace.as_ref() && entry.seen.name == target.name
}

fn entry(change: &Change) -> Entry {
    let at = |pointer: &str| change.after.as_ref().and_then(|object| object.pointer(pointer));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let seconds = |field: &str| Duration::from_secs(at(field).and_then(Value::as_u64).unwrap_or_default());
    let deadline = seconds("/spec/activeDeadlineSeconds");
    let annotations = at("/metadata/annotations");
    Entry {
        seen: Temporary {
            about: text(annotations.and_then(|annotations| annotations.get(ABOUT))).unwrap_or_default(),
            namespace: change.target.namespace.clone().unwrap_or_default(),
            name: change.target.name.clone(),
            node: text(at("/spec/template/spec/nodeName")),
            state: TemporaryState::Pending("it was just made".into()),
        },
        confirmed: false,
        gone: false,
        deadline,
        stays: deadline + seconds("/spec/ttlSecondsAfterFinished"),
        since: Instant::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporary::TemporaryJob;

    #[test]
    fn what_came_of_a_job_stays_so() {
        let made = Made::of_a_new_run();
        let change = TemporaryJob::new("run", "a", "x", "true").about("pod y").on_node("n").create();
        made.begin(&change).unwrap();
        assert!(made.begin(&change).is_err(), "a plan that makes it again would go on for ever");
        made.saw("a", &change.target.name, TemporaryState::Succeeded(Vec::new()));
        made.saw("a", &change.target.name, TemporaryState::Running);
        let [entry] = made.left().try_into().unwrap();
        assert_eq!((entry.seen.about.as_str(), entry.seen.node.as_deref()), ("pod y", Some("n")));
        assert_eq!(entry.seen.state, TemporaryState::Succeeded(Vec::new()));
        assert_eq!(entry.stays, Duration::from_secs(180));
        made.removed("a", &change.target.name);
        assert!(made.left().is_empty() && made.entries().len() == 1);
    }
}
