//! How a pod is doing, in words.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use lab::harmless::one_line;

/// Why it is not ready; `None` where it is.
pub fn why_not_ready(pod: &Pod) -> Option<String> {
    if pod.metadata.deletion_timestamp.is_some() {
        return Some("it is being deleted".into());
    }
    let status = pod.status.as_ref();
    let conditions = || status.and_then(|status| status.conditions.as_ref()).into_iter().flatten();
    let condition = |kind: &str| conditions().find(|condition| condition.type_ == kind);
    if condition("Ready").is_some_and(|ready| ready.status == "True") {
        return None;
    }
    if let Some(scheduled) = condition("PodScheduled").filter(|scheduled| scheduled.status == "False") {
        let why = scheduled.message.as_deref().or(scheduled.reason.as_deref()).unwrap_or("no reason given");
        return Some(one_line(&format!("no node takes it: {why}")));
    }
    let containers = |status: &k8s_openapi::api::core::v1::PodStatus| {
        let init = status.init_container_statuses.clone().unwrap_or_default();
        init.into_iter().chain(status.container_statuses.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    let trouble = status.map(containers).unwrap_or_default().iter().find_map(container_trouble);
    let gate = || {
        let unmet = conditions().find(|condition| condition.status == "False" && condition.type_ != "Ready")?;
        (unmet.type_ != "ContainersReady").then(|| format!("its condition {} is not met", unmet.type_))
    };
    let phase = || status.and_then(|status| status.phase.as_deref()).map(|phase| format!("its phase is {phase}"));
    Some(one_line(&trouble.or_else(gate).or_else(phase).unwrap_or_else(|| "it is not ready".into())))
}

fn container_trouble(container: &ContainerStatus) -> Option<String> {
    let state = container.state.as_ref()?;
    let before = container.last_state.as_ref().and_then(|state| state.terminated.as_ref());
    if let Some(waiting) = &state.waiting {
        let reason = waiting.reason.as_deref().unwrap_or("waiting");
        let message = waiting.message.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
        let ended = before.map(|ended| format!(", it ended with exit code {}", ended.exit_code)).unwrap_or_default();
        return Some(format!("{reason}{ended}{message}"));
    }
    if let Some(ended) = &state.terminated {
        return (ended.exit_code != 0).then(|| format!("its container ended with exit code {}", ended.exit_code));
    }
    (!container.ready).then(|| match container.restart_count {
        0 => "its readiness probe has not succeeded".to_owned(),
        count => format!("its readiness probe has not succeeded, and its container was started {} times", count + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn why(status: &Value) -> Option<String> {
        why_not_ready(&serde_json::from_value(json!({ "metadata": {}, "status": status })).unwrap())
    }

    #[test]
    fn the_most_telling_reason_is_named() {
        let ready = |status: &str| json!([{ "type": "Ready", "status": status }]);
        assert_eq!(why(&json!({ "conditions": ready("True") })), None);
        let container = |state: Value, ready: bool| json!([{ "name": "web", "image": "", "imageID": "", "ready": ready, "restartCount": 0, "state": state }]);
        for (status, words) in [
            (
                json!({ "conditions": [{ "type": "PodScheduled", "status": "False", "message": "0/3 nodes are available" }] }),
                "no node takes it: 0/3 nodes are available",
            ),
            (
                json!({ "containerStatuses": container(json!({ "waiting": { "reason": "ImagePullBackOff", "message": "Back-off" } }), false) }),
                "ImagePullBackOff: Back-off",
            ),
            (
                json!({ "containerStatuses": container(json!({ "terminated": { "exitCode": 3 } }), false) }),
                "its container ended with exit code 3",
            ),
            (
                json!({ "conditions": ready("False"), "containerStatuses": container(json!({ "running": {} }), false) }),
                "its readiness probe has not succeeded",
            ),
            (
                json!({ "conditions": [{ "type": "lecture.example/started", "status": "False" }], "containerStatuses": container(json!({ "running": {} }), true) }),
                "its condition lecture.example/started is not met",
            ),
            (json!({ "phase": "Pending" }), "its phase is Pending"),
        ] {
            assert_eq!(why(&status).as_deref(), Some(words));
        }
    }
}
