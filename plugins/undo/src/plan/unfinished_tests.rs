//! An undo that died between the value that it put back and the restart that makes it count: the next one finishes it.

use lab::journal::{CLOSED, OPEN, Stored};
use lab_plan::{Change, Condition, Plan, Settle, Step, Target};
use serde_json::{Value, json};

use super::plan;
use super::tests::{case, facts, last, stored_in};
use crate::facts::Facts;

fn set() -> Target {
    Target::namespaced("apps/v1", "DaemonSet", "kube-system", "kube-proxy")
}

fn settle() -> Vec<Settle> {
    vec![Settle::Restart(set()), Settle::Until(Condition::RolledOut, set())]
}

fn config_map(value: bool) -> Value {
    let text = format!("kind: KubeProxyConfiguration\nipvs:\n  strictARP: {value}\n");
    json!({ "metadata": { "uid": "u", "resourceVersion": "7" }, "data": { "config.conf": text } })
}

fn change() -> Change {
    let target = Target::namespaced("v1", "ConfigMap", "kube-system", "kube-proxy");
    let text = "data[\"config.conf\"]".parse().unwrap();
    Change::yaml_in(target, &config_map(false), text, "ipvs.strictARP".parse().unwrap(), Some(json!(true))).unwrap()
}

fn journal(id: &str, verb: &str, state: &str, step: &str, change: Change) -> Stored {
    let mut stored = stored_in("kube-system", id, verb, state, Vec::new());
    stored.journal.record(&[Step::new(step, "set ipvs.strictARP", "why", vec![change]).settle(settle())]);
    stored
}

/// The run, and what an undo of it that did not come to its end has left.
fn journals(undo: Option<&str>) -> Vec<Stored> {
    let run = journal("run-1", "strict-arp", CLOSED, "set-strict-arp", change());
    let undo = undo.map(|state| journal("run-2", "undo", state, "undo-run-1", change().inverse()));
    std::iter::once(run).chain(undo).collect()
}

fn of(journals: Vec<Stored>, has_written: bool) -> Plan {
    let case = case(journals[0].clone(), vec![Some(config_map(false))]);
    plan(&last(), &Facts { case: Some(case), has_written, ..facts(journals) })
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

#[test]
fn the_restart_that_may_be_missing_is_made() {
    // Killed, or failed in order.
    for state in [OPEN, CLOSED] {
        let plan = of(journals(Some(state)), false);
        assert_eq!(ids(&plan), ["undo-run-1"]);
        assert_eq!((plan.steps[0].changes.len(), &plan.steps[0].settle), (0, &settle()));
        assert_eq!(plan.steps[0].title, "finish: take back: set ipvs.strictARP");
    }
}

#[test]
fn once_is_enough() {
    assert_eq!(ids(&of(journals(Some(OPEN)), true)), ["mark-undone"]);
}

#[test]
fn where_no_undo_has_begun_there_is_nothing_to_restart() {
    assert_eq!(ids(&of(journals(None), false)), ["mark-undone"]);
}
