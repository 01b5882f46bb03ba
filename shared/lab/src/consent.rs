//! What the user has agreed to. A step that was neither shown nor announced is shown and asked about again.

use lab_plan::{Change, Kind, Place, Plan, Settle, State, Step, Target};
use serde_json::Value;

#[derive(Default)]
pub(crate) struct Consent {
    announced: Vec<String>,
    shown: Vec<Signature>,
}

/// What a step does, without the positions that shift when others edit beside it.
struct Signature {
    id: String,
    changes: Vec<(Target, Option<Value>, Option<Value>)>,
    restarts: Vec<Target>,
}

impl Signature {
    /// After a conflict midway, what was done before it is not planned again.
    fn is_part_of(&self, shown: &Signature) -> bool {
        self.id == shown.id
            && self.changes.iter().all(|change| shown.changes.contains(change))
            && self.restarts.iter().all(|restart| shown.restarts.contains(restart))
    }
}

impl Consent {
    /// Agreement to a plan covers its steps and those it announces.
    pub fn give(&mut self, plan: &Plan) {
        self.announced.extend(plan.may_follow.iter().map(|may| may.id.clone()));
        self.shown.extend(plan.steps.iter().map(signature));
    }

    pub fn covers(&self, plan: &Plan) -> bool {
        plan.steps.iter().all(|step| {
            step.goes_without_saying() || self.announced.contains(&step.id) || self.has_shown(&signature(step))
        })
    }

    fn has_shown(&self, part: &Signature) -> bool {
        self.shown.iter().any(|shown| part.is_part_of(shown))
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

fn signature(step: &Step) -> Signature {
    // A look that is taken once more, because pods come and go, is the same look.
    if step.is_for_this_run() {
        return Signature { id: step.id.clone(), changes: Vec::new(), restarts: Vec::new() };
    }
    let of = |change: &Change| match change.kind() {
        // What is deleted is named; in which version it is deleted shifts with every status that a controller writes.
        Kind::Delete => (change.target.clone(), None, None),
        Kind::Create | Kind::Declare | Kind::Patch => {
            (change.target.clone(), change.before.clone(), change.after.clone())
        }
    };
    let restarts = step.settle.iter().filter_map(|settle| match settle {
        Settle::Restart(target) => Some(target.clone()),
        Settle::Until(..) => None,
    });
    Signature { id: step.id.clone(), changes: step.changes.iter().map(of).collect(), restarts: restarts.collect() }
}

/// A change that was made before and is needed again: something puts the old value back.
pub(crate) fn reverted<'p>(taken: &[Step], plan: &'p Plan) -> Option<(&'p Step, &'p Change)> {
    let was_made = |change: &Change| changes(taken).any(|(_, earlier)| same(earlier, change));
    changes(&plan.steps).find(|(_, change)| was_made(change))
}

fn changes(steps: &[Step]) -> impl Iterator<Item = (&Step, &Change)> {
    steps.iter().flat_map(|step| step.changes.iter().map(move |change| (step, change)))
}

/// A change that was made and whose place has its old value again, as far as the object was read since.
pub(crate) fn put_back(taken: &[Step], live: impl Fn(&Target) -> Option<Value>) -> Option<(&Step, &Change)> {
    let is_before =
        |change: &Change| live(&change.target).is_some_and(|live| change.state(Some(&live)) == State::Before);
    changes(taken).find(|(_, change)| is_before(change))
}

fn same(a: &Change, b: &Change) -> bool {
    let place = match (&a.place, &b.place) {
        (Place::Member { list: a, .. }, Place::Member { list: b, .. }) | (Place::At(a), Place::At(b)) => a == b,
        (Place::YamlIn { text: a, yaml, .. }, Place::YamlIn { text: b, yaml: other, .. }) => a == b && yaml == other,
        (Place::Whole, Place::Whole) | (Place::Declared { .. }, Place::Declared { .. }) => true,
        _ => false,
    };
    place && a.target == b.target && a.before == b.before && a.after == b.after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporary::TemporaryJob;
    use lab_plan::{Announcement, Lasts, Path};
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
    fn covers_what_is_left_of_a_step_and_no_more() {
        let target = |name: &str| Target::namespaced("v1", "Service", "kube-system", name);
        let object = |name: &str, version: &str| json!({ "metadata": { "name": name, "uid": name, "resourceVersion": version } });
        let delete = |name: &str, version: &str| Change::delete(target(name), &object(name, version));
        let plan = |changes: Vec<Change>| Plan::step(Step::new("undo", "title", "why", changes), "look");
        let mut consent = Consent::default();
        consent.give(&plan(vec![delete("a", "1"), delete("b", "1")]));
        assert!(consent.covers(&plan(vec![delete("b", "2")])));
        assert!(!consent.covers(&plan(vec![delete("b", "2"), delete("c", "1")])));
        let mut restart = plan(Vec::new());
        restart.steps[0].settle = vec![Settle::Restart(target("b"))];
        assert!(!consent.covers(&restart));
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
    fn what_is_temporary_is_asked_about_only_on_the_host_network() {
        let look = |job: TemporaryJob| Step::new("look", "look", "why", vec![job.create()]).for_this_run();
        let job = TemporaryJob::new("run", "a", "x", "true");
        let consent = Consent::default();
        assert!(consent.covers(&Plan::step(look(job.clone()), "look")));
        assert!(!consent.covers(&Plan::step(look(job.clone().on_host_network()), "look")));
        let lasting = Step { lasts: Lasts::UntilUndone, ..look(job.clone()) };
        assert!(!consent.covers(&Plan::step(lasting.clone(), "look")));
        let both = Plan { steps: vec![look(job), lasting], ..Plan::wait("look") };
        assert!(!consent.covers(&both), "what lasts is asked about also beside what does not");
    }

    #[test]
    fn a_look_that_was_agreed_to_may_be_taken_at_other_nodes_too() {
        let look = |node: &str| {
            let job = TemporaryJob::new("run", "a", node, "true").on_node(node).on_host_network();
            Plan::step(Step::new("look", "look", "why", vec![job.create()]).for_this_run(), "look")
        };
        let mut consent = Consent::default();
        consent.give(&look("a"));
        assert!(consent.covers(&look("b")));
    }

    #[test]
    fn a_change_whose_old_value_stands_there_again_was_put_back() {
        let made = [step("append", &json!([]), "--a")];
        let live = |args: &Value| Some(json!({ "metadata": { "uid": "u" }, "args": args }));
        assert!(put_back(&made, |_| live(&json!(["--b"]))).is_some());
        assert!(put_back(&made, |_| live(&json!(["--a", "--b"]))).is_none());
        assert!(put_back(&made, |_| None).is_none(), "it was not read again");
    }

    #[test]
    fn a_change_planned_once_more_was_reverted() {
        let first = [step("append", &json!([]), "--a")];
        let again = Plan::step(step("append", &json!([]), "--a"), "look");
        assert!(reverted(&first, &again).is_some());
        assert!(reverted(&first, &Plan::step(step("append", &json!([]), "--b"), "look")).is_none());
    }
}
