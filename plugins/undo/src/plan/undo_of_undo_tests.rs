//! Taking back an undo: the values of the run that it had taken back stand again, and that run can be undone once more.

use lab::journal::{CLOSED, Stored, UNDONE};
use lab_plan::{Change, Condition, Kind, Plan, Settle, Step, Target};
use serde_json::{Value, json};

use super::mark::UNDONE_BY;
use super::plan;
use super::tests::{append_flag, case, deployment, facts, stored, stored_in};
use crate::args::Args;
use crate::facts::Facts;

const FLAG: &str = "--kubelet-insecure-tls";

/// A run that was taken back.
fn first() -> Stored {
    let mut first = stored("run-1", UNDONE, vec![append_flag()]);
    first.raw["metadata"]["annotations"] = json!({ UNDONE_BY: "run-2" });
    first
}

/// The undo that took it back.
fn undo(changes: Vec<Change>, settle: Vec<Settle>) -> Stored {
    let mut undo = stored_in("kube-system", "run-2", "undo", CLOSED, Vec::new());
    undo.journal.record(&[Step::new("undo-run-1", "take back: what run-1 did", "why", changes).settle(settle)]);
    undo
}

fn of(undo: Stored, live: Vec<Option<Value>>) -> Plan {
    let by_id = Args { id: Some("run-2".into()), ..Args::default() };
    plan(&by_id, &Facts { case: Some(case(undo.clone(), live)), ..facts(vec![first(), undo]) })
}

#[test]
fn puts_the_values_of_the_first_run_back() {
    let plan = of(undo(vec![append_flag().inverse()], Vec::new()), vec![Some(deployment(&["--secure-port=10250"]))]);
    assert_eq!(plan.refusals, []);
    assert_eq!(plan.steps[0].title, "do again: what run-1 did");
    let [change] = plan.steps[0].changes.as_slice() else { panic!("{plan:?}") };
    assert_eq!((change.before.clone(), change.after.clone()), (None, Some(json!(FLAG))));
}

#[test]
fn then_the_first_run_can_be_undone_once_more() {
    let live = vec![Some(deployment(&["--secure-port=10250", FLAG]))];
    let plan = of(undo(vec![append_flag().inverse()], Vec::new()), live);
    let afters: Vec<(String, Option<Value>)> =
        plan.changes().map(|change| (change.target.name.clone(), change.after.clone())).collect();
    let (first, undo) = ("kubectl-lab-run-1".to_owned(), "kubectl-lab-run-2".to_owned());
    assert_eq!(
        afters,
        [
            (undo.clone(), Some(json!(UNDONE))),
            (undo, Some(json!("this-run"))),
            (first.clone(), Some(json!(CLOSED))),
            (first, None),
        ]
    );
}

/// An undo that only deleted cannot be taken back, and what it took back stays undone.
#[test]
fn what_it_deleted_is_not_made_again() {
    let target = Target::cluster_wide("v1", "Namespace", "monitoring");
    let delete = Change { before: Some(json!({})), after: None, ..Change::create(target.clone(), json!({})) };
    assert_eq!(delete.kind(), Kind::Delete);
    let plan = of(undo(vec![delete], vec![Settle::Until(Condition::Gone, target)]), vec![None]);
    assert_eq!(plan.notes, ["Namespace monitoring was deleted, and is not made again"]);
    assert_eq!(plan.steps[0].id, "mark-undone");
    assert!(plan.changes().all(|change| change.target.name == "kubectl-lab-run-2"), "{plan:?}");
}
