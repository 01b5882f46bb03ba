//! Namespaces and kinds that a run has created: what would go along with them.

use lab::journal::CLOSED;
use lab_plan::{Change, Condition, Contents, Item, Kind, Plan, RUN_ANNOTATION, Settle, Target, Then, Unseen};
use serde_json::{Value, json};

use super::mark::MARK;
use super::plan;
use super::tests::{case, facts, last, stored};
use crate::facts::{Case, Facts};

fn namespace() -> Target {
    Target::cluster_wide("v1", "Namespace", "monitoring")
}

fn kind() -> Target {
    Target::cluster_wide("apiextensions.k8s.io/v1", "CustomResourceDefinition", "pools.example.com")
}

fn service() -> Target {
    Target::namespaced("v1", "Service", "monitoring", "server")
}

fn made(uid: &str) -> Value {
    json!({ "metadata": { "uid": uid, "resourceVersion": "9", "annotations": { RUN_ANNOTATION: "run-1" } } })
}

fn item(kind: &str, resource: &str, name: &str, uid: &str) -> Item {
    let target = Target::namespaced("v1", kind, "monitoring", name);
    Item { target, resource: resource.into(), uid: uid.into(), ..Item::default() }
}

fn with(items: Vec<Item>) -> Contents {
    Contents { items, ..Contents::default() }
}

/// The plan where one run created these in this order, and they are now as given.
fn of(created: Vec<(Target, Option<Value>)>, contents: Vec<(Target, Contents)>) -> Plan {
    let (targets, live): (Vec<Target>, Vec<Option<Value>>) = created.into_iter().unzip();
    let changes = targets.into_iter().map(|target| Change::create(target, made("any"))).collect();
    let stored = stored("run-1", CLOSED, changes);
    let case = Case { contents, ..case(stored.clone(), live) };
    plan(&last(), &Facts { case: Some(case), ..facts(vec![stored]) })
}

/// By the first step.
fn deleted(plan: &Plan) -> Vec<String> {
    let changes = &plan.steps[0].changes;
    assert!(changes.iter().all(|change| change.kind() == Kind::Delete), "{plan:?}");
    changes.iter().map(|change| change.target.to_string()).collect()
}

/// Of the steps after the first one.
fn afterwards(plan: &Plan) -> Vec<&str> {
    plan.steps[1..].iter().map(|step| step.id.as_str()).collect()
}

#[test]
fn what_is_in_it_goes_first_and_it_is_announced() {
    let contents = with(vec![
        item("Service", "services", "server", "s"),
        item("ConfigMap", "configmaps", "kube-root-ca.crt", "c"),
    ]);
    let plan = of(vec![(namespace(), Some(made("n"))), (service(), Some(made("s")))], vec![(namespace(), contents)]);
    assert_eq!(plan.refusals, []);
    assert_eq!((deleted(&plan), afterwards(&plan)), (vec!["Service monitoring/server".to_owned()], vec![]));
    assert_eq!(plan.may_follow[0].title, "delete Namespace monitoring with what is left in it");
    assert_eq!(plan.may_follow[0].id, plan.steps[0].id, "the consent to this plan covers it");
}

#[test]
fn then_it_goes_and_is_waited_for() {
    let plan = of(vec![(namespace(), Some(made("n"))), (service(), None)], vec![(namespace(), with(Vec::new()))]);
    assert_eq!(plan.refusals, []);
    assert_eq!(deleted(&plan), ["Namespace monitoring"]);
    let change = plan.changes().next().unwrap();
    assert_eq!(
        (change.uid.as_deref(), change.before.clone()),
        (Some("n"), Some(json!({ "metadata": { "resourceVersion": "9" } })))
    );
    assert_eq!(plan.steps[0].settle, [Settle::Until(Condition::Gone, namespace())]);
    assert_eq!(afterwards(&plan), [MARK], "nothing else is left that could be taken back");
}

