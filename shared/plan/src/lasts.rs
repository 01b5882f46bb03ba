//! How long what a step makes stays, and what may be made for the length of a run only.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change::{Change, Kind, Place, RUN_ANNOTATION};
use crate::plan::{OnFailure, Step};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lasts {
    /// Until somebody takes it back; the journal holds it.
    #[default]
    UntilUndone,
    /// As long as the run at most: Jobs that find something out, and Services that such a Job owns. No journal knows them;
    /// they are removed when the run ends, however it ends, and go by themselves if the machine dies.
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
        let fits = |change: &&Change| is_short_lived_job(change) || is_service_of_a_job(change);
        let wrong = self.changes.iter().find(|change| !fits(change))?;
        Some(format!(
            "{} is no new Job with a deadline and a time to live, nor a Service of one, and so cannot be temporary",
            wrong.target
        ))
    }
}

fn is_short_lived_job(change: &Change) -> bool {
    let has = |field: &str| specification(change).and_then(|spec| spec.get(field)?.as_i64()).is_some();
    is_new(change, "batch/v1", "Job") && has("activeDeadlineSeconds") && has("ttlSecondsAfterFinished")
}

/// It goes with its Job, and the Job is of the run that makes it: both bear the run's name. Whether this run has made that
/// very Job is known only where it was made.
fn is_service_of_a_job(change: &Change) -> bool {
    let metadata = change.after.as_ref().and_then(|object| object.get("metadata"));
    let at = |pointer: &str| metadata.and_then(|metadata| metadata.pointer(pointer)?.as_str());
    let run = metadata.and_then(|metadata| metadata.get("annotations")?.get(RUN_ANNOTATION)?.as_str());
    let owners = metadata.and_then(|metadata| metadata.get("ownerReferences")?.as_array()).map_or(0, Vec::len);
    let is_job =
        at("/ownerReferences/0/apiVersion") == Some("batch/v1") && at("/ownerReferences/0/kind") == Some("Job");
    let of_run = at("/ownerReferences/0/name").zip(run).is_some_and(|(job, run)| job.ends_with(&format!("-{run}")));
    let is_certain = at("/ownerReferences/0/uid").is_some_and(|uid| !uid.is_empty());
    is_new(change, "v1", "Service") && owners == 1 && is_job && of_run && is_certain
}

fn is_new(change: &Change, api_version: &str, kind: &str) -> bool {
    let target = &change.target;
    change.kind() == Kind::Create
        && change.place == Place::Whole
        && (target.api_version.as_str(), target.kind.as_str()) == (api_version, kind)
        && target.namespace.is_some()
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
    fn a_service_is_temporary_only_with_a_job_of_its_run_for_an_owner() {
        let owner = |kind: &str, name: &str, uid: &str| json!({ "apiVersion": if kind == "Job" { "batch/v1" } else { "v1" }, "kind": kind, "name": name, "uid": uid });
        let step = |owners: Value, place: Target| {
            let metadata = json!({ "annotations": { RUN_ANNOTATION: "r1" }, "ownerReferences": owners });
            Step::new("x", "x", "x", vec![Change::create(place, json!({ "metadata": metadata }))]).for_this_run()
        };
        let place = || Target::namespaced("v1", "Service", "a", "x");
        let job = owner("Job", "kubectl-lab-prove-r1", "u");
        assert_eq!(step(json!([job]), place()).misfit(), None);
        assert!(step(json!([job]), place()).goes_without_saying());
        for owners in [
            json!([]),
            json!([job, job]),
            json!([owner("Job", "kubectl-lab-prove-r2", "u")]),
            json!([owner("Job", "kubectl-lab-prove-r1", "")]),
            json!([owner("Pod", "kubectl-lab-prove-r1", "u")]),
        ] {
            assert!(step(owners.clone(), place()).misfit().is_some(), "{owners}");
        }
        let secret = Target::namespaced("v1", "Secret", "a", "x");
        assert!(step(json!([job]), secret).misfit().is_some());
        let patched = step(json!([job]), place()).changes.remove(0).inverse();
        assert!(Step::new("x", "x", "x", vec![patched]).for_this_run().misfit().is_some());
    }

    #[test]
    fn the_failure_of_what_lasts_is_never_ignored() {
        assert!(Step::new("x", "x", "x", Vec::new()).or_go_on().misfit().is_some());
        assert_eq!(Step::new("x", "x", "x", Vec::new()).misfit(), None);
    }
}
