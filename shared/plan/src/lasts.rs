//! How long what a step makes stays, and what may be made for the length of a run only.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change::{Change, Kind, Place};
use crate::plan::{OnFailure, Step};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lasts {
    /// Until somebody takes it back; the journal holds it.
    #[default]
    UntilUndone,
    /// As long as the run at most: Jobs that find something out. No journal knows them; they are removed when the run
    /// ends, however it ends, and go by themselves if the machine dies.
    ThisRun,
}

impl Lasts {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(crate) fn is_until_undone(&self) -> bool {
        *self == Lasts::UntilUndone
    }
}

impl Step {
    pub fn is_for_this_run(&self) -> bool {
        self.lasts == Lasts::ThisRun
    }

    /// Nobody has to be asked about it: it changes nothing that lasts, and its pods share nothing with their nodes.
    pub fn goes_without_saying(&self) -> bool {
        self.is_for_this_run() && !self.changes.iter().any(shares_with_the_node)
    }

    /// What is wrong with a step whose way of lasting or failing does not fit what it does; a plan with such a step must
    /// not be carried out.
    pub fn misfit(&self) -> Option<String> {
        if !self.is_for_this_run() {
            let goes_on = self.on_failure == OnFailure::GoOn;
            return goes_on.then(|| "it changes what lasts, and yet its failure is to be ignored".into());
        }
        if self.on_failure == OnFailure::TakeBack || !self.settle.is_empty() {
            return Some("it is for this run only, and yet it settles or is taken back".into());
        }
        let wrong = self.changes.iter().find(|change| !is_short_lived_job(change))?;
        Some(format!("{} is no new Job with a deadline and a time to live, and so cannot be temporary", wrong.target))
    }
}

fn is_short_lived_job(change: &Change) -> bool {
    let has = |field: &str| specification(change).and_then(|spec| spec.get(field)?.as_i64()).is_some();
    let target = &change.target;
    change.kind() == Kind::Create
        && change.place == Place::Whole
        && (target.api_version.as_str(), target.kind.as_str()) == ("batch/v1", "Job")
        && target.namespace.is_some()
        && has("activeDeadlineSeconds")
        && has("ttlSecondsAfterFinished")
}

fn shares_with_the_node(change: &Change) -> bool {
    let pod = specification(change).and_then(|spec| spec.pointer("/template/spec"));
    let shares = |field: &str| pod.and_then(|pod| pod.get(field)?.as_bool()) == Some(true);
    ["hostNetwork", "hostPID", "hostIPC"].into_iter().any(shares)
}

fn specification(change: &Change) -> Option<&Value> {
    change.after.as_ref()?.get("spec")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::{Condition, Settle};
    use crate::target::Target;
    use serde_json::json;

    fn target(kind: &str) -> Target {
        Target::namespaced("batch/v1", kind, "a", "x")
    }

    fn job(pod: &Value) -> Step {
        let spec = json!({ "activeDeadlineSeconds": 60, "ttlSecondsAfterFinished": 60, "template": { "spec": pod } });
        let change = Change::create(target("Job"), json!({ "spec": spec }));
        Step::new("look", "look", "why", vec![change]).for_this_run()
    }

    #[test]
    fn a_pod_on_the_host_network_does_not_go_without_saying() {
        assert!(job(&json!({})).goes_without_saying());
        assert!(job(&json!({ "hostNetwork": false })).goes_without_saying());
        assert!(!job(&json!({ "hostNetwork": true })).goes_without_saying());
        assert!(!Step { lasts: Lasts::UntilUndone, ..job(&json!({})) }.goes_without_saying());
    }

    #[test]
    fn only_new_jobs_with_an_end_of_their_own_are_temporary() {
        assert_eq!(job(&json!({})).misfit(), None);
        assert_eq!(job(&json!({})).or_go_on().misfit(), None);
        let endless = Change::create(target("Job"), json!({ "spec": { "activeDeadlineSeconds": 60 } }));
        let other = Change { target: target("CronJob"), ..job(&json!({})).changes.remove(0) };
        let removed = job(&json!({})).changes.remove(0).inverse();
        for change in [endless, other, removed] {
            let step = Step::new("x", "x", "x", vec![change]).for_this_run();
            assert!(step.misfit().is_some_and(|why| why.ends_with("cannot be temporary")), "{step:?}");
        }
        let settles = job(&json!({})).settle([Settle::Until(Condition::Observed, target("Job"))]);
        assert!(settles.misfit().is_some() && job(&json!({})).or_take_back().misfit().is_some());
    }

    #[test]
    fn the_failure_of_what_lasts_is_never_ignored() {
        assert!(Step::new("x", "x", "x", Vec::new()).or_go_on().misfit().is_some());
        assert_eq!(Step::new("x", "x", "x", Vec::new()).misfit(), None);
    }
}
