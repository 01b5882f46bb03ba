use std::time::Duration;

use lab_cli::api::{Answer, Api};
use lab_cli::objects::MetricsServer;
use lab_cli::run::{Output, Run};
use lab_cli::world::World;
use serde_json::{Value, json};

const KINDS: [&str; 9] = [
    "apiservices.apiregistration.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "configmaps",
    "deployments.apps",
    "namespaces",
    "rolebindings.rbac.authorization.k8s.io",
    "serviceaccounts",
    "services",
];

/// The names of all objects that people make, journals apart.
fn everything(api: &Api) -> Vec<String> {
    let objects: Vec<Value> = api.change(|store| KINDS.iter().flat_map(|kind| store.all(kind)).collect());
    let kept = objects.iter().filter(|object| object["metadata"]["labels"].get("kubectl-lab/state").is_none());
    kept.map(|object| format!("{} {}/{}", object["kind"], object["metadata"]["namespace"], object["metadata"]["name"]))
        .collect()
}

/// metrics-server in a namespace that the run had to make for it, and how the cluster was before.
fn installed() -> (Api, Vec<String>) {
    let api = World::default().stage([]);
    let before = everything(&api);
    let server = MetricsServer { namespace: "monitoring".into(), ..MetricsServer::default() };
    let objects = server.objects().into_iter().map(|mut object| {
        object.as_object_mut().unwrap().remove("status");
        format!("{object}\n")
    });
    let run = Run::verb("metrics-fix").against(&api);
    std::fs::write(run.home().join("manifest.yaml"), objects.collect::<Vec<_>>().join("---\n")).unwrap();
    run.args(["--install", "--manifest", "manifest.yaml"]).run().succeeds();
    // What Kubernetes puts into every namespace, at once.
    api.change(|store| {
        store.put(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default", "namespace": "monitoring" } }));
        store.put(map("kube-root-ca.crt"));
    });
    (api, before)
}

fn map(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": "monitoring" } })
}

fn undo(api: &Api, words: &[&str]) -> Output {
    Run::verb("undo").against(api).args(words.to_vec()).run()
}

/// stderr, less the title that names the manifest's digest.
fn told(output: &Output) -> String {
    let lines = output.stderr.lines().map(|line| match line.split_once("create the ") {
        Some((before, _)) => format!("{before}create the objects"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_namespace_that_holds_nothing_of_others_goes_last() {
    let (api, before) = installed();
    let output = undo(&api, &["--last"]).succeeds();
    insta::assert_snapshot!(told(&output), @"
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. take back: create the objects
         why: run $RUN of metrics-fix did it
      then: look again whether all of it is taken back
      may follow: delete Namespace monitoring with what is left in it
      may follow: mark each of these journals as undone
    done: take back: create the objects
    done: delete Namespace monitoring with what is left in it
    done: mark the journal of run $RUN as undone (kubectl-lab/state=undone)
    ");
    assert_eq!(everything(&api), before);
    let deleted = api.seen().only(|request| request.method == "DELETE");
    let paths: Vec<&str> = deleted.requests().iter().map(|request| request.path.as_str()).collect();
    assert!(paths[0].contains("/apiservices/"), "{paths:?}");
    assert_eq!(paths.last(), Some(&"/api/v1/namespaces/monitoring"));
}

#[test]
fn what_others_put_into_it_is_named_and_nothing_is_done() {
    let (api, _) = installed();
    api.change(|store| store.put(map("notes")));
    let (then, writes) = (everything(&api), api.seen().writes().count());
    insta::assert_snapshot!(undo(&api, &["--last"]), @"
    $ kubectl-lab-undo --last
    -- stderr
    error: deleting Namespace monitoring would take along others' objects: ConfigMap monitoring/notes
    hint: look at it with: kubectl get configmaps -n monitoring
    hint: to go ahead all the same, add --allow cascade
    -- exit code 7
    ");
    assert_eq!((everything(&api), api.seen().writes().count()), (then, writes));
}

/// More than one page of them.
#[test]
fn of_many_ten_are_named_and_all_are_counted() {
    let (api, _) = installed();
    api.change(|store| store.put_all((0..600).map(|i| map(&format!("note-{i:03}")))));
    let output = undo(&api, &["--last"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("ConfigMap monitoring/note-009 and 590 more\n"), "{output}");
}

#[test]
fn what_is_allowed_by_its_code_goes_along() {
    let (api, before) = installed();
    api.change(|store| store.put(map("notes")));
    let output = undo(&api, &["--last", "--allow", "cascade"]).succeeds();
    let told = "note: allowed by you: deleting Namespace monitoring would take along others' objects: ConfigMap monitoring/notes";
    assert!(output.stderr.contains(told), "{output}");
    assert_eq!(everything(&api), before);
}

/// The look before the first change is not the last one.
#[test]
fn what_appears_meanwhile_is_seen_before_the_namespace_goes() {
    let (api, _) = installed();
    api.after("delete /apis/apiregistration.k8s.io/v1/apiservices/*").nth(1).then(|store, _| {
        store.put(map("late"));
    });
    let output = undo(&api, &["--last"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("would take along others' objects: ConfigMap monitoring/late"), "{output}");
    assert!(output.stderr.contains("done before that, and left in place: take back: create the"), "{output}");
    assert!(api.get("configmaps", "monitoring/late").is_some());
    api.change(|store| store.remove("configmaps", "monitoring/late"));
    undo(&api, &["--last"]).succeeds();
    assert!(api.get("namespaces", "monitoring").is_none());
}

/// It is deleted only as it was seen, and seen anew where it was changed.
#[test]
fn a_namespace_that_was_changed_meanwhile_is_looked_at_anew() {
    let (api, before) = installed();
    api.after("delete /apis/apiregistration.k8s.io/v1/apiservices/*").nth(1).then(|store, _| {
        store.edit("namespaces", "monitoring", |it| it["metadata"]["labels"]["changed"] = json!("meanwhile"));
    });
    let output = undo(&api, &["--last"]).succeeds();
    assert!(output.stderr.contains("nothing was overwritten, looking again"), "{output}");
    assert_eq!(everything(&api), before);
}

/// The API server's word that something is gone is about that very object.
#[test]
fn what_others_make_under_a_name_that_was_freed_stays() {
    let (api, _) = installed();
    let name = "v1beta1.metrics.k8s.io";
    api.after("delete /apis/apiregistration.k8s.io/v1/apiservices/*").nth(1).then(move |store, _| {
        store.put(json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": { "name": name },
            "spec": { "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100 },
        }));
    });
    undo(&api, &["--last"]).succeeds();
    assert!(api.get("apiservices.apiregistration.k8s.io", name).is_some());
    assert!(api.get("namespaces", "monitoring").is_none());
}

#[test]
fn what_may_not_be_listed_counts_as_something_and_the_role_is_shown() {
    let (api, _) = installed();
    api.deny("list", "secrets", Some("monitoring"));
    let writes = api.seen().writes().count();
    insta::assert_snapshot!(undo(&api, &["--last"]), @r#"
    $ kubectl-lab-undo --last
    -- stderr
    error: deleting Namespace monitoring would take along whatever there is of what could not be looked at: secrets (you have no right to list them)
    hint: somebody with the right to grant it can apply this and bind it to you, so that it can be looked at:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: kubectl-lab
      namespace: monitoring
    rules:
    - apiGroups: [""]
      resources: ["secrets"]
      verbs: ["list"]

    hint: to go ahead all the same, add --allow cascade
    -- exit code 7
    "#);
    assert_eq!(api.seen().writes().count(), writes);
}

#[test]
fn what_does_not_answer_counts_as_something() {
    let (api, _) = installed();
    api.on("list /apis/coordination.k8s.io/v1/namespaces/monitoring/leases").answer(Answer::gateway(503));
    let output = undo(&api, &["--last"]);
    assert_eq!(output.code, Some(7), "{output}");
    let told = "whatever there is of what could not be looked at: leases.coordination.k8s.io (its API server does not answer: ";
    assert!(output.stderr.contains(told), "{output}");
}

#[test]
fn the_right_to_delete_it_is_asked_for_before_the_first_change() {
    let (api, _) = installed();
    api.deny("delete", "namespaces", None);
    let writes = api.seen().writes().count();
    insta::assert_snapshot!(undo(&api, &["--last"]), @r#"
    $ kubectl-lab-undo --last
    -- stderr
    error: nothing was taken back, because a right is missing that the last of it needs
    missing right: delete namespaces monitoring (cluster-wide)
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubectl-lab
    rules:
    - apiGroups: [""]
      resources: ["namespaces"]
      resourceNames: ["monitoring"]
      verbs: ["delete"]

    -- exit code 5
    "#);
    assert_eq!(api.seen().writes().count(), writes);
}

/// It hangs for as long as something in it has a finalizer.
#[test]
fn it_is_waited_for_until_it_is_gone() {
    let (api, before) = installed();
    api.change(|store| {
        store.edit("namespaces", "monitoring", |namespace| {
            namespace["metadata"]["finalizers"] = json!(["example.com/hold"]);
        });
    });
    let release = |store: &mut lab_cli::api::Store, _: &lab_cli::api::Request| {
        store.edit("namespaces", "monitoring", |namespace| namespace["metadata"]["finalizers"] = json!([]));
    };
    api.after("delete /api/v1/namespaces/monitoring").later(Duration::from_secs(1)).then(release);
    let output = undo(&api, &["--last"]).succeeds();
    let waits = "waiting: Namespace monitoring: it is being deleted; it stays until these are through with it: example.com/hold";
    assert!(output.stderr.contains(waits), "{output}");
    assert_eq!(everything(&api), before);
}

/// An earlier undo has come so far: something of the run is still going when the namespace goes.
#[test]
fn a_namespace_that_is_gone_is_seen_to_be_gone_while_something_else_still_goes() {
    let (api, before) = installed();
    let (kind, name) = ("apiservices.apiregistration.k8s.io", "v1beta1.metrics.k8s.io");
    let hold = |store: &mut lab_cli::api::Store, by: &Value| {
        store.edit(kind, name, |service| service["metadata"]["finalizers"] = by.clone());
    };
    api.change(|store| {
        hold(store, &json!(["example.com/hold"]));
        for kind in KINDS.into_iter().filter(|kind| *kind != "namespaces") {
            let is_of_the_run = |it: &Value| it["metadata"]["annotations"]["kubectl-lab/run-id"].is_string();
            let journal = |it: &Value| it["metadata"]["labels"]["kubectl-lab/state"].is_string();
            for object in store.all(kind).into_iter().filter(|it| is_of_the_run(it) && !journal(it)) {
                let part = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
                let at = [part("namespace"), part("name")].join("/");
                store.remove(kind, at.trim_start_matches('/'));
            }
        }
    });
    assert!(api.get(kind, name).is_some(), "it is held");
    api.after("delete /api/v1/namespaces/monitoring")
        .later(Duration::from_secs(1))
        .then(move |store, _| hold(store, &json!([])));
    let output = undo(&api, &["--last"]).succeeds();
    assert!(output.stderr.contains("waiting: APIService v1beta1.metrics.k8s.io: it is being deleted"), "{output}");
    assert_eq!(everything(&api), before);
}
