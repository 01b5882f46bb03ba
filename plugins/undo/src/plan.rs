//! From journals and live objects to a plan that takes back what stands.

#[cfg(test)]
mod tests;

use lab::journal::{CLUSTER_WIDE, STATE, Stored, UNDONE};
use lab_plan::{
    Announcement, Change, Entry, Kind, Path, Place, Plan, Refusal, Settle, State, Step, Target, Then, owner,
};
use serde_json::{Value, json};

use crate::args::Args;
use crate::facts::{Case, Facts};

/// On a journal: the undo that took it back.
pub const UNDONE_BY: &str = "kubectl-lab/undone-by";

/// The journal whose turn it is. What this run has finished with stays its case, so that it does not go on to the next.
pub fn choose<'f>(args: &Args, facts: &'f Facts) -> Option<&'f Stored> {
    let mine = |stored: &&Stored| undone_by(stored) == Some(facts.run.as_str());
    let mut newest_first = facts.journals.iter().rev();
    if let Some(id) = &args.id {
        return newest_first.find(|stored| stored.journal.id == *id);
    }
    let pending = |stored: &&Stored| stored.state != UNDONE && stored.journal.verb != "undo";
    if args.last {
        return newest_first.clone().find(mine).or_else(|| newest_first.find(pending));
    }
    args.all.then(|| newest_first.find(pending)).flatten()
}

fn undone_by(stored: &Stored) -> Option<&str> {
    stored.raw.pointer("/metadata/annotations")?.get(UNDONE_BY)?.as_str()
}

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    if args.only_lists() {
        return Plan::done();
    }
    let Some(case) = &facts.case else { return nothing(args, facts) };
    if case.stored.state == UNDONE {
        let done_now = undone_by(&case.stored) == Some(facts.run.as_str());
        let note = format!("run {} was taken back before", case.stored.journal.id);
        return Plan { notes: if done_now { Vec::new() } else { vec![note] }, ..Plan::done() };
    }
    take_back(args, facts, case)
}

fn nothing(args: &Args, facts: &Facts) -> Plan {
    if let Some(id) = &args.id {
        let refusal = Refusal::refused(format!("there is no journal of a run {id:?}"), None);
        return Plan::refuse(refusal.hint("see which there are with: kubectl lab undo --list"));
    }
    let unreadable = facts.unreadable.iter().map(|(target, why)| format!("{target} is no readable journal: {why}"));
    Plan { notes: unreadable.collect(), ..Plan::done() }
}

fn take_back(args: &Args, facts: &Facts, case: &Case) -> Plan {
    let journal = &case.stored.journal;
    let mut work = Work { leaving: leaving(case), ..Work::default() };
    let mut index = case.live.len();
    for entry in journal.entries.iter().rev() {
        index -= entry.changes.len();
        work.entry(case, entry, &case.live[index..index + entry.changes.len()]);
    }
    if !work.refusals.is_empty() {
        return Plan { refusals: work.refusals, notes: work.notes, ..Plan::done() };
    }
    let mark_id = "mark-undone";
    let others =
        facts.journals.iter().filter(|other| args.all && other.state != UNDONE && other.journal.verb != "undo");
    let others = others.filter(|other| other.journal.id != journal.id);
    let mut may_follow: Vec<Announcement> = others
        .map(|other| Announcement {
            id: step_id(&other.journal.id),
            title: format!("take back run {} of {}", other.journal.id, other.journal.verb),
        })
        .collect();
    may_follow.push(Announcement { id: mark_id.into(), title: "mark each of these journals as undone".into() });
    let (steps, why) = if work.steps.is_empty() {
        (vec![mark(mark_id, &case.stored, &facts.run)], "look whether anything is left")
    } else {
        (work.steps, "look again whether all of it is taken back")
    };
    Plan { steps, refusals: Vec::new(), notes: work.notes, may_follow, then: Then::LookAgain { why: why.into() } }
}

fn step_id(journal: &str) -> String {
    format!("undo-{journal}")
}

fn mark(id: &str, stored: &Stored, run: &str) -> Step {
    let annotation = Path::default().key("metadata").key("annotations").key(UNDONE_BY);
    let changes =
        vec![stored.mark(UNDONE), Change::set(stored.target.clone(), &stored.raw, annotation, Some(json!(run)))];
    let title = format!("mark the journal of run {} as undone ({STATE}={UNDONE})", stored.journal.id);
    Step::new(id, title, "nothing of it stands any more that could be taken back", changes)
}

/// What this run created, and what therefore goes as a whole: nothing in it has to be taken back first.
fn leaving(case: &Case) -> Vec<Target> {
    let with_live = case.stored.journal.changes().zip(&case.live);
    let ours =
        with_live.filter(|(change, live)| change.kind() == Kind::Create && change.state(live.as_ref()) == State::After);
    ours.map(|(change, _)| change.target.clone()).collect()
}

