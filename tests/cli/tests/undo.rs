use std::sync::mpsc::channel;
use std::time::Duration;

use lab_cli::api::Api;
use lab_cli::objects::MetricsServer;
use lab_cli::run::{Output, Run};
use lab_cli::world::World;
use serde_json::{Value, json};

const DEPLOYMENT: &str = "kube-system/metrics-server";
const FLAG: &str = "--kubelet-insecure-tls";
const PATCH: &str = "patch /apis/apps/v1/namespaces/*/deployments/metrics-server";

/// The lecture's cluster with the manifest just applied.
fn just_applied() -> Api {
    World::default().stage(MetricsServer::default().objects())
}

fn fix(api: &Api) {
    Run::verb("metrics-fix").against(api).run().succeeds();
}

fn undo(api: &Api, args: &[&str]) -> Output {
    Run::verb("undo").against(api).args(args.iter().copied()).run()
}

/// The output, with the columns of a table apart by three spaces and the age of a run named `$AGE`: both differ with
/// the time of day.
fn told(output: &Output) -> String {
    let mut text = String::new();
    for line in output.to_string().lines() {
        let mut cells: Vec<&str> = line.split("   ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        if cells.len() == 6 && cells[0] == "$RUN" {
            cells[4] = "$AGE";
        }
        let line = if cells.len() == 6 { cells.join("   ") } else { line.to_owned() };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn args(api: &Api) -> Vec<Value> {
    let deployment = api.get("deployments.apps", DEPLOYMENT).unwrap();
    deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array().unwrap().clone()
}

fn edit_args(api: &Api, edit: impl FnOnce(&mut Vec<Value>)) {
    api.change(|store| {
        store.edit("deployments.apps", DEPLOYMENT, |deployment| {
            edit(deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array_mut().unwrap());
        })
    });
}

fn journals(api: &Api) -> Vec<Value> {
    let mut found = api.change(|store| store.all("configmaps"));
    found.retain(is_journal);
    found
}

fn is_journal(object: &Value) -> bool {
    object["metadata"]["labels"].get("kubectl-lab/state").is_some()
}

fn label(journal: &Value, name: &str) -> String {
    journal["metadata"]["labels"][name].as_str().unwrap().to_owned()
}

/// How far the journals of `metrics-fix` are; an undo leaves one of its own.
fn states(api: &Api) -> Vec<String> {
    let mut journals = journals(api);
    journals.retain(|journal| label(journal, "kubectl-lab/verb") == "metrics-fix");
    journals.iter().map(|journal| label(journal, "kubectl-lab/state")).collect()
}

/// The run's ID as it stands on its journal.
fn id(journal: &Value) -> String {
    journal["metadata"]["annotations"]["kubectl-lab/run-id"].as_str().unwrap().to_owned()
}

/// What people have made, less what servers write into it.
fn everything(api: &Api) -> Vec<Value> {
    let kinds = [
        "apiservices.apiregistration.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "configmaps",
        "deployments.apps",
        "rolebindings.rbac.authorization.k8s.io",
        "serviceaccounts",
        "services",
    ];
    let mut objects: Vec<Value> = api.change(|store| kinds.iter().flat_map(|kind| store.all(kind)).collect());
    objects.retain(|object| !is_journal(object));
    for object in &mut objects {
        object.as_object_mut().unwrap().remove("status");
        let metadata = object["metadata"].as_object_mut().unwrap();
        for field in ["annotations", "creationTimestamp", "generation", "managedFields", "resourceVersion"] {
            metadata.remove(field);
        }
    }
    objects
}

#[test]
fn the_last_run_is_taken_back() {
    let api = just_applied();
    let before = everything(&api);
    fix(&api);
    assert_ne!(everything(&api), before);
    insta::assert_snapshot!(told(&undo(&api, &["--last"])), @r"
    $ kubectl-lab-undo --last
    -- stdout
    ID   VERB   STATE   NAMESPACE   AGE   CHANGES
    $RUN   undo   closed   kube-system   $AGE   take back: append --kubelet-insecure-tls in container metrics-server of …
    $RUN   metrics-fix   undone   kube-system   $AGE   append --kubelet-insecure-tls in container metrics-server of Deployment …
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. take back: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: run $RUN of metrics-fix did it
      then: look again whether all of it is taken back
      may follow: mark each of these journals as undone
    done: take back: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    done: mark the journal of run $RUN as undone (kubectl-lab/state=undone)
    -- exit code 0
    ");
    assert_eq!(everything(&api), before);
    assert_eq!(states(&api), ["undone"]);
}

#[test]
fn a_second_time_there_is_nothing_left() {
    let api = just_applied();
    fix(&api);
    undo(&api, &["--last"]).succeeds();
    let writes = api.seen().writes().count();
    insta::assert_snapshot!(told(&undo(&api, &["--last"])), @r"
    $ kubectl-lab-undo --last
    -- stdout
    ID   VERB   STATE   NAMESPACE   AGE   CHANGES
    $RUN   undo   closed   kube-system   $AGE   take back: append --kubelet-insecure-tls in container metrics-server of …
    $RUN   metrics-fix   undone   kube-system   $AGE   append --kubelet-insecure-tls in container metrics-server of Deployment …
    -- stderr
    nothing to change
    -- exit code 0
    ");
    assert_eq!(api.seen().writes().count(), writes);
}

fn install(api: &Api) {
    let run = Run::verb("metrics-fix").against(api);
    let objects = MetricsServer::default().objects().into_iter().map(|mut object| {
        object.as_object_mut().unwrap().remove("status");
        format!("{object}\n")
    });
    std::fs::write(run.home().join("manifest.yaml"), objects.collect::<Vec<_>>().join("---\n")).unwrap();
    run.args(["--install", "--manifest", "manifest.yaml"]).run().succeeds();
}

#[test]
fn an_installation_is_taken_back_with_all_its_objects() {
    let api = World::default().stage([]);
    let before = everything(&api);
    install(&api);
    assert_eq!(states(&api), ["closed"]);
    undo(&api, &["--last"]).succeeds();
    assert_eq!(everything(&api), before);
    // Behind an APIService whose server is gone, namespaces hang in Terminating: it goes first.
    let deleted = api.seen().only(|request| request.method == "DELETE");
    assert!(deleted.requests()[0].path.contains("/apiservices/"), "{deleted}");
}

/// A controller writes a status while the first objects go: what is left of the step needs no other word.
#[test]
fn an_object_that_changes_meanwhile_is_looked_at_again_and_goes_too() {
    let api = World::default().stage([]);
    let before = everything(&api);
    install(&api);
    api.after("delete /apis/apiregistration.k8s.io/v1/apiservices/*").nth(1).then(|store, _| {
        store.edit("deployments.apps", "kube-system/metrics-server", |deployment| {
            deployment["metadata"]["annotations"]["theirs"] = json!("x");
        });
    });
    let output = undo(&api, &["--last"]).succeeds();
    assert!(output.stderr.contains("nothing was overwritten, looking again"), "{output}");
    assert_eq!(everything(&api), before);
}

#[test]
fn the_list_shows_runs_and_writes_nothing() {
    let api = just_applied();
    insta::assert_snapshot!(undo(&api, &["--list"]), @r"
    $ kubectl-lab-undo --list
    -- stdout
    no run has left a journal
    -- exit code 0
    ");
    fix(&api);
    let writes = api.seen().writes().count();
    insta::assert_snapshot!(told(&undo(&api, &["--list"])), @r"
    $ kubectl-lab-undo --list
    -- stdout
    ID   VERB   STATE   NAMESPACE   AGE   CHANGES
    $RUN   metrics-fix   closed   kube-system   $AGE   append --kubelet-insecure-tls in container metrics-server of Deployment …
    -- exit code 0
    ");
    assert_eq!(
        told(&undo(&api, &[])).lines().skip(1).collect::<Vec<_>>(),
        told(&undo(&api, &["--list"])).lines().skip(1).collect::<Vec<_>>()
    );
    assert_eq!(api.seen().writes().count(), writes);
}

#[test]
fn a_dry_run_changes_nothing() {
    let api = just_applied();
    fix(&api);
    let (fixed, writes) = (everything(&api), api.seen().writes().count());
    insta::assert_snapshot!(told(&undo(&api, &["--last", "--dry-run=server", "--diff"])), @r"
    $ kubectl-lab-undo --last --dry-run=server --diff
    -- stdout
    ID   VERB   STATE   NAMESPACE   AGE   CHANGES
    $RUN   metrics-fix   closed   kube-system   $AGE   append --kubelet-insecure-tls in container metrics-server of Deployment …
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. take back: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: run $RUN of metrics-fix did it
      then: look again whether all of it is taken back
      may follow: mark each of these journals as undone
    --- Deployment kube-system/metrics-server (live)
    +++ Deployment kube-system/metrics-server (planned)
    @@ -33,7 +33,6 @@
             - --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
             - --kubelet-use-node-status-port
             - --metric-resolution=15s
    -        - --kubelet-insecure-tls
             image: registry.k8s.io/metrics-server/metrics-server:v0.9.0
             imagePullPolicy: IfNotPresent
             livenessProbe:
    checked by the API server: take back: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    dry run: nothing was changed
    -- exit code 0
    ");
    assert_eq!((everything(&api), api.seen().writes().count()), (fixed, writes));
}

#[test]
fn a_run_is_taken_back_by_its_id() {
    let api = just_applied();
    let before = everything(&api);
    fix(&api);
    let id = id(&journals(&api)[0]);
    undo(&api, &[&id]).succeeds();
    assert_eq!(everything(&api), before);
    let again = undo(&api, &[&id]).succeeds();
    assert!(again.stderr.contains("note: run $RUN was taken back before"), "{again}");
}

#[test]
fn an_id_that_nobody_knows_is_refused() {
    let api = just_applied();
    fix(&api);
    let writes = api.seen().writes().count();
    insta::assert_snapshot!(told(&undo(&api, &["no-such-run"])), @r#"
    $ kubectl-lab-undo no-such-run
    -- stderr
    error: there is no journal of a run "no-such-run"
    hint: see which there are with: kubectl lab undo --list
    -- exit code 7
    "#);
    assert_eq!(api.seen().writes().count(), writes);
}

#[test]
fn our_argument_changed_by_somebody_else_is_refused() {
    let api = just_applied();
    fix(&api);
    edit_args(&api, |args| *args.last_mut().unwrap() = json!(format!("{FLAG}=false")));
    let (edited, writes) = (everything(&api), api.seen().writes().count());
    insta::assert_snapshot!(told(&undo(&api, &["--last"])), @r#"
    $ kubectl-lab-undo --last
    -- stderr
    error: Deployment kube-system/metrics-server was changed since, at spec.template.spec.containers[name=metrics-server].args, last written by "kubectl-edit": nothing of this run is taken back
    hint: the run wrote "--kubelet-insecure-tls", now there is "--kubelet-insecure-tls=false"
    hint: before the run there was nothing
    -- exit code 7
    "#);
    assert_eq!((everything(&api), api.seen().writes().count()), (edited, writes));
    assert_eq!(states(&api), ["closed"], "it can still be taken back later");
}

#[test]
fn a_neighbours_argument_stays() {
    let api = just_applied();
    let mut wanted = args(&api);
    fix(&api);
    edit_args(&api, |args| args.insert(0, json!("-v=1")));
    undo(&api, &["--last"]).succeeds();
    wanted.insert(0, json!("-v=1"));
    assert_eq!(args(&api), wanted);
}

#[test]
fn without_the_right_nothing_is_changed() {
    let api = just_applied();
    fix(&api);
    api.deny("patch", "deployments.apps", Some("kube-system"));
    let writes = api.seen().writes().count();
    let output = undo(&api, &["--last"]);
    assert_eq!(output.code, Some(5), "{output}");
    assert!(output.stderr.contains("missing right: patch deployments.apps in namespace kube-system"), "{output}");
    assert_eq!(api.seen().writes().count(), writes);
}

/// The journal is written, and then the first change is on its way when the program dies.
const CRASHES: [&str; 2] = ["create /api/v1/namespaces/kube-system/configmaps", PATCH];

/// Lets `metrics-fix` be killed when the first such request has been carried out and not yet been answered.
fn killed_at(request: &str) -> Api {
    let api = just_applied();
    let (carried_out, wait_for_it) = channel();
    let (killed, wait_for_end) = channel::<()>();
    api.after(request).nth(1).then(move |_, _| {
        carried_out.send(()).unwrap();
        wait_for_end.recv().unwrap();
    });
    let running = Run::verb("metrics-fix").against(&api).start();
    wait_for_it.recv_timeout(Duration::from_secs(30)).unwrap();
    running.kill();
    let output = running.wait();
    killed.send(()).unwrap();
    assert_eq!(output.code, None, "it was to be ended by a signal: {output}");
    assert_eq!(states(&api), ["open"], "{request}");
    api
}

#[test]
fn after_a_crash_the_next_run_reaches_the_goal_in_the_same_journal() {
    for request in CRASHES {
        let api = killed_at(request);
        fix(&api);
        assert_eq!(args(&api).last(), Some(&json!(FLAG)), "{request}");
        assert_eq!(args(&api).iter().filter(|arg| **arg == json!(FLAG)).count(), 1, "{request}");
        assert_eq!(journals(&api).len(), 1, "{request}");
    }
}

#[test]
fn after_a_crash_undo_brings_back_what_was() {
    let before = everything(&just_applied());
    for request in CRASHES {
        let api = killed_at(request);
        undo(&api, &["--last"]).succeeds();
        assert_eq!(everything(&api), before, "{request}");
        assert_eq!(states(&api), ["undone"], "{request}");
    }
}

#[test]
fn after_a_crash_and_another_run_undo_still_brings_back_what_was() {
    let before = everything(&just_applied());
    for request in CRASHES {
        let api = killed_at(request);
        fix(&api);
        undo(&api, &["--last"]).succeeds();
        assert_eq!(everything(&api), before, "{request}");
    }
}

/// What an undo had taken back stands again, and can be taken back once more.
#[test]
fn an_undo_is_taken_back_by_its_id() {
    let api = just_applied();
    let before = everything(&api);
    fix(&api);
    let fixed = everything(&api);
    undo(&api, &["--last"]).succeeds();
    assert_eq!(everything(&api), before);
    let of_undo = journals(&api).iter().find(|journal| label(journal, "kubectl-lab/verb") == "undo").map(id).unwrap();
    insta::assert_snapshot!(undo(&api, &[&of_undo]).stderr, @"
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. do again: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: run $RUN of undo did it
      then: look again whether all of it is taken back
      may follow: mark each of these journals as undone
    done: do again: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    done: mark the journal of run $RUN as undone (kubectl-lab/state=undone), that of run $RUN as closed again
    ");
    assert_eq!((everything(&api), states(&api)), (fixed, vec!["closed".to_owned()]));
    undo(&api, &["--last"]).succeeds();
    assert_eq!((everything(&api), states(&api)), (before, vec!["undone".to_owned()]));
}

#[test]
fn what_an_undo_deleted_is_not_made_again() {
    let api = World::default().stage([]);
    let before = everything(&api);
    install(&api);
    undo(&api, &["--last"]).succeeds();
    let of_undo = journals(&api).iter().find(|journal| label(journal, "kubectl-lab/verb") == "undo").map(id).unwrap();
    let output = undo(&api, &[&of_undo]).succeeds();
    assert!(
        output.stderr.contains("note: Deployment kube-system/metrics-server was deleted, and is not made again"),
        "{output}"
    );
    assert_eq!((everything(&api), states(&api)), (before, vec!["undone".to_owned()]));
}

/// What was done stays done, and what was not is said.
#[test]
fn of_all_runs_one_that_is_refused_ends_it() {
    let api = just_applied();
    fix(&api);
    // Somebody deletes it and applies the manifest anew: it is another object now.
    let anew = MetricsServer::default().objects().into_iter().find(|object| object["kind"] == "Deployment").unwrap();
    api.change(|store| {
        store.remove("deployments.apps", DEPLOYMENT);
        store.put(anew);
    });
    let before = everything(&api);
    fix(&api);
    assert_eq!(states(&api), ["closed", "closed"]);
    insta::assert_snapshot!(undo(&api, &["--all"]), @r#"
    $ kubectl-lab-undo --all
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. take back: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: run $RUN of metrics-fix did it
      then: look again whether all of it is taken back
      may follow: take back run $RUN of metrics-fix
      may follow: mark each of these journals as undone
    done: take back: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    done: mark the journal of run $RUN as undone (kubectl-lab/state=undone)
    error: Deployment kube-system/metrics-server was made anew since, and is not the one that this run changed: nothing of this run is taken back
    hint: not taken back: run $RUN of metrics-fix
    hint: done before that, and left in place: take back: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments; mark the journal of run $RUN as undone (kubectl-lab/state=undone)
    -- exit code 7
    "#);
    assert_eq!(everything(&api), before, "the younger run is taken back");
    let mut states = states(&api);
    states.sort();
    assert_eq!(states, ["closed", "undone"]);
}

/// Whoever has rights in one namespace only takes back what was done there.
#[test]
fn a_namespaces_own_user_needs_nothing_elsewhere() {
    let server = MetricsServer { namespace: "monitoring".into(), ..MetricsServer::default() };
    let api = World::default().stage(server.objects());
    let before = everything(&api);
    fix(&api);
    assert_ne!(everything(&api), before);
    for resource in ["configmaps", "deployments.apps"] {
        api.deny("*", resource, Some("kube-system"));
    }
    let listed = undo(&api, &["--list", "-n", "monitoring"]).succeeds();
    assert!(listed.stdout.contains("monitoring"), "{listed}");
    insta::assert_snapshot!(told(&undo(&api, &["--last", "-n", "monitoring"])), @"
    $ kubectl-lab-undo --last -n monitoring
    -- stdout
    ID   VERB   STATE   NAMESPACE   AGE   CHANGES
    $RUN   undo   closed   monitoring   $AGE   take back: append --kubelet-insecure-tls in container metrics-server of …
    $RUN   metrics-fix   undone   monitoring   $AGE   append --kubelet-insecure-tls in container metrics-server of Deployment …
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. take back: append --kubelet-insecure-tls in container metrics-server of Deployment monitoring/metrics-server, keep all other arguments
         why: run $RUN of metrics-fix did it
      then: look again whether all of it is taken back
      may follow: mark each of these journals as undone
    done: take back: append --kubelet-insecure-tls in container metrics-server of Deployment monitoring/metrics-server, keep all other arguments
    done: mark the journal of run $RUN as undone (kubectl-lab/state=undone)
    -- exit code 0
    ");
    assert_eq!(everything(&api), before);
}
