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
    /// Once it was seen.
    pub uid: Option<String>,
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

/// What sort of object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Job,
    /// Owned by a Job of this run.
    Service,
}

/// What is known of one object. Its names outlive the run in the message of what could not be removed.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub sort: Sort,
    pub seen: Temporary,
    /// The API server has answered that it exists.
    pub confirmed: bool,
    /// There is nothing to remove: it was never made, or is removed already.
    pub gone: bool,
    /// How long it may take, and how long it stays at most.
    pub deadline: Duration,
    pub stays: Duration,
    pub since: Instant,
    /// Its pod, once it was seen.
    pub pod: Option<Whereabouts>,
}

/// The pod of a Job, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    pub name: String,
    pub node: Option<String>,
}

/// All that this run has made for itself.
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
        let mut new = entry(change);
        if new.sort == Sort::Service {
            let Some(job) = entries.iter().find(|entry| owns(entry, change)) else {
                let message = format!("the plan would make {}, and no Job of this run owns it", change.target);
                return Err(Error::failed(message).hint("this is a mistake in the program; please report it"));
            };
            // It goes with its Job.
            (new.deadline, new.stays, new.since) = (job.deadline, job.stays, job.since);
        }
        entries.push(new);
        Ok(())
    }

    /// It was seen, and this is it.
    pub fn identify(&self, namespace: &str, name: &str, uid: Option<&str>) {
        let mut entries = self.entries.borrow_mut();
        if let Some(entry) = entries.iter_mut().find(|entry| is_job(entry, namespace, name)) {
            entry.seen.uid = uid.map(str::to_owned);
        }
    }

    /// Its pod was seen.
    pub fn placed(&self, namespace: &str, name: &str, pod: Whereabouts) {
        let mut entries = self.entries.borrow_mut();
        if let Some(entry) = entries.iter_mut().find(|entry| is_job(entry, namespace, name)) {
            entry.pod = Some(pod);
        }
    }

    pub fn whereabouts(&self, job: &Temporary) -> Option<Whereabouts> {
        let entries = self.entries.borrow();
        entries.iter().find(|entry| is_job(entry, &job.namespace, &job.name))?.pod.clone()
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
        let entry = entries.iter_mut().find(|entry| is_job(entry, namespace, name));
        if let Some(entry) = entry.filter(|entry| !entry.seen.is_over()) {
            entry.seen.state = state;
        }
    }

    pub fn removed(&self, sort: Sort, namespace: &str, name: &str) {
        let mut entries = self.entries.borrow_mut();
        let ours =
            |entry: &&mut Entry| entry.sort == sort && entry.seen.namespace == namespace && entry.seen.name == name;
        entries.iter_mut().filter(ours).for_each(|entry| entry.gone = true);
    }

    pub fn jobs(&self) -> Vec<Entry> {
        self.entries.borrow().iter().filter(|entry| entry.sort == Sort::Job).cloned().collect()
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
    entry.sort == sort(target)
        && Some(&entry.seen.namespace) == target.namespace.as_ref()
        && entry.seen.name == target.name
}

fn is_job(entry: &Entry, namespace: &str, name: &str) -> bool {
    entry.sort == Sort::Job && entry.seen.namespace == namespace && entry.seen.name == name
}

fn owns(entry: &Entry, change: &Change) -> bool {
    let owner = change.after.as_ref().and_then(|object| object.pointer("/metadata/ownerReferences/0"));
    let text = |field: &str| owner.and_then(|owner| owner.get(field)?.as_str());
    let namespace = change.target.namespace.as_deref().unwrap_or_default();
    let known = entry.seen.uid.is_some() && text("uid") == entry.seen.uid.as_deref();
    known && text("name").is_some_and(|name| is_job(entry, namespace, name))
}

fn sort(target: &Target) -> Sort {
    if target.kind == "Service" { Sort::Service } else { Sort::Job }
}

fn entry(change: &Change) -> Entry {
    let at = |pointer: &str| change.after.as_ref().and_then(|object| object.pointer(pointer));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let seconds = |field: &str| Duration::from_secs(at(field).and_then(Value::as_u64).unwrap_or_default());
    let deadline = seconds("/spec/activeDeadlineSeconds");
    let annotations = at("/metadata/annotations");
    Entry {
        sort: sort(&change.target),
        seen: Temporary {
            about: text(annotations.and_then(|annotations| annotations.get(ABOUT))).unwrap_or_default(),
            namespace: change.target.namespace.clone().unwrap_or_default(),
            name: change.target.name.clone(),
            uid: None,
            node: text(at("/spec/template/spec/nodeName")),
            state: TemporaryState::Pending("it was just made".into()),
        },
        confirmed: false,
        gone: false,
        deadline,
        stays: deadline + seconds("/spec/ttlSecondsAfterFinished"),
        since: Instant::now(),
        pod: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporary::TemporaryJob;
    use serde_json::json;

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
        made.removed(Sort::Job, "a", &change.target.name);
        assert!(made.left().is_empty() && made.jobs().len() == 1);
    }

    #[test]
    fn a_service_needs_a_job_that_was_seen_and_goes_with_it() {
        let made = Made::of_a_new_run();
        let job = TemporaryJob::new(made.run_id(), "a", "x", "true").create();
        made.begin(&job).unwrap();
        let seen = |made: &Made| made.jobs().remove(0).seen;
        let service = |seen: &Temporary| seen.service(made.run_id(), &json!({}), &json!({ "type": "LoadBalancer" }));
        assert_eq!(service(&seen(&made)), None);
        let other = Temporary { uid: Some("other".into()), ..seen(&made) };
        assert!(made.begin(&service(&other).unwrap()).is_err(), "another Job of that name");
        made.identify("a", &job.target.name, Some("u"));
        let service = service(&seen(&made)).unwrap();
        let step = lab_plan::Step::new("x", "x", "x", vec![service.clone()]).for_this_run();
        assert_eq!(step.misfit(), None);
        made.begin(&service).unwrap();
        assert!(made.begin(&service).is_err());
        assert_eq!(
            made.left().iter().map(|entry| (entry.sort, entry.stays.as_secs())).collect::<Vec<_>>(),
            [(Sort::Job, 180), (Sort::Service, 180)]
        );
        made.removed(Sort::Service, "a", &service.target.name);
        assert_eq!(made.left().len(), 1, "the Job of the same name is still there");
    }
}
