//! Whether a workload runs what its template says: from its status, and from the pods that were made of it.

use serde_json::Value;

use crate::condition::Progress;

/// What the controller's status says, as `kubectl rollout status` reads it.
pub(crate) fn rolled_out(workload: &Value) -> Progress {
    let number = |pointer: &str| workload.pointer(pointer).and_then(Value::as_i64);
    let status = |field: &str| number(&format!("/status/{field}")).unwrap_or_default();
    if status("observedGeneration") < number("/metadata/generation").unwrap_or_default() {
        return Progress::Waiting("its controller has not seen the newest specification yet".into());
    }
    if let Some(why) = never(workload) {
        return Progress::Hopeless(why);
    }
    let (wanted, updated, available) = match workload.get("kind").and_then(Value::as_str) {
        Some("DaemonSet") => {
            (status("desiredNumberScheduled"), status("updatedNumberScheduled"), status("numberAvailable"))
        }
        _ => {
            let old = status("replicas") - status("updatedReplicas");
            if old > 0 {
                return Progress::Waiting(format!("{old} old pods are still there"));
            }
            (number("/spec/replicas").unwrap_or(1), status("updatedReplicas"), status("availableReplicas"))
        }
    };
    if updated >= wanted && available >= wanted {
        Progress::Done
    } else {
        Progress::Waiting(format!("{updated} of {wanted} pods are new, {available} are available"))
    }
}

/// What a Deployment says of itself: enough of its pods serve, old ones or new.
pub(crate) fn available(deployment: &Value) -> Progress {
    let number = |pointer: &str| deployment.pointer(pointer).and_then(Value::as_i64);
    if number("/status/observedGeneration").unwrap_or_default() < number("/metadata/generation").unwrap_or_default() {
        return Progress::Waiting("its controller has not seen the newest specification yet".into());
    }
    let conditions = deployment.pointer("/status/conditions").and_then(Value::as_array);
    let said = conditions.into_iter().flatten().find(|one| text(one, "/type").as_deref() == Some("Available"));
    if said.is_some_and(|said| text(said, "/status").as_deref() == Some("True")) {
        return Progress::Done;
    }
    if let Some(why) = never(deployment) {
        return Progress::Hopeless(why);
    }
    let why = said.and_then(|said| text(said, "/message")).unwrap_or_else(|| "it has not said so yet".into());
    let (wanted, available) = (number("/spec/replicas").unwrap_or(1), number("/status/availableReplicas"));
    Progress::Waiting(format!("{} of {wanted} pods are available: {why}", available.unwrap_or_default()))
}

fn never(workload: &Value) -> Option<String> {
    if workload.pointer("/spec/updateStrategy/type").and_then(Value::as_str) == Some("OnDelete") {
        return Some("its update strategy is OnDelete: pods stay as they are until somebody deletes them".into());
    }
    if workload.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        return Some("its rollout is paused".into());
    }
    let conditions = workload.pointer("/status/conditions").and_then(Value::as_array);
    let failed =
        |condition: &&Value| condition.get("reason").and_then(Value::as_str) == Some("ProgressDeadlineExceeded");
    let failed = conditions.into_iter().flatten().find(failed)?;
    Some(text(failed, "/message").unwrap_or_else(|| "it did not get on in time".into()))
}

/// A pod that keeps a rollout from ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    pub pod: String,
    /// The container, where one of them is the reason.
    pub container: Option<String>,
    /// Whether the container is in a new life already, so that its last words are those of the one before.
    pub runs_again: bool,
    pub progress: Progress,
}

/// The first pod of the newest template that is hopeless, or else the first that is waited for.
pub fn stuck(workload: &Value, pods: &[Value]) -> Option<Stuck> {
    let new = pods.iter().filter(|pod| is_of(workload, pod));
    let stuck: Vec<Stuck> = new.filter_map(judge).collect();
    let hopeless = stuck.iter().find(|one| matches!(one.progress, Progress::Hopeless(_)));
    hopeless.or(stuck.first()).cloned()
}

