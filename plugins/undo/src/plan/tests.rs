//! Rules about taking back, on journals and objects as plain values.

use lab::journal::{CLOSED, OPEN, Stored, UNDONE};
use lab_plan::{Change, Entry, JOURNAL_VERSION, Journal, Kind, Plan, RUN_ANNOTATION, Settle, Step, Target, Then};
use serde_json::{Value, json};

use super::mark::UNDONE_BY;
use super::{choose, plan};
use crate::args::Args;
use crate::facts::{Case, Facts, Part};

const FLAG: &str = "--kubelet-insecure-tls";
const THIS_RUN: &str = "this-run";

fn metrics_server() -> Target {
    Target::namespaced("apps/v1", "Deployment", "kube-system", "metrics-server")
}

/// The Deployment with these arguments, last written by `kubectl-edit`.
pub(super) fn deployment(args: &[&str]) -> Value {
    let containers = json!([{ "name": "metrics-server", "args": args }]);
    let entry = json!({ "f:spec": { "f:template": { "f:spec": { "f:containers": {
        "k:{\"name\":\"metrics-server\"}": { "f:args": {} },
    } } } } });
    json!({
        "metadata": {
            "uid": "u",
            "resourceVersion": "7",
            "managedFields": [{
                "manager": "kubectl-edit", "operation": "Update", "time": "2026-11-22T22:10:00Z", "fieldsV1": entry,
            }],
        },
        "spec": { "replicas": 1, "template": { "spec": { "containers": containers } } },
    })
}

pub(super) fn append_flag() -> Change {
    let list = "spec.template.spec.containers[name=metrics-server].args".parse().unwrap();
    Change::append(metrics_server(), &deployment(&["--secure-port=10250"]), list, json!(FLAG))
}

fn created(name: &str) -> Change {
    let target = Target::namespaced("v1", "ServiceAccount", "kube-system", name);
    Change::create(target, json!({ "metadata": { "annotations": { RUN_ANNOTATION: "run-1" } } }))
}

fn service_account(run: &str) -> Value {
    json!({ "metadata": { "uid": "sa", "resourceVersion": "3", "annotations": { RUN_ANNOTATION: run } } })
}

pub(super) fn stored_in(namespace: &str, id: &str, verb: &str, state: &str, changes: Vec<Change>) -> Stored {
    let steps = match changes.is_empty() {
        true => Vec::new(),
        false => vec![Step::new("do-it", format!("what {id} did"), "why", changes)],
    };
    let mut journal = Journal {
        version: JOURNAL_VERSION,
        id: id.into(),
        verb: verb.into(),
        cluster: "server https://127.0.0.1".into(),
        started: "2026-11-22T22:00:00Z".into(),
        entries: Vec::new(),
    };
    journal.record(&steps);
    Stored {
        target: Target::namespaced("v1", "ConfigMap", namespace, &format!("kubectl-lab-{id}")),
        state: state.into(),
        journal,
        raw: json!({ "metadata": { "uid": id, "labels": { "kubectl-lab/state": state } } }),
    }
}

pub(super) fn stored(id: &str, state: &str, changes: Vec<Change>) -> Stored {
    stored_in("kube-system", id, "metrics-fix", state, changes)
}

fn undone_by(run: &str, id: &str) -> Stored {
    let mut stored = stored(id, UNDONE, Vec::new());
    stored.raw["metadata"]["annotations"] = json!({ UNDONE_BY: run });
    stored
}

pub(super) fn facts(journals: Vec<Stored>) -> Facts {
    Facts {
        now: "2026-11-22T23:00:00Z".parse().unwrap(),
        run: THIS_RUN.into(),
        has_written: false,
        journals,
        unreadable: Vec::new(),
        case: None,
    }
}

pub(super) fn last() -> Args {
    Args { last: true, ..Args::default() }
}

/// A run that has left this one journal.
pub(super) fn case(stored: Stored, live: Vec<Option<Value>>) -> Case {
    Case { parts: vec![Part { stored, live }], ..Case::default() }
}

fn all() -> Args {
    Args { all: true, ..Args::default() }
}

/// The plan for `undo --last` where this is the only journal, and its objects are these.
fn of(stored: Stored, live: Vec<Option<Value>>) -> Plan {
    let facts = Facts { case: Some(case(stored.clone(), live)), ..facts(vec![stored]) };
    plan(&last(), &facts)
}

fn ids(args: &Args, facts: &Facts) -> Vec<String> {
    choose(args, facts).into_iter().map(|stored| stored.journal.id.clone()).collect()
}

fn only_marks(plan: &Plan) -> bool {
    plan.refusals.is_empty() && plan.steps.len() == 1 && plan.steps[0].id == "mark-undone"
}

