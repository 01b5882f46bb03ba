/// Files for kubectl, written and taken away again.
mod files;
/// A real bash, in which somebody presses TAB.
mod shell;

use lab_cli::api::{Answer, Api};
use lab_cli::objects::MetricsServer;
use lab_cli::objects::metallb::{self, MetalLb};
use lab_cli::run::{Output, Run};
use lab_cli::world::World;
use serde_json::{Value, json};

/// As much time as a busy machine may need, where it is about what is offered. What is promised is less, and measured by
/// `cargo bench-startup`: a time that is asserted in a test fails on a machine that is busy.
const AMPLE: &str = "20000";
/// Where it is about an answer that never comes; until it is asked for, a busy machine needs a while.
const LONG_ENOUGH: &str = "5000";

/// The lecture's objects: three Services in two namespaces, a Deployment, pods, pools.
fn stage() -> Api {
    let named = |api: &str, kind: &str, namespace: &str, name: &str| json!({ "apiVersion": api, "kind": kind, "metadata": { "namespace": namespace, "name": name } });
    let metallb = MetalLb::default();
    let pools = ["lecture", "second"].map(|name| metallb.pool(name, &["172.30.0.200/31"]));
    let services = [("default", "demo-app"), ("default", "demo-db"), ("lecture", "web")]
        .map(|(namespace, name)| metallb::balanced(namespace, name));
    let namespaces = ["default", "lecture", "kube-system"]
        .map(|name| json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } }));
    let deployment: Value = named("apps/v1", "Deployment", "default", "demo-app");
    let api = Api::with(lab_cli::world::nodes());
    lab_cli::world::metallb::live(&api);
    api.change(|store| {
        store.put_all(services.into_iter().chain(namespaces).chain([deployment]));
        store.put_all(metallb.objects().into_iter().chain(pools));
        store.put(lab_cli::objects::pod::plain("default", "demo-app-1", &lab_cli::world::nodes()[1]));
    });
    api
}

/// What a program answers for these words; it always ends well, and says nothing else.
fn complete(run: Run, words: &[&str]) -> Output {
    complete_within(AMPLE, run, words)
}

fn complete_within(milliseconds: &str, run: Run, words: &[&str]) -> Output {
    let output = run.env("KUBECTL_LAB_COMPLETION_MS", milliseconds).args(["__complete"]).args(words.to_vec()).run();
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output}");
    output
}

/// The values alone, and the number at the end.
fn values(api: &Api, verb: &str, words: &[&str]) -> String {
    let output = complete(Run::verb(verb).against(api), words);
    let values = output.stdout.lines().map(|line| line.split('\t').next().unwrap_or_default());
    values.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_names_of_the_clusters_objects_are_offered() {
    let api = stage();
    for (verb, words, offered) in [
        ("probe", &[""][..], "svc/ deploy/ pod/ demo-app demo-db :4"),
        ("probe", &["demo-a"], "demo-app :4"),
        ("probe", &["s"], "svc/ :6"),
        ("probe", &["svc/"], "svc/demo-app svc/demo-db :4"),
        ("probe", &["deploy/"], "deploy/demo-app :4"),
        ("probe", &["pod/demo"], "pod/demo-app-1 :4"),
        ("probe", &["-n", "lecture", "w"], "web :4"),
        ("probe", &["-nlecture", "w"], "web :4"),
        ("probe", &["--namespace=lecture", "svc/w"], "svc/web :4"),
        ("probe", &["demo-app", "--node", "lab-"], "lab-1 lab-2 lab-3 :4"),
        ("probe", &["demo-app", "-n", "le"], "lecture :4"),
        ("probe", &["demo-app", "--namespace=kube-s"], "kube-system :4"),
        ("metallb", &["verify", "demo-"], "demo-app demo-db :4"),
        ("metallb", &["pool", "remove", ""], "lecture second :4"),
        ("metallb", &["install", "--pool-name", "s"], "second :4"),
        ("strict-arp", &["o"], "on off :4"),
        ("metrics-fix", &["--allow", "helm"], "helm-managed :4"),
    ] {
        assert_eq!(values(&api, verb, words), offered, "{verb} {words:?}");
    }
    api.finish();
}

#[test]
fn names_are_read_without_what_the_objects_hold_and_nothing_is_written() {
    let api = stage();
    assert_eq!(values(&api, "probe", &["demo-d"]), "demo-db :4");
    let seen = api.seen();
    let requests: Vec<String> =
        seen.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(requests, ["GET /api/v1/namespaces/default/services"]);
    let accept = seen.requests()[0].header("accept").unwrap_or_default().to_owned();
    assert!(accept.starts_with("application/json;as=PartialObjectMetadataList"), "{accept}");
}

#[test]
fn a_long_list_is_read_page_by_page() {
    let api = stage();
    let many = (0..1200).map(|number| {
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "namespace": "lecture", "name": format!("s-{number:04}") } })
    });
    api.change(|store| store.put_all(many));
    assert_eq!(values(&api, "probe", &["-n", "lecture", "s-119"]).split(' ').count(), 11);
    assert_eq!(api.seen().requests().len(), 3);
}