/// A pod carries the annotations of the template that it was made of, the time of the restart among them.
fn is_of(workload: &Value, pod: &Value) -> bool {
    let uid = text(workload, "/metadata/uid");
    let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let owned = owners.into_iter().flatten().any(|owner| uid.is_some() && text(owner, "/uid") == uid);
    // A Deployment's pods belong to its ReplicaSets; their labels were selected by.
    let owned = owned || workload.get("kind").and_then(Value::as_str) != Some("DaemonSet");
    let wanted = workload.pointer("/spec/template/metadata/annotations").and_then(Value::as_object);
    let has = |(key, value): (&String, &Value)| {
        pod.pointer("/metadata/annotations").and_then(|annotations| annotations.get(key)) == Some(value)
    };
    owned && pod.pointer("/metadata/deletionTimestamp").is_none() && wanted.into_iter().flatten().all(has)
}

/// Why a container was never started, where that does not pass by itself.
pub const NEVER_STARTED: [&str; 7] = [
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

fn judge(pod: &Value) -> Option<Stuck> {
    let name = text(pod, "/metadata/name").unwrap_or_default();
    let node = text(pod, "/spec/nodeName").map(|node| format!(" on {node}")).unwrap_or_default();
    let stuck = |status: &Value, progress: Progress| {
        let (container, runs_again) = (text(status, "/name"), status.pointer("/state/running").is_some());
        Some(Stuck { pod: name.clone(), container, runs_again, progress })
    };
    for list in ["/status/initContainerStatuses", "/status/containerStatuses"] {
        for status in pod.pointer(list).and_then(Value::as_array).into_iter().flatten() {
            if let Some(progress) = container(status, &format!("pod {name}{node}")) {
                return stuck(status, progress);
            }
        }
    }
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let unmet = conditions.filter(|condition| text(condition, "/status").as_deref() == Some("False"));
    let message = unmet.filter_map(|condition| text(condition, "/message")).next_back()?;
    stuck(&Value::Null, Progress::Waiting(format!("pod {name}{node}: {message}")))
}

/// So many ends of a new container are no accident; between two of them it may look as if it ran.
const ENDS: i64 = 3;

fn container(status: &Value, pod: &str) -> Option<Progress> {
    let restarts = status.get("restartCount").and_then(Value::as_i64).unwrap_or_default();
    let code = |state: &str| status.pointer(&format!("/{state}/terminated/exitCode")).and_then(Value::as_i64);
    let ended = |code: Option<i64>| code.map(|code| format!(", it ended with exit code {code}")).unwrap_or_default();
    let judged = |hopeless: bool, why: String| if hopeless { Progress::Hopeless(why) } else { Progress::Waiting(why) };
    if let Some(reason) = text(status, "/state/waiting/reason") {
        let message = text(status, "/state/waiting/message").map(|text| format!(": {text}")).unwrap_or_default();
        let why = format!("{pod}: {reason}{}{message}", ended(code("lastState")));
        return Some(judged(reason == "CrashLoopBackOff" || NEVER_STARTED.contains(&reason.as_str()), why));
    }
    let ends = restarts + i64::from(code("state").is_some());
    if ends >= ENDS {
        let last = ended(code("state").or(code("lastState")));
        return Some(Progress::Hopeless(format!("{pod}: its container was started {} times{last}", restarts + 1)));
    }
    let now = code("state").filter(|code| *code != 0)?;
    Some(Progress::Waiting(format!("{pod}: its container ended with exit code {now}")))
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn daemon_set(generation: i64, updated: i64, available: i64) -> Value {
        json!({
            "kind": "DaemonSet", "metadata": { "uid": "d", "generation": generation },
            "spec": { "template": { "metadata": { "annotations": { "restartedAt": "2" } } } },
            "status": {
                "observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated,
                "numberAvailable": available,
            },
        })
    }

    fn pod(name: &str, restarted: &str, status: &Value) -> Value {
        json!({
            "metadata": {
                "name": name, "annotations": { "restartedAt": restarted },
                "ownerReferences": [{ "uid": "d", "kind": "DaemonSet" }],
            },
            "spec": { "nodeName": "node-1" }, "status": status,
        })
    }

    fn waiting(reason: &str) -> Value {
        json!({ "containerStatuses": [{
            "name": "c", "state": { "waiting": { "reason": reason, "message": "back-off" } },
            "lastState": { "terminated": { "exitCode": 1 } },
        }] })
    }

    #[test]
    fn a_daemon_set_is_rolled_out_when_all_pods_are_new_and_available() {
        assert_eq!(rolled_out(&daemon_set(2, 3, 3)), Progress::Done);
        assert!(matches!(rolled_out(&daemon_set(2, 2, 3)), Progress::Waiting(why) if why.starts_with("2 of 3")));
        assert!(matches!(rolled_out(&daemon_set(2, 3, 2)), Progress::Waiting(_)));
        assert!(matches!(rolled_out(&daemon_set(3, 3, 3)), Progress::Waiting(why) if why.contains("not seen")));
    }

    #[test]
    fn a_deployment_has_to_be_rid_of_its_old_pods() {
        let deployment = |replicas: i64| {
            json!({ "kind": "Deployment", "spec": { "replicas": 2 }, "status": {
                "replicas": replicas, "updatedReplicas": 2, "availableReplicas": 2,
            } })
        };
        assert_eq!(rolled_out(&deployment(2)), Progress::Done);
        assert!(matches!(rolled_out(&deployment(3)), Progress::Waiting(_)));
    }

    #[test]
    fn a_deployment_is_available_when_it_says_so_of_its_newest_specification() {
        let deployment = |generation: i64, status: &str| {
            let said = json!({ "type": "Available", "status": status, "message": "too few" });
            json!({ "metadata": { "generation": generation }, "spec": { "replicas": 1 }, "status": {
                "observedGeneration": 2, "conditions": [said],
            } })
        };
        assert_eq!(available(&deployment(2, "True")), Progress::Done);
        assert_eq!(available(&deployment(2, "False")), Progress::Waiting("0 of 1 pods are available: too few".into()));
        assert!(matches!(available(&deployment(3, "True")), Progress::Waiting(why) if why.contains("not seen")));
        let mut late = deployment(2, "False");
        late["status"]["conditions"] = json!([{ "type": "Progressing", "reason": "ProgressDeadlineExceeded" }]);
        assert_eq!(available(&late), Progress::Hopeless("it did not get on in time".into()));
    }

    #[test]
    fn what_never_happens_is_not_waited_for() {
        let mut on_delete = daemon_set(2, 0, 3);
        on_delete["spec"]["updateStrategy"] = json!({ "type": "OnDelete" });
        assert!(matches!(rolled_out(&on_delete), Progress::Hopeless(why) if why.contains("OnDelete")));
    }

    #[test]
    fn the_hopeless_new_pod_is_named_and_old_ones_are_left_out() {
        let set = daemon_set(2, 1, 2);
        let pods = [
            pod("old", "1", &waiting("CrashLoopBackOff")),
            pod("slow", "2", &waiting("ContainerCreating")),
            pod("dead", "2", &waiting("CrashLoopBackOff")),
        ];
        let found = stuck(&set, &pods).expect("one is stuck");
        assert_eq!((found.pod.as_str(), found.container.as_deref()), ("dead", Some("c")));
        let why = "pod dead on node-1: CrashLoopBackOff, it ended with exit code 1: back-off";
        assert_eq!(found.progress, Progress::Hopeless(why.into()));
        assert!(matches!(stuck(&set, &pods[..2]).expect("one").progress, Progress::Waiting(_)));
        assert_eq!(stuck(&set, &pods[..1]), None);
    }

    #[test]
    fn a_container_that_ends_again_and_again_is_hopeless_also_while_it_runs() {
        let ended = json!({ "terminated": { "exitCode": 1 } });
        let running = json!({ "running": {} });
        let judged = |restarts: i64, state: &Value| {
            let status = json!({ "containerStatuses": [{
                "name": "c", "restartCount": restarts, "state": state, "lastState": &ended,
            }] });
            stuck(&daemon_set(2, 1, 2), &[pod("p", "2", &status)]).map(|stuck| stuck.progress)
        };
        assert_eq!(judged(1, &running), None);
        assert!(matches!(judged(0, &ended), Some(Progress::Waiting(_))));
        for (restarts, state) in [(2, &ended), (3, &running)] {
            let why = judged(restarts, state);
            assert!(matches!(&why, Some(Progress::Hopeless(why)) if why.contains("exit code 1")), "{why:?}");
        }
    }

    #[test]
    fn a_pod_without_a_node_says_why() {
        let message = "0/3 nodes are available: 3 Insufficient cpu.";
        let status = json!({ "conditions": [{ "type": "PodScheduled", "status": "False", "message": message }] });
        let found = stuck(&daemon_set(2, 0, 3), &[pod("p", "2", &status)]).expect("stuck");
        assert_eq!(found.progress, Progress::Waiting(format!("pod p on node-1: {message}")));
    }
}
