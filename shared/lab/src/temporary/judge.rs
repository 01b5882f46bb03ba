//! How far a temporary Job is, by itself, its pod and its events.

use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod};
use lab_plan::NEVER_STARTED;

use crate::harmless::one_line;

/// Where a Job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Not at work yet, and why.
    Pending(String),
    Running,
    /// Its container of this pod has ended, well or for a reason; there is a log to be read.
    Ended(String, Result<(), String>),
    /// It comes to nothing, without a log.
    Hopeless(String),
}

pub(crate) fn judge(job: Option<&Job>, pods: &[&Pod], events: &[&Event]) -> Stand {
    let Some(job) = job else { return Stand::Hopeless("somebody deleted it".into()) };
    let by_age = |pod: &&&Pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let own = pods.iter().filter(|pod| is_owned(pod.metadata.owner_references.as_deref(), job));
    let pod = own.max_by_key(by_age).map(|pod| pod_stands(pod));
    match (pod, failed(job)) {
        (Some(done @ Stand::Ended(_, Ok(()))), _) => done,
        // The Job's reason is the one behind the pod's: "deadline exceeded" behind "killed".
        (Some(Stand::Ended(pod, Err(why))), because) => Stand::Ended(pod, Err(because.unwrap_or(why))),
        (Some(Stand::Pending(why)), Some(because)) => Stand::Hopeless(format!("{because}; last seen: {why}")),
        (Some(hopeless @ Stand::Hopeless(_)), _) => hopeless,
        (_, Some(because)) => Stand::Hopeless(because),
        (Some(stand), None) => stand,
        (None, None) if condition(job).is_some() => Stand::Hopeless("its pod was deleted before it had ended".into()),
        (None, None) => without_pod(job, events),
    }
}

fn is_owned(owners: Option<&[k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference]>, job: &Job) -> bool {
    owners.unwrap_or_default().iter().any(|owner| Some(&owner.uid) == job.metadata.uid.as_ref())
}

/// That it failed for good.
fn condition(job: &Job) -> Option<&JobCondition> {
    let conditions = job.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == "Failed" && condition.status == "True")
}

fn failed(job: &Job) -> Option<String> {
    let failed = condition(job)?;
    let deadline = job.spec.as_ref().and_then(|spec| spec.active_deadline_seconds).unwrap_or_default();
    match failed.reason.as_deref() {
        Some("DeadlineExceeded") => Some(format!("it was not done after {deadline} seconds")),
        // That says only that the pod has failed, and the pod itself says why.
        Some("BackoffLimitExceeded") => None,
        reason => Some(one_line(failed.message.as_deref().or(reason).unwrap_or("the Job failed"))),
    }
}

fn pod_stands(pod: &Pod) -> Stand {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let Some(status) = &pod.status else { return Stand::Pending("its pod was just made".into()) };
    let container = status.container_statuses.iter().flatten().next();
    match status.phase.as_deref() {
        Some("Succeeded") => Stand::Ended(name, Ok(())),
        Some("Failed") => {
            let why = [status.reason.as_deref(), status.message.as_deref()].map(Option::unwrap_or_default).join(": ");
            let why = one_line(why.trim_matches([':', ' ']));
            match container.and_then(|status| status.state.as_ref()?.terminated.as_ref()) {
                Some(ended) if why.is_empty() => {
                    let reason = ended.reason.as_deref().filter(|reason| *reason != "Error");
                    let reason = reason.map(|reason| format!(" ({})", one_line(reason))).unwrap_or_default();
                    Stand::Ended(name, Err(format!("exit code {}{reason}", ended.exit_code)))
                }
                Some(_) => Stand::Ended(name, Err(why)),
                // The kubelet did not take it.
                None => Stand::Hopeless(if why.is_empty() { "its pod failed".into() } else { why }),
            }
        }
        Some("Running") => Stand::Running,
        _ => match container.and_then(waiting) {
            Some(stand) => stand,
            None => Stand::Pending(unscheduled(pod).unwrap_or_else(|| "its pod is being started".into())),
        },
    }
}

