//! What the user has agreed to. A step that was neither shown nor announced is shown and asked about again.

use lab_plan::{Change, Kind, Place, Plan, Step, Target};
use serde_json::Value;

#[derive(Default)]
pub(crate) struct Consent {
    announced: Vec<String>,
    shown: Vec<Signature>,
}

/// What a step does, without the positions that shift when others edit beside it.
#[derive(PartialEq)]
struct Signature {
    id: String,
    changes: Vec<(Target, Option<Value>, Option<Value>)>,
}

impl Consent {
    /// Agreement to a plan covers its steps and those it announces.
    pub fn give(&mut self, plan: &Plan) {
        self.announced.extend(plan.may_follow.iter().map(|may| may.id.clone()));
        self.shown.extend(plan.steps.iter().map(signature));
    }

    pub fn covers(&self, plan: &Plan) -> bool {
        plan.steps.iter().all(|step| self.announced.contains(&step.id) || self.shown.contains(&signature(step)))
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

fn signature(step: &Step) -> Signature {
    let of = |change: &Change| match change.kind() {
        // What is deleted is named; in which version it is deleted shifts with every status that a controller writes.
        Kind::Delete => (change.target.clone(), None, None),
        Kind::Create | Kind::Patch => (change.target.clone(), change.before.clone(), change.after.clone()),
    };
    Signature { id: step.id.clone(), changes: step.changes.iter().map(of).collect() }
}

/// A change that was made before and is needed again: something puts the old value back.
pub(crate) fn reverted<'p>(made: &[Change], plan: &'p Plan) -> Option<&'p Change> {
    plan.changes().find(|change| made.iter().any(|earlier| same(earlier, change)))
}

fn same(a: &Change, b: &Change) -> bool {
    let place = match (&a.place, &b.place) {
        (Place::Member { list: a, .. }, Place::Member { list: b, .. }) | (Place::At(a), Place::At(b)) => a == b,
        (Place::YamlIn { text: a, yaml, .. }, Place::YamlIn { text: b, yaml: other, .. }) => a == b && yaml == other,
        (Place::Whole, Place::Whole) => true,
        _ => false,
    };
    place && a.target == b.target && a.before == b.before && a.after == b.after
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_plan::{Announcement, Path};
    use serde_json::json;

    fn step(id: &str, list: &Value, argument: &str) -> Step {
        let target = Target::namespaced("apps/v1", "Deployment", "kube-system", "x");
        let seen = json!({ "metadata": { "uid": "u" }, "args": list });
        let change = Change::append(target, &seen, Path::default().key("args"), json!(argument));
        Step::new(id, "title", "why", vec![change])
    }

    #[test]
    fn covers_the_same_step_after_a_neighbours_edit() {
        let mut consent = Consent::default();
        consent.give(&Plan::step(step("append", &json!([]), "--a"), "look"));
        assert!(consent.covers(&Plan::step(step("append", &json!(["--theirs"]), "--a"), "look")));
        assert!(!consent.covers(&Plan::step(step("append", &json!([]), "--b"), "look")));
    }

    #[test]
    fn covers_what_was_announced() {
        let mut consent = Consent::default();
        let may_follow = vec![Announcement { id: "append".into(), title: "append the flag".into() }];
        consent.give(&Plan { may_follow, ..Plan::wait("look") });
        assert!(consent.covers(&Plan::step(step("append", &json!([]), "--a"), "look")));
        assert!(!consent.covers(&Plan::step(step("other", &json!([]), "--a"), "look")));
    }

    #[test]
    fn a_change_planned_once_more_was_reverted() {
        let first = step("append", &json!([]), "--a");
        let again = Plan::step(step("append", &json!([]), "--a"), "look");
        assert!(reverted(&first.changes, &again).is_some());
        assert!(reverted(&first.changes, &Plan::step(step("append", &json!([]), "--b"), "look")).is_none());
    }
}