#[test]
fn while_something_else_still_goes_the_journal_is_not_marked() {
    let mut going = made("s");
    going["metadata"]["deletionTimestamp"] = json!("2026-11-22T22:00:00Z");
    going["metadata"]["finalizers"] = json!(["example.com/hold"]);
    let plan =
        of(vec![(namespace(), Some(made("n"))), (service(), Some(going))], vec![(namespace(), with(Vec::new()))]);
    assert_eq!((deleted(&plan), afterwards(&plan)), (vec!["Namespace monitoring".to_owned()], vec![]));
}

#[test]
fn kinds_go_before_namespaces_in_reverse() {
    let live = || Some(made("x"));
    let empty = |target: Target| (target, with(Vec::new()));
    let plan = of(vec![(namespace(), live()), (kind(), live())], vec![empty(namespace()), empty(kind())]);
    assert_eq!(deleted(&plan), ["CustomResourceDefinition pools.example.com", "Namespace monitoring"]);
}

#[test]
fn what_others_put_into_it_is_refused_before_the_first_change_unless_allowed() {
    let contents =
        with(vec![item("Service", "services", "server", "s"), item("ConfigMap", "configmaps", "notes", "t")]);
    let plan = of(vec![(namespace(), Some(made("n"))), (service(), Some(made("s")))], vec![(namespace(), contents)]);
    let [refusal] = plan.refusals.as_slice() else { panic!("{plan:?}") };
    assert_eq!(
        refusal.reason,
        "deleting Namespace monitoring would take along others' objects: ConfigMap monitoring/notes"
    );
    assert_eq!(refusal.hints, ["look at it with: kubectl get configmaps -n monitoring"]);
    assert_eq!(refusal.allowed_by, Some("cascade"));
    assert_eq!(deleted(&plan), ["Service monitoring/server"], "once it is allowed, this is the plan");
}

#[test]
fn an_object_of_others_of_a_kind_that_the_run_created_is_refused() {
    let pools = with(vec![item("Pool", "pools.example.com", "theirs", "t")]);
    let plan = of(vec![(kind(), Some(made("k")))], vec![(kind(), pools)]);
    assert_eq!(
        plan.refusals[0].reason,
        "deleting CustomResourceDefinition pools.example.com would take along others' objects: Pool monitoring/theirs"
    );
}

#[test]
fn where_listing_is_forbidden_the_smallest_role_is_shown() {
    let widgets = Unseen {
        group: "example.com".into(),
        resource: "widgets".into(),
        why: "you have no right to list them".into(),
        forbidden: true,
    };
    let contents = Contents { unseen: vec![widgets], ..Contents::default() };
    let plan = of(vec![(namespace(), Some(made("n")))], vec![(namespace(), contents)]);
    assert!(plan.refusals[0].reason.ends_with("widgets.example.com (you have no right to list them)"), "{plan:?}");
    insta::assert_snapshot!(plan.refusals[0].hints[0], @r#"
    somebody with the right to grant it can apply this and bind it to you, so that it can be looked at:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: kubectl-lab
      namespace: monitoring
    rules:
    - apiGroups: ["example.com"]
      resources: ["widgets"]
      verbs: ["list"]
    "#);
}

#[test]
fn what_is_on_its_way_out_already_is_waited_for() {
    let mut going = made("n");
    going["metadata"]["deletionTimestamp"] = json!("2026-11-22T22:00:00Z");
    going["status"] = json!({ "conditions": [{
        "type": "NamespaceContentRemaining", "status": "True", "message": "Some resources are remaining: pods.",
    }] });
    let plan = of(vec![(namespace(), Some(going))], Vec::new());
    assert_eq!(plan.steps, []);
    let why = "Namespace monitoring: it is being deleted: Some resources are remaining: pods.".to_owned();
    assert_eq!(plan.then, Then::LookAgain { why });
}

#[test]
fn one_that_others_made_anew_stays() {
    let theirs = json!({ "metadata": { "uid": "another" } });
    let plan = of(vec![(namespace(), Some(theirs))], Vec::new());
    assert_eq!(plan.notes, ["Namespace monitoring stays: by now it is not the one that this run created"]);
}
