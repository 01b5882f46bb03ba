use std::time::Duration;

use lab_cli::api::Api;
use lab_cli::objects::{MetricsServer, logs, pod};
use lab_cli::world::{Trouble, World};

use super::{assert_nothing_written, fix, pod_name, prepared};

/// The pod has just started, and has not said yet how it fares.
fn silent() -> Api {
    World::in_trouble(Trouble::Silent).stage(MetricsServer::default().objects())
}

/// Waits until the program watches the cluster.
fn until_it_waits(api: &Api) {
    while !api.seen().requests().iter().any(|request| request.flag("watch")) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn evidence_that_comes_after_some_seconds() {
    let api = silent();
    let name = pod_name(&api);
    api.after("get /api/v1/namespaces/*/pods/*/log").nth(1).later(Duration::from_secs(1)).then(move |store, _| {
        let error = logs::kubelet_request("172.30.0.2", &logs::no_ip_san("172.30.0.2"));
        store.log(&name, "metrics-server", &logs::scrape_failed("lab-1", &error));
    });
    // In a dry run, so that what follows is the plan and not the new pod's silence.
    insta::assert_snapshot!(fix(&api, &["--dry-run=client"]), @r#"
    $ kubectl-lab-metrics_fix --dry-run=client
    -- stdout
    the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
    -- stderr
    waiting: pod kube-system/metrics-server-46kk5lw59t-6f4kq runs; its first metrics, or an error, may take 90s from its start
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    dry run: nothing was changed
    -- exit code 0
    "#);
    assert_nothing_written(&api);
}

#[test]
fn evidence_that_never_comes() {
    let api = silent();
    let name = pod_name(&api);
    api.change(|store| {
        store.edit_as("kubelet", "pods", &name, |pod| pod::backdate(pod, 20 * 60));
        store.log(&name, "metrics-server", &logs::line('E', "run.go:72", "\"command failed\" err=\"out of luck\""));
    });
    let output = fix(&api, &[]);
    insta::assert_snapshot!(output, @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: pod kube-system/metrics-server-46kk5lw59t-6f4kq runs and is not Ready after $ELAPSED; its last error: E$TIME 1 run.go:72] "command failed" err="out of luck"
    hint: read its log with: kubectl -n kube-system logs metrics-server-46kk5lw59t-6f4kq
    -- exit code 1
    "#);
    assert_nothing_written(&api);
}

#[test]
fn a_log_that_says_nothing_at_all() {
    let api = silent();
    let name = pod_name(&api);
    api.change(|store| {
        store.edit_as("kubelet", "pods", &name, |pod| pod::backdate(pod, 20 * 60));
    });
    let output = fix(&api, &[]);
    assert!(output.stderr.contains("its log names no cause"), "{output}");
    assert_eq!(output.code, Some(1), "{output}");
}

#[test]
fn the_time_is_up() {
    let api = silent();
    insta::assert_snapshot!(fix(&api, &["--timeout", "2s"]), @r"
    $ kubectl-lab-metrics_fix --timeout 2s
    -- stderr
    waiting: pod kube-system/metrics-server-46kk5lw59t-6f4kq runs; its first metrics, or an error, may take 90s from its start
    error: timed out after $ELAPSED: still waiting: pod kube-system/metrics-server-46kk5lw59t-6f4kq runs; its first metrics, or an error, may take 90s from its start
    hint: give it more time with --timeout, or run the same command again: it goes on where things stand
    -- exit code 4
    ");
    assert_nothing_written(&api);
}

/// While it waits, it is told of changes and does not ask all the time.
#[test]
fn a_wait_is_a_watch() {
    let api = silent();
    let output = fix(&api, &["--timeout", "6s"]);
    assert_eq!(output.code, Some(4), "{output}");
    let watches = api.seen().only(|request| request.flag("watch"));
    assert!(watches.count() > 0, "nothing was watched:\n{}", api.seen());
    let looks = api.seen().only(|request| request.path.ends_with("/apiservices") && !request.flag("watch"));
    assert!(looks.count() <= 3, "{} looks in 6 seconds:\n{looks}", looks.count());
}

#[test]
fn control_c_while_waiting() {
    let api = silent();
    let running = prepared(&api, &[]).start();
    until_it_waits(&api);
    running.interrupt();
    insta::assert_snapshot!(running.wait(), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    waiting: pod kube-system/metrics-server-46kk5lw59t-6f4kq runs; its first metrics, or an error, may take 90s from its start
    error: interrupted
    -- exit code 130
    ");
    assert_nothing_written(&api);
}

#[test]
fn control_c_after_the_first_write_says_what_stands() {
    let api = World::in_trouble(Trouble::Silent).stage(MetricsServer::default().with_lecture_patch().objects());
    let running = prepared(&api, &[]).start();
    while !api.seen().requests().iter().any(|request| request.method == "PATCH") {
        std::thread::sleep(Duration::from_millis(5));
    }
    let waits_again = |api: &Api| api.seen().only(|request| request.path.ends_with("/log")).count() > 1;
    while !waits_again(&api) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    running.interrupt();
    insta::assert_snapshot!(running.wait(), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused
      then: look again until the metrics of every Ready node and of a pod can be read
    done: set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    waiting: pod kube-system/metrics-server-wstcxvjt6m-6f4kq runs; its first metrics, or an error, may take 90s from its start
    error: interrupted
    hint: done before that, and left in place: set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 130
    ");
}

#[test]
fn control_c_while_waiting_in_a_terminal() {
    let api = silent();
    let mut terminal = prepared(&api, &[]).in_terminal();
    terminal.expect("waiting (");
    terminal.interrupt();
    insta::assert_snapshot!(terminal.wait(), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    error: interrupted
    -- exit code 130
    ");
    assert_nothing_written(&api);
}
