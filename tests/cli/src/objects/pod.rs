//! Pods in the states that matter.

use serde_json::{Value, json};

use super::{condition, owned_by};
use crate::api::clock;

/// How a pod is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Ready,
    /// It runs, but its readiness probe fails.
    Unready {
        restarts: u32,
    },
    /// Its container ends again and again, each time with this code.
    Crashing {
        code: i32,
        restarts: u32,
    },
    /// The image does not come: `ErrImagePull` or `ImagePullBackOff`, and the message.
    NoImage {
        reason: String,
        message: String,
    },
    /// No node takes it.
    Unschedulable {
        message: String,
    },
    /// On its way.
    Creating,
}

/// A pod of a ReplicaSet. `container` is the one that the state is about; the others run.
pub fn of(replica_set: &Value, suffix: &str, node: &Value, address: &str, container: &str, state: &State) -> Value {
    let metadata = &replica_set["metadata"];
    let set = metadata["name"].as_str().unwrap_or_default();
    let mut spec = replica_set["spec"]["template"]["spec"].clone();
    if !matches!(state, State::Unschedulable { .. }) {
        spec["nodeName"] = node["metadata"]["name"].clone();
    }
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("{set}-{suffix}"), "generateName": format!("{set}-"), "namespace": metadata["namespace"],
            "labels": metadata["labels"], "ownerReferences": owned_by(replica_set),
        },
        "spec": spec,
    });
    pod["status"] = status(&pod["spec"], node, address, container, state);
    pod
}

/// Makes a pod one that was made and started so many seconds ago.
pub fn backdate(pod: &mut Value, seconds: i64) {
    let then = json!(clock::ago(seconds));
    pod["metadata"]["creationTimestamp"] = then.clone();
    if pod["status"]["startTime"].is_string() {
        pod["status"]["startTime"] = then.clone();
    }
    for list in ["containerStatuses", "conditions"] {
        for part in pod["status"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let place = if list == "conditions" { "/lastTransitionTime" } else { "/state/running/startedAt" };
            part.pointer_mut(place).into_iter().for_each(|time| *time = then.clone());
        }
    }
}

/// The status of a pod in the given state.
pub fn status(spec: &Value, node: &Value, address: &str, container: &str, state: &State) -> Value {
    let ready = *state == State::Ready;
    if let State::Unschedulable { message } = state {
        let condition = condition("PodScheduled", "False", "Unschedulable", message);
        return json!({"phase": "Pending", "qosClass": "Burstable", "conditions": [condition]});
    }
    let unready = format!("containers with unready status: [{container}]");
    let started = !matches!(state, State::NoImage { .. } | State::Creating);
    let readiness = |kind: &str| {
        if ready { condition(kind, "True", "", "") } else { condition(kind, "False", "ContainersNotReady", &unready) }
    };
    let statuses = spec["containers"].as_array().into_iter().flatten().map(|spec| {
        let own = spec["name"] == container;
        container_status(spec, if own { state } else { &State::Ready })
    });
    let mut status = json!({
        "phase": if started { "Running" } else { "Pending" }, "qosClass": "Burstable", "startTime": clock::now(),
        "hostIP": node["status"]["addresses"][0]["address"],
        "conditions": [
            condition("Initialized", "True", "", ""), readiness("Ready"), readiness("ContainersReady"),
            condition("PodScheduled", "True", "", ""),
        ],
        "containerStatuses": statuses.collect::<Vec<_>>(),
    });
    if started {
        status["podIP"] = json!(address);
        status["podIPs"] = json!([{"ip": address}]);
    }
    status
}

fn container_status(spec: &Value, state: &State) -> Value {
    let waiting = |reason: &str, message: &str| json!({"waiting": {"reason": reason, "message": message}});
    let running = json!({"running": {"startedAt": clock::now()}});
    let (now, last, restarts) = match state {
        State::Ready => (running, json!({}), 0),
        State::Unready { restarts: 0 } => (running, json!({}), 0),
        // The kubelet ends a container whose liveness probe fails.
        State::Unready { restarts } => (running, ended(137), *restarts),
        State::Crashing { code, restarts } => {
            let message =
                format!("back-off 40s restarting failed container={}", spec["name"].as_str().unwrap_or_default());
            (waiting("CrashLoopBackOff", &message), ended(*code), *restarts)
        }
        State::NoImage { reason, message } => (waiting(reason, message), json!({}), 0),
        State::Creating | State::Unschedulable { .. } => {
            (json!({"waiting": {"reason": "ContainerCreating"}}), json!({}), 0)
        }
    };
    let started = now["running"].is_object();
    let mut status = json!({
        "name": spec["name"], "image": spec["image"], "imageID": "", "ready": *state == State::Ready, "started": started,
        "restartCount": restarts, "state": now, "lastState": last,
    });
    if started || restarts > 0 {
        status["containerID"] = json!("containerd://0000000000000000000000000000000000000000000000000000000000000001");
    }
    status
}

fn ended(code: i32) -> Value {
    json!({"terminated": {"exitCode": code, "reason": "Error", "startedAt": clock::ago(60), "finishedAt": clock::ago(30)}})
}

/// `namespace/name`
pub fn full_name(pod: &Value) -> String {
    let text = |key: &str| pod["metadata"][key].as_str().unwrap_or_default();
    format!("{}/{}", text("namespace"), text("name"))
}

/// A pod that stands for the lecture's own work, so that there is one to read metrics of.
pub fn plain(namespace: &str, name: &str, node: &Value) -> Value {
    let spec = json!({
        "nodeName": node["metadata"]["name"],
        "containers": [{"name": name, "image": "nginx:latest", "imagePullPolicy": "Always", "resources": {}}],
    });
    let status = status(&spec, node, "10.244.1.20", name, &State::Ready);
    let metadata = json!({"name": name, "namespace": namespace, "creationTimestamp": clock::ago(super::AGE)});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status})
}
