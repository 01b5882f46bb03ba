use std::time::Duration;

use lab_cli::api::{Answer, Api};
use lab_cli::objects::{MetricsServer, logs, pod};
use lab_cli::world::{Kubelets, Trouble, World, nodes};

use super::{DEPLOYMENT, FLAG, assert_nothing_written, fix, pod_name, prepared};

/// Clears the screen, claims success, sets the title of the window, turns the reading direction.
const ESCAPES: &str = "\u{1b}[2J\u{1b}[32mmetrics work\u{1b}[0m\u{1b}]0;owned\u{7}\r\u{202e}\u{9b}31m";

fn assert_harmless(text: &str) {
    let harmful = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
    assert_eq!(text.chars().find(harmful), None, "{text:?}");
}

#[test]
fn escapes_in_a_pods_message() {
    let trouble = Trouble::NoImage { reason: "ErrImagePull".into(), message: format!("not found {ESCAPES}") };
    let api = World::in_trouble(trouble).stage(MetricsServer::default().objects());
    let output = fix(&api, &[]);
    assert_harmless(&output.stderr);
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: the image registry.k8s.io/metrics-server/metrics-server:v0.9.0 of pod kube-system/metrics-server-46kk5lw59t-6f4kq cannot be pulled on lab-2: ErrImagePull: not found \u{1b}[2J\u{1b}[32mmetrics work\u{1b}[0m\u{1b}]0;owned\u{7}\u{d}\u{202e}\u{9b}31m
    hint: check the image's name and whether the nodes reach its registry; no patch of arguments helps here
    -- exit code 1
    ");
    let output = fix(&api, &["-o", "json"]);
    assert_harmless(&output.stdout);
    assert_harmless(&output.stderr);
}

#[test]
fn escapes_in_a_terminal() {
    let message = format!("0/3 nodes are available {ESCAPES}");
    let api = World::in_trouble(Trouble::Unschedulable(message)).stage(MetricsServer::default().objects());
    insta::assert_snapshot!(prepared(&api, &[]).in_terminal().wait(), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    error: pod kube-system/metrics-server-46kk5lw59t-6f4kq fits on no node: 0/3 nodes are available \u{1b}[2J\u{1b}[32mmetrics work\u{1b}[0m\u{1b}]0;owned\u{7}\u{d}\u{202e}\u{9b}31m
    hint: see what the nodes have left with: kubectl describe nodes
    -- exit code 1
    ");
}

#[test]
fn escapes_in_a_log() {
    let api = World::with_kubelets(Kubelets::Fail(format!("odd {ESCAPES}"))).stage(MetricsServer::default().objects());
    let output = fix(&api, &[]);
    assert_harmless(&output.stderr);
    insta::assert_snapshot!(output, @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: metrics-server cannot scrape node lab-1: the scrape fails: E$TIME 1 scraper.go:149] "Failed to scrape node" err="Get \"https://172.30.0.2:10250/metrics/resource\": odd \u{1b}[2J\u{1b}[32mmetrics work\u{1b}[0m\u{1b}]0;owned\u{7}\u{d}\u{202e}\u{9b}31m" node="lab-1"
    hint: look at the kubelet of lab-1
    -- exit code 1
    "#);
}

#[test]
fn escapes_in_arguments_and_conditions() {
    let server = MetricsServer::default().arg(&format!("--{ESCAPES}")).arg("--kubectl-insecure-tls");
    let api = World::default().stage(server.objects());
    for args in
        [&["--dry-run=server", "--diff"][..], &["--dry-run=client", "-o", "yaml"], &["--dry-run=client", "-o", "json"]]
    {
        let output = fix(&api, args);
        assert_harmless(&output.stderr);
        assert_harmless(&output.stdout);
    }
}

#[test]
fn escapes_in_what_the_server_answers() {
    let api = World::default().stage(MetricsServer::default().objects());
    api.on("list /api/v1/nodes").answer(Answer::status(500, "InternalError", &format!("boom {ESCAPES}")));
    let output = fix(&api, &[]);
    assert_harmless(&output.stderr);
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list nodes: boom \u{1b}[2J\u{1b}[32mmetrics work\u{1b}[0m\u{1b}]0;owned\u{7} \u{202e}\u{9b}31m
    hint: kubectl --context lecture get --raw '/readyz?verbose'
    -- exit code 1
    ");
}

#[test]
fn escapes_in_a_field_managers_name() {
    let api = Api::with(nodes().into_iter().chain(MetricsServer::default().objects()));
    api.controller(|store| {
        let live = store.get("deployments.apps", DEPLOYMENT).map(super::args_of).unwrap_or_default();
        if live.contains(FLAG) {
            store.edit_as(ESCAPES, "deployments.apps", DEPLOYMENT, |deployment| {
                let args = deployment.pointer_mut("/spec/template/spec/containers/0/args").unwrap();
                args.as_array_mut().unwrap().retain(|arg| arg != FLAG);
            });
        }
    });
    World::default().live(&api);
    let output = fix(&api, &["--yes"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert_harmless(&output.stderr);
}

/// A pod that is old enough to be judged by its log.
fn judged_by_its_log() -> Api {
    let api = World::in_trouble(Trouble::Silent).stage(MetricsServer::default().objects());
    let name = pod_name(&api);
    api.change(|store| {
        store.edit_as("kubelet", "pods", &name, |pod| pod::backdate(pod, 20 * 60));
    });
    api
}

fn assert_bounded(api: &Api) {
    let output = fix(api, &[]);
    assert!(output.took < Duration::from_secs(10), "took {:?}", output.took);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.len() < 10_000, "{} bytes", output.stderr.len());
    assert_nothing_written(api);
}

/// Ten megabytes, most of them in single lines that look like errors.
fn much() -> String {
    let line = format!(
        "E1122 22:34:53.123456 1 x.go:1] \"Failed to scrape node\" err=\"{} {ESCAPES}\"",
        "A".repeat(1_000_000)
    );
    vec![line; 10].join("\n")
}

#[test]
fn ten_megabytes_of_log() {
    let api = judged_by_its_log();
    let name = pod_name(&api);
    api.change(|store| store.log(&name, "metrics-server", &much()));
    assert_bounded(&api);
}

/// A kubelet or a proxy that does not care how much was asked for.
#[test]
fn ten_megabytes_of_log_where_less_was_asked_for() {
    let api = judged_by_its_log();
    api.on("get /api/v1/namespaces/*/pods/*/log").answer(Answer::raw(200, "text/plain", &much()));
    assert_bounded(&api);
}

#[test]
fn a_log_that_is_no_text() {
    let api = judged_by_its_log();
    let name = pod_name(&api);
    api.change(|store| store.log(&name, "metrics-server", &logs::line('E', "a.go:1", "\u{0}\u{1}\u{2}\u{fffd} end")));
    let output = fix(&api, &[]);
    assert_harmless(&output.stderr);
    assert!(output.stderr.contains("end"), "{output}");
}
