//! Why a cluster is not ready yet, in its own words.

use anyhow::Result;
use serde_json::Value;

use crate::kubectl::Kubectl;

/// Nodes that are not ready, and why.
pub fn unready_nodes(kubectl: &Kubectl) -> Result<Vec<String>> {
    let nodes = kubectl.json(&["get", "nodes", "--request-timeout=5s"])?;
    Ok(list(&nodes["items"]).iter().filter_map(why_not_ready).collect())
}

fn why_not_ready(node: &Value) -> Option<String> {
    let name = text(&node["metadata"]["name"]);
    match list(&node["status"]["conditions"]).iter().find(|condition| condition["type"] == "Ready") {
        Some(condition) if condition["status"] == "True" => None,
        Some(condition) => Some(format!("{name}: {}", text(&condition["message"]))),
        None => Some(format!("{name}: its kubelet has not reported yet")),
    }
}

/// The pods of the addons whose containers do not run, and why.
pub fn stuck_pods(kubectl: &Kubectl) -> String {
    let pods = match kubectl.json(&["get", "pods", "--namespace=kube-system", "--request-timeout=5s"]) {
        Ok(pods) => pods,
        Err(error) => return format!("{error:#}"),
    };
    let pods = list(&pods["items"]);
    let stuck: Vec<String> = pods.iter().filter_map(why_stuck).collect();
    if pods.is_empty() {
        return "no addon pod exists yet".to_owned();
    }
    if stuck.is_empty() { "all addon pods are ready".to_owned() } else { stuck.join(", ") }
}

fn why_stuck(pod: &Value) -> Option<String> {
    let name = text(&pod["metadata"]["name"]);
    let statuses = list(&pod["status"]["containerStatuses"]);
    if statuses.is_empty() {
        return Some(format!("{name}: {}", text(&pod["status"]["phase"])));
    }
    let unready = statuses.iter().find(|status| status["ready"] != true)?;
    let waiting = &unready["state"]["waiting"];
    let reason = waiting["message"].as_str().or(waiting["reason"].as_str()).unwrap_or("not ready yet");
    Some(format!("{name}: {reason}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_node_without_a_report_is_not_ready() {
        let reason = why_not_ready(&json!({"metadata": {"name": "a-1"}})).unwrap();
        assert_eq!(reason, "a-1: its kubelet has not reported yet");
    }

    #[test]
    fn a_pods_own_message_is_shown() {
        let status =
            json!([{"ready": false, "state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}}]);
        let pod = json!({"metadata": {"name": "p"}, "status": {"containerStatuses": status}});
        assert_eq!(why_stuck(&pod).unwrap(), "p: no such image");
    }
}
