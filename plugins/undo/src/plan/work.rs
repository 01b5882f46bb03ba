//! Taking back step by step what stands of a run, the last first.

use lab::journal::Stored;
use lab_plan::{Change, Condition, Entry, Kind, Path, Place, Progress, Refusal, Settle, State, Step, Target, owner};
use lab_topics::{cascade, metallb};
use serde_json::Value;

use super::guard::{allowed, settled, settles_what};
use super::{did_it, is_going, step_id};

#[derive(Default)]
pub struct Work {
    /// An earlier undo of this run has begun, and not come to its end.
    pub begun: bool,
    /// What the run created, and what therefore goes as a whole: nothing in it has to be taken back first.
    pub leaving: Vec<Target>,
    pub steps: Vec<Step>,
    /// What takes others along; it goes last, when what is in it has been looked at again.
    pub containers: Vec<Change>,
    pub waiting: Vec<String>,
    /// Services with an address of a pool, each with the pool's name.
    pub holders: Vec<(String, Target)>,
    pub refusals: Vec<Refusal>,
    pub notes: Vec<String>,
}

impl Work {
    pub fn entry(&mut self, stored: &Stored, entry: &Entry, live: &[Option<Value>]) {
        if let Some(why) = &entry.cannot_be_undone {
            self.notes.push(format!("stays: {}: {why}", entry.title));
            return;
        }
        let mut changes = Vec::new();
        for (change, live) in entry.changes.iter().zip(live).rev() {
            if let Err(refusal) = allowed(&stored.target, change) {
                self.refusals.push(refusal);
                continue;
            }
            match change.kind() {
                Kind::Create => self.delete(change, live.as_ref(), &mut changes),
                Kind::Declare => {}
                Kind::Delete => self.notes.push(format!("{} was deleted, and is not made again", change.target)),
                Kind::Patch if self.leaving.contains(&change.target) => {}
                Kind::Patch => changes.extend(self.patch(change, live.as_ref())),
            }
        }
        let unfinished = self.begun && changes.is_empty() && restarts(entry) && is_put_back(entry, live);
        if !changes.is_empty() || unfinished {
            let (run, verb) = (&stored.journal.id, &stored.journal.verb);
            let step = match unfinished {
                true => Step::new(&step_id(run), format!("finish: {}", title(entry)), UNFINISHED, changes),
                false => Step::new(&step_id(run), title(entry), did_it(run, verb), changes),
            };
            match settled(&stored.target, entry) {
                // What goes is not waited for as if it stayed.
                Ok(mut settle) => {
                    settle.retain(|one| !self.leaving.contains(settles_what(one)));
                    settle.extend(self.released(&step.changes));
                    self.steps.push(step.settle(settle));
                }
                Err(refusal) => self.refusals.push(refusal),
            }
        }
    }

    /// A pool's addresses are taken back by MetalLB's controller alone, which must not go before that.
    fn released(&self, changes: &[Change]) -> Vec<Settle> {
        let pools = || changes.iter().filter(|change| metallb::is_pool(&change.target));
        let lost = self.holders.iter().filter(|(pool, _)| pools().any(|change| change.target.name == *pool));
        lost.map(|(_, service)| Settle::Until(Condition::Unassigned, service.clone())).collect()
    }

    /// What a run created goes, if it is still that very object.
    fn delete(&mut self, change: &Change, live: Option<&Value>, changes: &mut Vec<Change>) {
        let Some(live) = live else { return };
        if change.state(Some(live)) != State::After {
            self.notes.push(format!("{} stays: by now it is not the one that this run created", change.target));
            return;
        }
        if is_going(live) {
            if let Progress::Waiting(why) = Condition::Gone.judge(Some(live)) {
                self.waiting.push(format!("{}: {why}", change.target));
            }
            return;
        }
        let delete = Change::delete(change.target.clone(), live);
        if cascade::holds_others(&change.target) {
            self.containers.push(delete);
        } else {
            changes.push(delete);
        }
    }

    /// Our value goes back in the present object; what others wrote beside it stays.
    fn patch(&mut self, change: &Change, live: Option<&Value>) -> Option<Change> {
        let Some(live) = live else {
            self.notes.push(format!("{} is gone", change.target));
            return None;
        };
        match change.state(Some(live)) {
            State::After => Some(change.inverse()),
            State::Before => None,
            State::Other(found) => {
                self.refusals.push(changed_since(change, live, found.as_ref()));
                None
            }
        }
    }
}

const UNFINISHED: &str =
    "an undo that was interrupted has put the value back, and whether it came to the restart is not known";

fn restarts(entry: &Entry) -> bool {
    entry.settle.iter().any(|settle| matches!(settle, Settle::Restart(_)))
}

fn is_put_back(entry: &Entry, live: &[Option<Value>]) -> bool {
    let mut patches = entry.changes.iter().zip(live).filter(|(change, _)| change.kind() == Kind::Patch).peekable();
    patches.peek().is_some() && patches.all(|(change, live)| change.state(live.as_ref()) == State::Before)
}

fn title(entry: &Entry) -> String {
    match entry.title.strip_prefix(TAKE_BACK) {
        Some(again) => format!("do again: {again}"),
        None => format!("{TAKE_BACK}{}", entry.title),
    }
}

const TAKE_BACK: &str = "take back: ";

fn changed_since(change: &Change, live: &Value, found: Option<&Value>) -> Refusal {
    if change.uid.is_some() && change.uid.as_deref() != live.pointer("/metadata/uid").and_then(Value::as_str) {
        let what = "was made anew since, and is not the one that this run changed";
        return Refusal::refused(format!("{} {what}: nothing of this run is taken back", change.target), None);
    }
    let path = match &change.place {
        Place::At(path) | Place::Member { list: path, .. } | Place::YamlIn { text: path, .. } => path.clone(),
        Place::Whole | Place::Declared { .. } => Path::default(),
    };
    let who = owner(live, &path).map(|manager| format!(", last written by {manager:?}")).unwrap_or_default();
    let show = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let reason = format!("{} was changed since, at {path}{who}: nothing of this run is taken back", change.target);
    Refusal::refused(reason, None)
        .hint(format!("the run wrote {}, now there is {}", show(change.after.as_ref()), show(found)))
        .hint(format!("before the run there was {}", show(change.before.as_ref())))
}