#[derive(Default)]
struct Work {
    leaving: Vec<Target>,
    steps: Vec<Step>,
    refusals: Vec<Refusal>,
    notes: Vec<String>,
}

impl Work {
    fn entry(&mut self, case: &Case, entry: &Entry, live: &[Option<Value>]) {
        if let Some(why) = &entry.cannot_be_undone {
            self.notes.push(format!("stays: {}: {why}", entry.title));
            return;
        }
        let mut changes = Vec::new();
        for (change, live) in entry.changes.iter().zip(live).rev() {
            if let Err(refusal) = allowed(&case.stored.target, change) {
                self.refusals.push(refusal);
                continue;
            }
            match change.kind() {
                Kind::Create => changes.extend(self.delete(change, live.as_ref())),
                Kind::Delete => self.notes.push(format!("{} was deleted, and is not made again", change.target)),
                Kind::Patch if self.leaving.contains(&change.target) => {}
                Kind::Patch => changes.extend(self.patch(change, live.as_ref())),
            }
        }
        if !changes.is_empty() {
            let title = format!("take back: {}", entry.title);
            let why = format!("run {} of {} did it", case.stored.journal.id, case.stored.journal.verb);
            let step = Step::new(&step_id(&case.stored.journal.id), title, why, changes);
            match settled(&case.stored.target, entry) {
                Ok(settle) => self.steps.push(step.settle(settle)),
                Err(refusal) => self.refusals.push(refusal),
            }
        }
    }

    /// What a run created goes, if it is still that very object.
    fn delete(&mut self, change: &Change, live: Option<&Value>) -> Option<Change> {
        let live = live?;
        if change.state(Some(live)) != State::After {
            self.notes.push(format!("{} stays: by now it is not the one that this run created", change.target));
            return None;
        }
        if holds_others(&change.target) {
            self.notes.push(format!(
                "{0} stays, because whatever else is in it would go with it; when it is empty: kubectl delete {1} {2}",
                change.target,
                change.target.kind.to_lowercase(),
                change.target.name
            ));
            return None;
        }
        let identity = |pointer: &str| live.pointer(pointer).cloned().unwrap_or_default();
        let before = json!({ "metadata": { "resourceVersion": identity("/metadata/resourceVersion") } });
        Some(Change {
            target: change.target.clone(),
            uid: identity("/metadata/uid").as_str().map(str::to_owned),
            place: Place::Whole,
            before: Some(before),
            after: None,
        })
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

/// Objects whose deletion takes others along, which may be somebody else's.
fn holds_others(target: &Target) -> bool {
    matches!(target.kind.as_str(), "Namespace" | "CustomResourceDefinition")
}

/// Whoever can write a journal must not be able to steer an administrator's undo.
fn allowed(journal: &Target, change: &Change) -> Result<(), Refusal> {
    let home = journal.namespace.as_deref().unwrap_or_default();
    if home != CLUSTER_WIDE && change.target.namespace.as_deref() != Some(home) {
        let reason = format!("the journal in namespace {home} asks to change {}, outside its namespace", change.target);
        return Err(Refusal::refused(reason, None));
    }
    if lab_topics::touchable(change) {
        return Ok(());
    }
    Err(Refusal::refused(format!("the journal asks to change {} at a place where no verb writes", change.target), None)
        .hint("somebody may have edited the journal; look at it before you trust it"))
}

/// Restarts and waits are taken from the journal too, and are held to the same rules as its changes.
fn settled(journal: &Target, entry: &Entry) -> Result<Vec<Settle>, Refusal> {
    let home = journal.namespace.as_deref().unwrap_or_default();
    for settle in &entry.settle {
        let (Settle::Restart(target) | Settle::Until(_, target)) = settle;
        let outside = home != CLUSTER_WIDE && target.namespace.as_deref() != Some(home);
        if outside || !lab_topics::settles(settle) {
            let reason = format!("the journal asks to restart or to wait for {target}, which no verb does there");
            let hint = "somebody may have edited the journal; look at it before you trust it";
            return Err(Refusal::refused(reason, None).hint(hint));
        }
    }
    Ok(entry.settle.clone())
}

fn changed_since(change: &Change, live: &Value, found: Option<&Value>) -> Refusal {
    let path = match &change.place {
        Place::At(path) | Place::Member { list: path, .. } | Place::YamlIn { text: path, .. } => path.clone(),
        Place::Whole => Path::default(),
    };
    let who = owner(live, &path).map(|manager| format!(", last written by {manager:?}")).unwrap_or_default();
    let show = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let reason = format!("{} was changed since, at {path}{who}: nothing of this run is taken back", change.target);
    Refusal::refused(reason, None)
        .hint(format!("the run wrote {}, now there is {}", show(change.after.as_ref()), show(found)))
        .hint(format!("before the run there was {}", show(change.before.as_ref())))
}
