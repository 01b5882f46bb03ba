//! Namespaces and kinds that the run created: whose objects would go along with them, and how they go.

use lab::rights::{Right, smallest_roles};
use lab_plan::{Change, Condition, Contents, Kind, Refusal, Settle, Step, Target};
use lab_topics::cascade::{self, Inventory};
use serde_json::Value;

use super::{created, did_it, step_id};
use crate::facts::Case;

/// What is not ours and would go along.
pub fn refusals(case: &Case) -> Vec<Refusal> {
    let mut ours = Inventory::default();
    let changes = case.parts.iter().flat_map(|part| part.stored.journal.changes());
    for change in changes.filter(|change| change.kind() == Kind::Create) {
        ours.add(&change.target, None);
    }
    for (target, live) in created(case) {
        ours.add(target, live.pointer("/metadata/uid").and_then(Value::as_str));
    }
    case.contents.iter().filter_map(|(container, contents)| cascade(container, contents, &ours)).collect()
}

fn cascade(container: &Target, contents: &Contents, ours: &Inventory) -> Option<Refusal> {
    let foreign = ours.foreign(contents);
    let refusal = cascade::refusal(container, &foreign)?;
    let rights: Vec<Right> = foreign.unseen.iter().filter_map(|unseen| lab::right_to_see(container, unseen)).collect();
    if rights.is_empty() {
        return Some(refusal);
    }
    let grant = "somebody with the right to grant it can apply this and bind it to you, so that it can be looked at";
    Some(refusal.hint(format!("{grant}:\n\n{}", smallest_roles(&rights))))
}

/// Namespaces last, and each is gone before the journal is marked.
pub fn step(case: &Case, mut changes: Vec<Change>) -> Option<Step> {
    changes.sort_by_key(|change| change.target.kind == "Namespace");
    let title = format!("delete {} with what is left in it", names(&changes));
    let gone: Vec<Settle> =
        changes.iter().map(|change| Settle::Until(Condition::Gone, change.target.clone())).collect();
    let (run, verb) = case.run();
    (!changes.is_empty()).then(|| Step::new(&step_id(run), title, did_it(run, verb), changes).settle(gone))
}

/// Each kind once, with the names of what is of it.
fn names(changes: &[Change]) -> String {
    let of_one_kind = changes.chunk_by(|a, b| a.target.kind == b.target.kind);
    let named = of_one_kind.map(|changes| match changes {
        [one] => one.target.to_string(),
        [first, ..] => {
            let names: Vec<&str> = changes.iter().map(|change| change.target.name.as_str()).collect();
            format!("the {}s {}", first.target.kind, names.join(", "))
        }
        [] => String::new(),
    });
    named.collect::<Vec<_>>().join(" and ")
}