#[test]
fn contexts_clusters_and_users_are_the_kubeconfigs() {
    let api = Api::start();
    for (words, offered) in [
        (&["--context", ""][..], "lecture\tcluster lecture-hall, the current one\n:4\n"),
        (&["--context=le"], "lecture\tcluster lecture-hall, the current one\n:4\n"),
        (&["--user", "s"], "student\n:4\n"),
        (&["--context", "x"], ":4\n"),
        (&["--cluster", "x"], ":4\n"),
    ] {
        assert_eq!(complete(Run::verb("undo").against(&api), words).stdout, offered, "{words:?}");
    }
    let clusters = complete(Run::verb("undo").against(&api), &["--cluster", ""]).stdout;
    assert_eq!(clusters, "lecture-hall\thttp://127.0.0.1:$PORT\n:4\n");
    assert!(api.seen().requests().is_empty(), "no cluster is needed for that");
}

#[test]
fn runs_that_can_be_taken_back_are_offered_newest_first() {
    let api = World::default().stage(MetricsServer::default().objects());
    Run::verb("metrics-fix").against(&api).run().succeeds();
    // A run is named by the second in which it began; those of the same second are in no order.
    std::thread::sleep(std::time::Duration::from_secs(1));
    Run::verb("undo").against(&api).args(["--last"]).run().succeeds();
    let output = complete(Run::verb("undo").against(&api), &[""]);
    insta::assert_snapshot!(output.stdout, @r"
    $RUN	undo, closed
    $RUN	metrics-fix, undone
    :36
    ");
    let ids: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(complete(Run::verb("undo").against(&api), &["no-such"]).stdout, ":36\n");
}

#[test]
fn where_only_the_own_namespace_may_be_seen_its_runs_are_offered() {
    let api = stage();
    let forbidden = Answer::status(403, "Forbidden", "configmaps is forbidden");
    api.on("list /api/v1/configmaps").answer(forbidden);
    let labels = json!({ "app.kubernetes.io/managed-by": "kubectl-lab", "kubectl-lab/state": "open", "kubectl-lab/verb": "metallb" });
    api.change(|store| {
        store.put(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": {
            "namespace": "default", "name": "kubectl-lab-1", "labels": labels, "annotations": { "kubectl-lab/run-id": "run-1" },
        } }));
    });
    assert_eq!(complete(Run::verb("undo").against(&api), &["r"]).stdout, "run-1\tmetallb, open\n:36\n");
}

/// Nothing is offered, and nothing is said.
#[test]
fn trouble_with_the_cluster_is_silence() {
    for answer in [
        Answer::Drop,
        Answer::unauthorized(),
        Answer::status(403, "Forbidden", "services is forbidden"),
        Answer::too_many_requests(1),
        Answer::gateway(502),
        Answer::raw(200, "application/json", "[]"),
        Answer::raw(200, "application/json", "{"),
        Answer::raw(200, "application/json", "{\"items\": [{\"metadata\": {\"name\": 7}}, 3]}"),
    ] {
        let api = stage();
        api.on("list /api/v1/namespaces/default/services").answer(answer.clone());
        assert_eq!(values(&api, "probe", &["demo-"]), ":4", "{answer:?}");
        api.finish();
    }
}

/// It ends by itself, and all that needs no cluster is there.
#[test]
fn a_cluster_that_does_not_answer_is_waited_for_no_longer_than_was_said() {
    let api = stage();
    api.on("list /api/v1/namespaces/default/services").answer(Answer::Stall);
    let output = complete_within(LONG_ENOUGH, Run::verb("probe").against(&api), &[""]);
    assert_eq!(output.stdout, "svc/\tservices\ndeploy/\tdeployments\npod/\tpods\n:6\n");
}