#[test]
fn what_stands_is_taken_back() {
    let plan = of(stored("run-1", CLOSED, vec![append_flag()]), vec![Some(deployment(&["--secure-port=10250", FLAG]))]);
    assert_eq!(plan.refusals, []);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].title, "take back: what run-1 did");
    assert_eq!(plan.steps[0].changes, [append_flag().inverse()]);
    assert!(matches!(plan.then, Then::LookAgain { .. }), "it is looked at again before the journal is marked");
}

#[test]
fn what_a_died_run_never_did_is_left_alone() {
    let plan = of(stored("run-1", OPEN, vec![append_flag()]), vec![Some(deployment(&["--secure-port=10250"]))]);
    assert!(only_marks(&plan), "{plan:?}");
    assert!(plan.steps[0].changes.iter().all(|change| change.target.kind == "ConfigMap"));
}

#[test]
fn a_value_changed_since_is_refused_with_its_writer_and_the_values() {
    let changed = format!("{FLAG}=false");
    let live = deployment(&["--secure-port=10250", &changed]);
    let plan = of(stored("run-1", CLOSED, vec![append_flag()]), vec![Some(live)]);
    assert_eq!((plan.steps.len(), plan.refusals.len()), (0, 1));
    assert_eq!(
        plan.refusals[0].reason,
        "Deployment kube-system/metrics-server was changed since, at spec.template.spec.containers[name=metrics-server].args, \
         last written by \"kubectl-edit\": nothing of this run is taken back"
    );
    assert_eq!(
        plan.refusals[0].hints,
        [
            format!("the run wrote \"{FLAG}\", now there is \"{FLAG}=false\""),
            "before the run there was nothing".to_owned()
        ]
    );
}

#[test]
fn another_object_of_the_same_name_is_refused() {
    let mut live = deployment(&["--secure-port=10250", FLAG]);
    live["metadata"]["uid"] = json!("another");
    let plan = of(stored("run-1", CLOSED, vec![append_flag()]), vec![Some(live)]);
    assert_eq!((plan.steps.len(), plan.refusals.len()), (0, 1), "{plan:?}");
    assert!(plan.refusals[0].reason.contains("was made anew since"), "{plan:?}");
}

#[test]
fn an_object_that_is_gone_is_told_and_no_obstacle() {
    let plan = of(stored("run-1", CLOSED, vec![append_flag()]), vec![None]);
    assert!(only_marks(&plan), "{plan:?}");
    assert_eq!(plan.notes, ["Deployment kube-system/metrics-server is gone"]);
}

#[test]
fn what_the_run_created_is_deleted_as_that_very_object() {
    let plan = of(stored("run-1", CLOSED, vec![created("a")]), vec![Some(service_account("run-1"))]);
    let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
    let [change] = step.changes.as_slice() else { panic!("{step:?}") };
    assert_eq!((change.kind(), change.uid.as_deref()), (Kind::Delete, Some("sa")));
    assert_eq!(change.before, Some(json!({ "metadata": { "resourceVersion": "3" } })));
}

#[test]
fn what_others_created_under_the_name_stays() {
    for live in [service_account("run-2"), json!({ "metadata": { "uid": "theirs" } })] {
        let plan = of(stored("run-1", CLOSED, vec![created("a")]), vec![Some(live)]);
        assert!(only_marks(&plan), "{plan:?}");
        assert_eq!(plan.notes, ["ServiceAccount kube-system/a stays: by now it is not the one that this run created"]);
    }
}

#[test]
fn what_was_created_and_is_gone_is_done() {
    assert!(only_marks(&of(stored("run-1", OPEN, vec![created("a")]), vec![None])));
}

