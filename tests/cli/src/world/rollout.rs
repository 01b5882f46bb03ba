//! The Deployment and ReplicaSet controllers, the scheduler and the kubelets.

use serde_json::{Value, json};

use super::behaviour::{self, ready_nodes};
use super::{World, full_name, put_if_new};
use crate::api::Store;
use crate::objects::{condition, event, is_true, pod, replica_set};

const DEPLOYMENTS: &str = "deployments.apps";
const SETS: &str = "replicasets.apps";
const SUFFIXES: [&str; 5] = ["6f4kq", "x9dzp", "b8wmt", "tq2lc", "n5hjv"];

/// `age` is that of the pods that this makes, in seconds.
pub fn all(world: &World, store: &mut Store, age: i64) {
    for deployment in store.all(DEPLOYMENTS) {
        roll_out(world, store, &deployment, age);
    }
}

fn roll_out(world: &World, store: &mut Store, deployment: &Value, age: i64) {
    let hash = replica_set::hash(&deployment["spec"]["template"]);
    let is_current = |set: &Value| set["metadata"]["labels"]["pod-template-hash"] == hash.as_str();
    let sets = sets_of(store, deployment);
    let paused = deployment["spec"]["paused"] == true;
    if !paused && !sets.iter().any(is_current) {
        store.put(replica_set::of(deployment, sets.len() + 1));
    }
    let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
    let (current, old): (Vec<Value>, Vec<Value>) = sets_of(store, deployment).into_iter().partition(is_current);
    for set in &current {
        scale(world, store, set, wanted, age);
    }
    let ready: usize = current.iter().map(|set| ready_pods(store, set)).sum();
    let done = !current.is_empty() && ready as u64 >= wanted;
    for set in &old {
        // What serves is kept until the new pods do.
        let kept = if done { 0 } else { set["spec"]["replicas"].as_u64().unwrap_or(0).min(wanted) };
        scale(world, store, set, kept, age);
    }
    report(store, deployment, &current, &old, paused);
}

fn sets_of(store: &Store, deployment: &Value) -> Vec<Value> {
    store.all(SETS).into_iter().filter(|set| is_owned_by(set, deployment)).collect()
}

fn pods_of(store: &Store, set: &Value) -> Vec<Value> {
    store.all("pods").into_iter().filter(|pod| is_owned_by(pod, set)).collect()
}

fn is_owned_by(object: &Value, owner: &Value) -> bool {
    object["metadata"]["ownerReferences"][0]["uid"] == owner["metadata"]["uid"]
}

fn ready_pods(store: &Store, set: &Value) -> usize {
    pods_of(store, set).iter().filter(|pod| is_true(pod, "Ready")).count()
}

/// Gives a ReplicaSet as many pods as wanted, each in the state that its specification leads to.
fn scale(world: &World, store: &mut Store, set: &Value, wanted: u64, age: i64) {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(SUFFIXES.len());
    for (number, suffix) in SUFFIXES.into_iter().enumerate().take(wanted) {
        run(world, store, set, number, suffix, age);
    }
    let names: Vec<String> = pods_of(store, set).iter().map(full_name).collect();
    for name in names {
        if !SUFFIXES[..wanted].iter().any(|suffix| name.ends_with(suffix)) {
            store.remove("pods", &name);
        }
    }
    let (count, ready) = (pods_of(store, set).len(), ready_pods(store, set));
    let mut set = store.get(SETS, &full_name(set)).cloned().unwrap_or_default();
    set["spec"]["replicas"] = json!(wanted);
    set["status"] =
        json!({"replicas": count, "fullyLabeledReplicas": count, "readyReplicas": ready, "availableReplicas": ready});
    put_if_new(store, SETS, set);
}

fn run(world: &World, store: &mut Store, set: &Value, number: usize, suffix: &str, age: i64) {
    let nodes = ready_nodes(store);
    let nowhere = json!({});
    let node = nodes.get((number + 1) % nodes.len().max(1)).unwrap_or(&nowhere);
    let last = replica_set::hash(&set["metadata"]["name"]).bytes().map(usize::from).sum::<usize>() % 200 + 10 + number;
    let address = format!("10.244.{}.{last}", number + 1);
    let spec = &set["spec"]["template"]["spec"];
    let how = behaviour::of(world, store, spec, &address);
    let mut pod = pod::of(set, suffix, node, &address, &how.container, &how.state);
    pod::backdate(&mut pod, age);
    let name = full_name(&pod);
    if !put_if_new(store, "pods", pod) {
        return;
    }
    store.log(&name, &how.container, &how.log);
    store.previous_log(&name, &how.container, &how.previous_log);
    if let (Some((reason, message, component)), Some(pod)) = (how.warning, store.get("pods", &name).cloned()) {
        put_if_new(store, "events", event::warning(&pod, reason, &message, component));
    }
}

fn report(store: &mut Store, deployment: &Value, current: &[Value], old: &[Value], paused: bool) {
    let count = |sets: &[Value]| sets.iter().map(|set| pods_of(store, set).len()).sum::<usize>();
    let ready_in = |sets: &[Value]| sets.iter().map(|set| ready_pods(store, set)).sum::<usize>();
    let wanted = usize::try_from(deployment["spec"]["replicas"].as_u64().unwrap_or(1)).unwrap_or_default();
    let (updated, ready) = (count(current), ready_in(current) + ready_in(old));
    let available = if ready >= wanted {
        condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        condition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let name =
        current.first().map(|set| set["metadata"]["name"].as_str().unwrap_or_default().to_owned()).unwrap_or_default();
    let progressing = if paused {
        condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
    } else if ready_in(current) >= wanted {
        let message = format!("ReplicaSet \"{name}\" has successfully progressed.");
        condition("Progressing", "True", "NewReplicaSetAvailable", &message)
    } else {
        condition("Progressing", "True", "ReplicaSetUpdated", &format!("ReplicaSet \"{name}\" is progressing."))
    };
    let mut status = json!({
        "observedGeneration": deployment["metadata"]["generation"], "replicas": count(current) + count(old),
        "updatedReplicas": updated, "readyReplicas": ready, "availableReplicas": ready,
        "unavailableReplicas": wanted.saturating_sub(ready), "conditions": [available, progressing],
    });
    // Zero is left out, as everywhere in the API.
    if let Some(fields) = status.as_object_mut() {
        fields.retain(|_, value| *value != json!(0));
    }
    let key = full_name(deployment);
    let present = store.get(DEPLOYMENTS, &key).map(|present| present["status"].clone()).unwrap_or_default();
    let same = super::says_the_same(&present, &status) && super::says_the_same(&status, &present);
    if !same {
        store.edit_as("kube-controller-manager", DEPLOYMENTS, &key, |deployment| deployment["status"] = status);
    }
}