#[test]
fn a_second_page_that_does_not_come_leaves_nothing_of_the_first() {
    let api = stage();
    let many = (0..600).map(|number| {
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "namespace": "lecture", "name": format!("s-{number:04}") } })
    });
    api.change(|store| store.put_all(many));
    api.on("list /api/v1/namespaces/lecture/services").nth(2).answer(Answer::Stall);
    let output = complete_within(LONG_ENOUGH, Run::verb("probe").against(&api), &["-n", "lecture", "s-0001"]);
    assert_eq!(output.stdout, ":4\n");
    assert_eq!(api.seen().requests().len(), 2);
}

#[test]
fn names_that_would_harm_a_terminal_are_not_offered() {
    let api = stage();
    let list = json!({ "kind": "ServiceList", "apiVersion": "v1", "metadata": {}, "items": [
        { "metadata": { "name": "good" } },
        { "metadata": { "name": "red\u{1b}[31m" } },
        { "metadata": { "name": "two\n:0\nlines" } },
        { "metadata": { "name": "$(reboot)" } },
    ] });
    api.on("list /api/v1/namespaces/default/services").answer(Answer::json(200, &list));
    // What is only odd to a shell, the shell's script quotes.
    assert_eq!(values(&api, "metallb", &["verify", ""]), "svc/ $(reboot) good :4");
}

#[test]
fn without_a_usable_kubeconfig_all_else_is_offered() {
    for config in ["", "a: [", "apiVersion: v1\nkind: Config\n", "contexts: [{name: \"a\\tb\"}]\n"] {
        let run = || Run::verb("probe").kubeconfig(config);
        assert_eq!(complete(run(), &["--fr"]).stdout.lines().count(), 3, "{config}");
        assert_eq!(complete(run(), &["x", "--context", ""]).stdout, ":4\n", "{config}");
        assert_eq!(complete(run(), &["demo"]).stdout, ":4\n", "{config}");
    }
    assert_eq!(complete(Run::verb("probe").env("KUBECONFIG", "/nonexistent"), &["demo"]).stdout, ":4\n");
}

/// A plugin that asks, talks or hangs must not spoil the line that is being typed.
#[test]
fn a_credential_plugin_is_neither_heard_nor_waited_for() {
    let api = stage();
    let with_plugin = |script: &str| {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "a",
            "contexts": [{ "name": "a", "context": { "cluster": "a", "user": "a" } }],
            "clusters": [{ "name": "a", "cluster": { "server": api.url() } }],
            "users": [{ "name": "a", "user": { "exec": {
                "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable",
                "command": "/bin/sh", "args": ["-c", script],
            } } }],
        });
        Run::verb("probe").kubeconfig(&config.to_string())
    };
    for script in ["echo 'open https://login' >&2; exit 1", "echo nonsense", "read -r answer; echo $answer >&2"] {
        assert_eq!(complete(with_plugin(script), &["demo-"]).stdout, ":4\n", "{script}");
    }
    let hangs = "for second in 1 2 3 4 5 6 7; do /bin/sleep 1; done";
    assert_eq!(complete_within(LONG_ENOUGH, with_plugin(hangs), &["demo-"]).stdout, ":4\n");
    let token =
        r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'"#;
    assert_eq!(complete(with_plugin(token), &["demo-d"]).stdout, "demo-db\n:4\n");
}

#[test]
fn arguments_that_are_no_text_are_borne() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = std::ffi::OsString::from_vec(vec![0xff, b'x']);
    let output = Run::verb("probe").args(["__complete"]).args([odd, "--co".into()]).run().succeeds();
    assert!(output.stdout.starts_with("--count\t"), "{output}");
}

/// Of every verb, whoever has brought it.
#[test]
fn every_program_answers() {
    let verbs = complete(Run::lab(), &[""]).stdout;
    let verbs: Vec<&str> = verbs.lines().filter_map(|line| line.split('\t').next()).collect();
    assert!(verbs.len() > 5, "{verbs:?}");
    for verb in verbs.into_iter().filter(|verb| !["help", "version", ":4"].contains(verb)) {
        let output = complete(Run::lab(), &[verb, "--hel"]);
        // A group has it only behind its verbs; completion is a group too.
        assert!(output.stdout.starts_with("--help\t"), "{verb}: {output}");
        assert_eq!(complete(Run::verb(verb), &["--hel"]).stdout, output.stdout, "{verb}");
    }
}