/// Words of a registry that will say the same when it is asked again.
const NO_SUCH_IMAGE: [&str; 6] =
    ["not found", "notfound", "does not exist", "denied", "unauthorized", "manifest unknown"];

fn waiting(container: &ContainerStatus) -> Option<Stand> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref().unwrap_or("waiting");
    let message = waiting.message.as_deref().unwrap_or_default();
    let why = one_line(&if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") });
    let lower = message.to_lowercase();
    let no_image = reason == "ErrImagePull" && NO_SUCH_IMAGE.iter().any(|words| lower.contains(words));
    Some(if no_image || NEVER_STARTED.contains(&reason) { Stand::Hopeless(why) } else { Stand::Pending(why) })
}

fn unscheduled(pod: &Pod) -> Option<String> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let unscheduled =
        conditions.iter().find(|condition| condition.type_ == "PodScheduled" && condition.status == "False")?;
    Some(format!("no node takes its pod: {}", one_line(unscheduled.message.as_deref()?)))
}

/// Jobs are admitted where their pods are not; only an event says so.
fn without_pod(job: &Job, events: &[&Event]) -> Stand {
    let about_it = |event: &&&Event| event.involved_object.uid == job.metadata.uid;
    let refused = events.iter().filter(about_it).find(|event| event.reason.as_deref() == Some("FailedCreate"));
    let Some(message) = refused.and_then(|event| event.message.as_deref()) else {
        return Stand::Pending("its pod has not been made yet".into());
    };
    // The name that the pod would have had is nobody's concern.
    let why = match message.split_once(" is forbidden: ") {
        Some((_, why)) => format!("its pod is forbidden: {}", one_line(why)),
        None => one_line(message.strip_prefix("Error creating: ").unwrap_or(message)),
    };
    // A service account comes a moment after its namespace.
    let for_good = (message.contains("is forbidden") || message.contains("denied the request"))
        && !message.contains("error looking up service account");
    if for_good { Stand::Hopeless(why) } else { Stand::Pending(why) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn job(status: &Value) -> Job {
        let object = json!({
            "metadata": { "name": "j", "uid": "u" },
            "spec": { "activeDeadlineSeconds": 60, "template": {} }, "status": status,
        });
        serde_json::from_value(object).unwrap()
    }

    fn pod(owner: &str, status: &Value) -> Pod {
        let owner = json!([{ "apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": owner }]);
        let object = json!({ "metadata": { "name": "j-x", "ownerReferences": owner }, "status": status });
        serde_json::from_value(object).unwrap()
    }

    fn container(phase: &str, state: &Value) -> Value {
        let status =
            json!({ "name": "look", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state });
        json!({ "phase": phase, "containerStatuses": [status] })
    }

    fn waiting(reason: &str, message: &str) -> Value {
        container("Pending", &json!({ "waiting": { "reason": reason, "message": message } }))
    }

    fn event(message: &str) -> Event {
        let object = json!({
            "metadata": {}, "involvedObject": { "kind": "Job", "uid": "u" }, "reason": "FailedCreate", "message": message,
        });
        serde_json::from_value(object).unwrap()
    }

    fn of(job_status: &Value, pod_status: &Value) -> Stand {
        judge(Some(&job(job_status)), &[&pod("u", pod_status)], &[])
    }

    fn pending(why: &str) -> Stand {
        Stand::Pending(why.into())
    }

    fn hopeless(why: &str) -> Stand {
        Stand::Hopeless(why.into())
    }

    #[test]
    fn a_job_without_a_pod_says_why() {
        let fresh = job(&json!({}));
        assert_eq!(judge(None, &[], &[]), hopeless("somebody deleted it"));
        assert_eq!(judge(Some(&fresh), &[], &[]), pending("its pod has not been made yet"));
        let violates = r#"violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)"#;
        let refused = event(&format!(r#"Error creating: pods "j-x" is forbidden: {violates}"#));
        let why = format!("its pod is forbidden: {violates}");
        assert_eq!(judge(Some(&fresh), &[], &[&refused]), hopeless(&why));
        let by_webhook = r#"admission webhook "x" denied the request: no"#;
        assert_eq!(judge(Some(&fresh), &[], &[&event(by_webhook)]), hopeless(by_webhook));
        let early = r#"error looking up service account a/default: serviceaccount "default" not found"#;
        let soon = event(&format!(r#"Error creating: pods "j-x" is forbidden: {early}"#));
        assert_eq!(judge(Some(&fresh), &[], &[&soon]), pending(&format!("its pod is forbidden: {early}")));
        let other = pod("another", &json!({ "phase": "Succeeded" }));
        assert_eq!(judge(Some(&fresh), &[&other], &[]), pending("its pod has not been made yet"));
    }

    #[test]
    fn what_passes_is_waited_for_and_what_does_not_is_hopeless() {
        let fresh = json!({});
        assert_eq!(of(&fresh, &waiting("ContainerCreating", "")), pending("ContainerCreating"));
        let slow = r#"failed to pull image: dial tcp 192.0.2.1:443: i/o timeout"#;
        assert_eq!(of(&fresh, &waiting("ErrImagePull", slow)), pending(&format!("ErrImagePull: {slow}")));
        let gone = r#"rpc error: code = NotFound desc = failed to pull: docker.io/library/x:1: not found"#;
        assert_eq!(of(&fresh, &waiting("ErrImagePull", gone)), hopeless(&format!("ErrImagePull: {gone}")));
        assert_eq!(of(&fresh, &waiting("ImagePullBackOff", "Back-off")), hopeless("ImagePullBackOff: Back-off"));
        let full = json!({ "phase": "Pending", "conditions": [{
            "type": "PodScheduled", "status": "False", "message": "0/3 nodes are available: 3 Insufficient cpu.",
        }] });
        assert_eq!(of(&fresh, &full), pending("no node takes its pod: 0/3 nodes are available: 3 Insufficient cpu."));
        assert_eq!(of(&fresh, &container("Running", &json!({ "running": {} }))), Stand::Running);
    }

    #[test]
    fn an_end_names_its_cause() {
        let ended = |code: i32, reason: &str| {
            container("Failed", &json!({ "terminated": { "exitCode": code, "reason": reason } }))
        };
        let badly = |why: &str| Stand::Ended("j-x".into(), Err(why.into()));
        let backoff =
            json!({ "conditions": [{ "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded" }] });
        let late = json!({ "conditions": [{ "type": "Failed", "status": "True", "reason": "DeadlineExceeded" }] });
        assert_eq!(of(&json!({}), &json!({ "phase": "Succeeded" })), Stand::Ended("j-x".into(), Ok(())));
        assert_eq!(of(&backoff, &ended(1, "Error")), badly("exit code 1"));
        assert_eq!(of(&backoff, &ended(137, "OOMKilled")), badly("exit code 137 (OOMKilled)"));
        assert_eq!(of(&late, &ended(137, "Error")), badly("it was not done after 60 seconds"));
        let creating = hopeless("it was not done after 60 seconds; last seen: ContainerCreating");
        assert_eq!(of(&late, &waiting("ContainerCreating", "")), creating);
        // Its pod was deleted, by a drain or by somebody: a Job makes no other where it tries once.
        let gone = hopeless("its pod was deleted before it had ended");
        assert_eq!(judge(Some(&job(&backoff)), &[], &[]), gone);
        let refused =
            json!({ "phase": "Failed", "reason": "OutOfcpu", "message": "Node didn't have enough resource: cpu" });
        assert_eq!(of(&backoff, &refused), hopeless("OutOfcpu: Node didn't have enough resource: cpu"));
    }
}
