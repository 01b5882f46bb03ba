//! The end of an undo: what the journals say afterwards.

use lab::journal::{CLOSED, STATE, Stored, UNDONE};
use lab_plan::{Change, Entry, Kind, Path, State, Step};
use serde_json::{Value, json};

use crate::facts::{Case, Facts};

pub const MARK: &str = "mark-undone";

/// On a journal: the undo that took it back.
pub const UNDONE_BY: &str = "kubectl-lab/undone-by";

pub fn undone_by(stored: &Stored) -> Option<&str> {
    stored.raw.pointer("/metadata/annotations")?.get(UNDONE_BY)?.as_str()
}

pub fn mark(facts: &Facts, case: &Case) -> Step {
    let mut changes = Vec::new();
    for part in &case.parts {
        changes.extend([part.stored.mark(UNDONE), by(&part.stored, Some(&facts.run))]);
    }
    let mut title = format!("mark the journal of run {} as undone ({STATE}={UNDONE})", case.run().0);
    for stands in standing_again(facts, case) {
        title.push_str(&format!(", that of run {} as {CLOSED} again", stands.journal.id));
        changes.extend([stands.mark(CLOSED), by(stands, None)]);
    }
    Step::new(MARK, title, "nothing of it stands any more that could be taken back", changes)
}

fn by(stored: &Stored, run: Option<&String>) -> Change {
    let annotation = Path::default().key("metadata").key("annotations").key(UNDONE_BY);
    Change::set(stored.target.clone(), &stored.raw, annotation, run.map(|run| json!(run)))
}

/// The runs whose values an undo had taken back, and that stand again now that it is taken back itself. They can be
/// undone once more.
fn standing_again<'f>(facts: &'f Facts, case: &Case) -> Vec<&'f Stored> {
    let mut again = Vec::new();
    for part in case.parts.iter().filter(|part| part.stored.journal.verb == "undo") {
        let mut index = 0;
        for entry in &part.stored.journal.entries {
            let live = &part.live[index..index + entry.changes.len()];
            index += entry.changes.len();
            if stands(entry, live) {
                again.extend(entry.step.strip_prefix("undo-"));
            }
        }
    }
    let named = |stored: &&Stored| stored.state == UNDONE && again.contains(&stored.journal.id.as_str());
    facts.journals.iter().filter(named).collect()
}

/// Before an undo there was the value of the run that it took back.
fn stands(entry: &Entry, live: &[Option<Value>]) -> bool {
    let patches = entry.changes.iter().zip(live).filter(|(change, _)| change.kind() == Kind::Patch);
    patches.into_iter().any(|(change, live)| change.state(live.as_ref()) == State::Before)
}