#[test]
fn objects_go_in_the_reverse_order_of_their_creation() {
    let journal = stored("run-1", CLOSED, vec![created("a"), created("b")]);
    let plan = of(journal, vec![Some(service_account("run-1")), Some(service_account("run-1"))]);
    let names: Vec<&str> = plan.changes().map(|change| change.target.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
}

/// Even one that somebody else has changed since: the whole object goes.
#[test]
fn changes_inside_what_is_deleted_are_skipped() {
    let create =
        Change::create(metrics_server(), json!({ "metadata": { "annotations": { RUN_ANNOTATION: "run-1" } } }));
    let mut live = deployment(&["--secure-port=10250", "--kubelet-insecure-tls=false"]);
    live["metadata"]["annotations"] = json!({ RUN_ANNOTATION: "run-1" });
    let mut journal = stored("run-1", CLOSED, vec![create]);
    journal.journal.record(&[Step::new("append-insecure-tls", "append", "why", vec![append_flag()])]);
    let plan = of(journal, vec![Some(live.clone()), Some(live)]);
    assert_eq!(plan.refusals, []);
    let kinds: Vec<Kind> = plan.changes().map(Change::kind).collect();
    assert_eq!(kinds, [Kind::Delete]);
}

/// Whoever may write ConfigMaps in one namespace must not reach another by an administrator's hand.
#[test]
fn a_journal_of_one_namespace_reaches_no_other() {
    let live = || deployment(&["--secure-port=10250", FLAG]);
    let forged = stored_in("forged", "run-1", "metrics-fix", CLOSED, vec![append_flag()]);
    let plan = of(forged, vec![Some(live())]);
    assert_eq!(plan.steps, []);
    assert_eq!(
        plan.refusals[0].reason,
        "the journal in namespace forged asks to change Deployment kube-system/metrics-server, outside its namespace"
    );
    let role = Target::cluster_wide("rbac.authorization.k8s.io/v1", "ClusterRole", "x");
    let made = Change::create(role, json!({ "metadata": { "annotations": { RUN_ANNOTATION: "run-1" } } }));
    let forged = stored_in("forged", "run-1", "metrics-fix", CLOSED, vec![made]);
    let plan = of(forged, vec![Some(service_account("run-1"))]);
    assert_eq!((plan.steps.len(), plan.refusals.len()), (0, 1), "nor anything cluster-wide: {plan:?}");
}

#[test]
fn a_place_that_no_verb_writes_is_refused() {
    let live = deployment(&["--secure-port=10250"]);
    let path = "spec.template.spec.serviceAccountName".parse().unwrap();
    let evil = Change::set(metrics_server(), &live, path, Some(json!("admin"))).inverse();
    let plan = of(stored("run-1", CLOSED, vec![evil]), vec![Some(live)]);
    assert_eq!(plan.steps, []);
    assert_eq!(
        plan.refusals[0].reason,
        "the journal asks to change Deployment kube-system/metrics-server at a place where no verb writes"
    );
}

/// A restart is a write too.
#[test]
fn a_restart_that_no_verb_makes_is_refused() {
    let live = deployment(&["--secure-port=10250", "--kubelet-insecure-tls"]);
    let mut forged = stored("run-1", CLOSED, vec![append_flag()]);
    let victim = Target::namespaced("apps/v1", "Deployment", "shop", "checkout");
    forged.journal.entries[0].settle = vec![Settle::Restart(victim)];
    let plan = of(forged, vec![Some(live)]);
    assert_eq!(plan.steps, []);
    assert_eq!(
        plan.refusals[0].reason,
        "the journal asks to restart or to wait for Deployment shop/checkout, which no verb does there"
    );
}

#[test]
fn one_refusal_stops_all_of_it() {
    let journal = stored("run-1", CLOSED, vec![created("a"), append_flag()]);
    let live = deployment(&["--secure-port=10250", "--kubelet-insecure-tls=false"]);
    let plan = of(journal, vec![Some(service_account("run-1")), Some(live)]);
    assert_eq!((plan.steps.len(), plan.refusals.len()), (0, 1));
}

#[test]
fn an_approved_certificate_stays_with_the_reason() {
    let target = Target::cluster_wide("certificates.k8s.io/v1", "CertificateSigningRequest", "csr-1");
    let seen = json!({ "metadata": { "uid": "c" }, "status": {} });
    let approval = Change::set(target, &seen, "status.conditions".parse().unwrap(), Some(json!([])));
    let mut journal = stored("run-1", CLOSED, Vec::new());
    journal.journal.entries.push(Entry {
        step: "approve".into(),
        title: "approve csr-1".into(),
        cannot_be_undone: Some("a certificate that was issued stays valid until it expires".into()),
        changes: vec![approval],
        settle: Vec::new(),
    });
    let plan = of(journal, vec![Some(json!({ "metadata": { "uid": "c" }, "status": { "conditions": [] } }))]);
    assert!(only_marks(&plan), "{plan:?}");
    assert_eq!(plan.notes, ["stays: approve csr-1: a certificate that was issued stays valid until it expires"]);
}

#[test]
fn marking_says_which_undo_did_it() {
    let plan = of(stored("run-1", OPEN, Vec::new()), Vec::new());
    assert!(only_marks(&plan), "{plan:?}");
    let afters: Vec<_> = plan.changes().map(|change| change.after.clone()).collect();
    assert_eq!(afters, [Some(json!(UNDONE)), Some(json!(THIS_RUN))]);
}

#[test]
fn last_skips_undos_and_what_is_undone() {
    let journals = vec![
        stored("run-1", CLOSED, Vec::new()),
        undone_by("an-earlier-undo", "run-2"),
        stored_in("kube-system", "run-3", "undo", CLOSED, Vec::new()),
    ];
    assert_eq!(ids(&last(), &facts(journals)), ["run-1"]);
}

#[test]
fn last_stays_with_its_own_once_that_is_undone() {
    let facts = facts(vec![stored("run-1", CLOSED, Vec::new()), undone_by(THIS_RUN, "run-2")]);
    let chosen = choose(&last(), &facts)[0].clone();
    assert_eq!(chosen.journal.id, "run-2");
    let facts = Facts { case: Some(case(chosen, Vec::new())), ..facts };
    assert_eq!(plan(&last(), &facts), Plan::done(), "and does not go on to the run before");
}

#[test]
fn all_takes_the_newest_first_and_announces_the_rest() {
    let newer = stored("run-2", CLOSED, vec![append_flag()]);
    let facts = facts(vec![stored("run-1", CLOSED, Vec::new()), newer.clone()]);
    assert_eq!(choose(&all(), &facts), [&newer]);
    let live = vec![Some(deployment(&["--secure-port=10250", FLAG]))];
    let facts = Facts { case: Some(case(newer, live)), ..facts };
    let titles: Vec<String> = plan(&all(), &facts).may_follow.into_iter().map(|may| may.title).collect();
    assert_eq!(titles, ["take back run run-1 of metrics-fix", "mark each of these journals as undone"]);
    let facts = super::tests::facts(vec![stored("run-1", CLOSED, Vec::new()), undone_by(THIS_RUN, "run-2")]);
    assert_eq!(ids(&all(), &facts), ["run-1"], "then the next");
}

#[test]
fn an_unknown_run_is_refused_and_a_run_undone_before_is_told() {
    let by_id = |id: &str| Args { id: Some(id.into()), ..Args::default() };
    let none = plan(&by_id("run-9"), &facts(vec![stored("run-1", CLOSED, Vec::new())]));
    assert_eq!(none.refusals[0].reason, "there is no journal of a run \"run-9\"");
    let before = undone_by("an-earlier-undo", "run-1");
    let facts = Facts { case: Some(case(before.clone(), Vec::new())), ..facts(vec![before]) };
    let told = plan(&by_id("run-1"), &facts);
    assert_eq!((told.steps.len(), told.notes), (0, vec!["run run-1 was taken back before".to_owned()]));
}

#[test]
fn of_all_runs_one_that_is_refused_says_what_is_left() {
    let refused = stored("run-2", CLOSED, vec![append_flag()]);
    let facts = facts(vec![stored("run-1", CLOSED, Vec::new()), refused.clone()]);
    let live = vec![Some(deployment(&["--secure-port=10250", "--kubelet-insecure-tls=false"]))];
    let facts = Facts { case: Some(case(refused, live)), ..facts };
    let plan = plan(&all(), &facts);
    assert_eq!(
        plan.refusals[0].hints.last().unwrap(),
        "not taken back: run run-2 of metrics-fix, run run-1 of metrics-fix"
    );
}

/// What is deleted is not waited for as if it stayed.
#[test]
fn a_settling_of_what_goes_is_left_out() {
    let mut journal = stored("run-1", CLOSED, vec![created("a")]);
    let target = Target::namespaced("v1", "ServiceAccount", "kube-system", "a");
    journal.journal.entries[0].settle = vec![Settle::Until(lab_plan::Condition::Observed, target)];
    let plan = of(journal, vec![Some(service_account("run-1"))]);
    assert_eq!((plan.steps.len(), plan.steps[0].settle.len()), (1, 0));
}

/// Whatever it has changed in one namespace alone is in a journal there.
#[test]
fn a_run_with_two_journals_is_taken_back_as_a_whole() {
    let made = stored("run-1", CLOSED, vec![created("a")]);
    let changed = stored("run-1", CLOSED, vec![append_flag()]);
    let journals = facts(vec![stored("run-0", CLOSED, Vec::new()), made.clone(), changed.clone()]);
    for args in [last(), all(), Args { id: Some("run-1".into()), ..Args::default() }] {
        assert_eq!(choose(&args, &journals), [&changed, &made], "{args:?}");
    }
    let live = [deployment(&["--secure-port=10250", FLAG]), service_account("run-1")];
    let parts = [changed, made].into_iter().zip(live).map(|(stored, live)| Part { stored, live: vec![Some(live)] });
    let facts = Facts { case: Some(Case { parts: parts.collect(), ..Case::default() }), ..journals };
    let kinds: Vec<Kind> = plan(&last(), &facts).changes().map(Change::kind).collect();
    assert_eq!(kinds, [Kind::Patch, Kind::Delete]);
}

#[test]
fn what_is_left_of_a_run_is_its_case() {
    let journals = facts(vec![stored("run-1", CLOSED, Vec::new()), undone_by(THIS_RUN, "run-1")]);
    assert_eq!(choose(&last(), &journals), [&journals.journals[0]]);
}
