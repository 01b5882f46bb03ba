//! Jobs for the length of a run, by the first verb that makes them: how they are made, read and asked about, and that they
//! are removed whatever ends the run.

use std::time::{Duration, Instant};

use lab_cli::api::{Answer, Api, clock};
use lab_cli::objects::job::Fate;
use lab_cli::objects::{Asked, KubeProxy};
use lab_cli::run::{Output, Run};
use lab_cli::world::nodes;
use serde_json::{Value, json};

const JOBS: &str = "/apis/batch/v1/namespaces/kube-system/jobs";

fn stage(asked: Asked) -> Api {
    KubeProxy { asked, ..KubeProxy::in_mode("ipvs") }.stage(nodes().into_iter().take(2))
}

fn fares(fate: Fate) -> Api {
    stage(Asked::Fares(fate))
}

fn look(api: &Api) -> Run {
    Run::verb("strict-arp").against(api).args(["--look"])
}

fn jobs(api: &Api) -> Vec<Value> {
    api.change(|store| store.all("jobs.batch"))
}

fn pods_of_jobs(api: &Api) -> usize {
    let pods = api.change(|store| store.all("pods"));
    pods.iter().filter(|pod| pod["metadata"]["labels"]["kubectl-lab/run-id"].is_string()).count()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What was not proven, and that nothing is left.
fn unproven(api: &Api, output: &Output, why: &str) {
    let told = format!("was not proven: {why}\n");
    assert!(output.stdout.contains(&told), "no {why:?}: {output}");
    assert!(output.took < Duration::from_secs(15), "{output}");
    assert_eq!((jobs(api).len(), pods_of_jobs(api)), (0, 0), "{output}");
}

#[test]
fn a_look_is_shown_made_read_and_removed() {
    let api = stage(Asked::Answers);
    let output = look(&api).run();
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-strict_arp --look
    -- stdout
    strictARP is off in ConfigMap kube-system/kube-proxy, which configures ipvs mode; every running kube-proxy uses it (2 of 2)
    NODE    RUNNING MODE   STRICT ARP   CONFIGURATION
    lab-1   ipvs           off          <unknown>
    lab-2   ipvs           off          <unknown>
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. ask kube-proxy on each node what it runs (a short pod on the host network of each)
         why: its /configz, which tells, answers on its node's loopback only
         for this run only: removed when it ends
         if that fails: go on without
      then: look at what kube-proxy says
    for this run only: ask kube-proxy on each node what it runs (a short pod on the host network of each)
    -- exit code 0
    ");
    let writes = api.seen().writes();
    let lines: Vec<String> =
        writes.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    assert_eq!(lines.iter().filter(|line| **line == format!("POST {JOBS}")).count(), 2, "{lines:?}");
    let removals: Vec<Value> =
        writes.requests().iter().filter(|one| one.method == "DELETE").filter_map(lab_cli::api::Request::json).collect();
    assert_eq!(removals.len(), 2);
    assert!(removals.iter().all(|options| options["preconditions"]["uid"].is_string()), "{removals:?}");
    assert_eq!((lines.len(), jobs(&api).len(), pods_of_jobs(&api)), (4, 0, 0), "something else was written: {lines:?}");
}

#[test]
fn pods_on_the_host_network_are_asked_about() {
    let api = stage(Asked::Answers);
    let mut terminal = look(&api).in_terminal();
    terminal.expect("Do this?");
    terminal.types("n\r");
    let output = terminal.wait();
    assert_eq!(output.code, Some(7), "{output}");
    assert_eq!(api.seen().writes().count(), 0);
    let mut terminal = look(&api).in_terminal();
    terminal.expect("Do this?");
    terminal.types("y\r");
    assert!(terminal.wait().stdout.contains("every running kube-proxy uses it (2 of 2)"));
}

#[test]
fn a_dry_run_makes_none() {
    for how in ["client", "server"] {
        let api = stage(Asked::Answers);
        let output = look(&api).args([&format!("--dry-run={how}"), "--diff"]).run().succeeds();
        assert!(output.stderr.contains("+      hostNetwork: true"), "{output}");
        assert_eq!(api.seen().writes().count(), 0, "{output}");
        let checked = api.seen().only(|request| request.method == "POST" && request.parameter("dryRun").is_some());
        assert_eq!(checked.count(), if how == "server" { 2 } else { 0 }, "{output}");
    }
}

#[test]
fn a_log_that_lags_behind_the_end_of_its_container_is_read_whole() {
    let configz = json!({ "kubeproxy.config.k8s.io": { "Mode": "ipvs", "IPVS": { "StrictARP": false } } });
    let api = fares(Fate::Writes(String::new()));
    api.after("get /api/v1/namespaces/kube-system/pods/*/log?container=look").first(2).then(move |store, request| {
        let pod = request.path.split('/').nth(6).unwrap().to_owned();
        store.log(&format!("kube-system/{pod}"), "look", &format!("{configz}\n\nkubectl-lab-done\n"));
    });
    let output = look(&api).run().succeeds();
    assert!(output.stdout.contains("every running kube-proxy uses it (2 of 2)"), "{output}");
    let api = fares(Fate::Writes("cut o".into()));
    let output = look(&api).run().succeeds();
    unproven(&api, &output, "the pod that was to ask it: its log has no end");
}

#[test]
fn what_keeps_a_pod_from_coming_is_told_at_once() {
    let violates = r#"violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)"#;
    let no_image = r#"rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/busybox:1.37.0": not found"#;
    for (fate, why) in [
        (Fate::Forbidden(violates), format!("its pod is forbidden: {violates}")),
        (Fate::NoImage(no_image), format!("ErrImagePull: {no_image}")),
        (
            Fate::Fails(
                1,
                "wget: can't connect to remote host (127.0.0.1): Connection refused\n\nkubectl-lab-done\n".into(),
            ),
            "exit code 1: wget: can't connect to remote host (127.0.0.1): Connection refused".into(),
        ),
    ] {
        let api = fares(fate);
        let output = look(&api).run().succeeds();
        unproven(&api, &output, &format!("the pod that was to ask it: {why}"));
    }
}

#[test]
fn a_missing_right_is_no_failure_and_nobody_is_asked_for_what_cannot_be_done() {
    let api = stage(Asked::Answers);
    api.deny("delete", "jobs.batch", Some("kube-system"));
    let output = look(&api).run().succeeds();
    assert!(!output.stderr.contains("plan:"), "{output}");
    assert_eq!(api.seen().writes().count(), 0);
    unproven(&api, &output, "the pod that was to ask it: missing right: delete jobs.batch in namespace kube-system");
}

#[test]
fn a_job_that_is_refused_by_admission_is_no_failure() {
    let api = stage(Asked::Answers);
    api.on(&format!("create {JOBS}")).answer(Answer::status(403, "Forbidden", "exceeded quota: count/jobs.batch=0"));
    let output = look(&api).run().succeeds();
    assert!(output.stdout.contains("exceeded quota: count/jobs.batch=0"), "{output}");
    assert_eq!(jobs(&api).len(), 0);
}

#[test]
fn control_c_removes_what_was_made() {
    let api = fares(Fate::Runs);
    let running = look(&api).start();
    until("the pods are there", || pods_of_jobs(&api) == 2);
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert!(!output.stderr.contains("could not be removed"), "{output}");
    assert_eq!((jobs(&api).len(), pods_of_jobs(&api)), (0, 0), "{output}");
}

#[test]
fn a_second_control_c_gives_up_and_says_what_is_left() {
    let api = fares(Fate::Runs);
    api.on(&format!("delete {JOBS}/*")).answer(Answer::Stall);
    let running = look(&api).start();
    until("the pods are there", || pods_of_jobs(&api) == 2);
    running.interrupt();
    until("they are being removed", || api.seen().only(|request| request.method == "DELETE").count() == 2);
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert!(output.stderr.contains("warning: temporary Jobs kube-system/kubectl-lab-configz-"), "{output}");
    assert!(
        output.stderr.contains("could not be removed: interrupted; they go by themselves within 180 seconds"),
        "{output}"
    );
}

#[test]
fn what_cannot_be_removed_is_a_warning_and_no_failure() {
    let api = stage(Asked::Answers);
    api.on(&format!("delete {JOBS}/*")).answer(Answer::internal_error("etcdserver: request timed out"));
    let output = look(&api).run().succeeds();
    assert!(output.stdout.contains("every running kube-proxy uses it"), "{output}");
    let why = "could not be removed: Internal error occurred: etcdserver: request timed out; they go by themselves within 180 seconds";
    assert!(output.stderr.contains(why), "{output}");
}

#[test]
fn a_job_whose_making_was_not_answered_is_removed_too() {
    let api = stage(Asked::Answers);
    api.on(&format!("create {JOBS}")).first(1).answer(Answer::Lost);
    let output = look(&api).run();
    assert_eq!(output.code, Some(6), "{output}");
    assert_eq!((jobs(&api).len(), pods_of_jobs(&api)), (0, 0), "{output}");
}

#[test]
fn what_a_killed_run_leaves_ends_and_goes_by_itself() {
    let api = fares(Fate::Runs);
    let running = look(&api).start();
    until("the pods are there", || pods_of_jobs(&api) == 2);
    running.kill();
    drop(running.wait());
    let left = jobs(&api);
    assert_eq!(left.len(), 2);
    for job in left {
        assert_eq!(
            (&job["spec"]["activeDeadlineSeconds"], &job["spec"]["ttlSecondsAfterFinished"]),
            (&json!(60), &json!(120))
        );
        assert_eq!(job["metadata"]["labels"]["app.kubernetes.io/managed-by"], "kubectl-lab");
    }
}

#[test]
fn only_leftovers_that_have_outlived_their_end_are_swept() {
    let api = stage(Asked::Answers);
    let leftover = |name: &str, age: i64, manager: &str| {
        json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {
                "name": name, "namespace": "kube-system", "creationTimestamp": clock::ago(age),
                "labels": { "app.kubernetes.io/managed-by": manager, "kubectl-lab/run-id": "another" },
            },
            "spec": {
                "activeDeadlineSeconds": 60, "ttlSecondsAfterFinished": 120,
                "template": { "spec": { "containers": [{ "name": "look", "image": "busybox:1.37.0" }] } },
            },
        })
    };
    let all = [("expired", 300, "kubectl-lab"), ("at-work", 170, "kubectl-lab"), ("theirs", 9999, "Helm")];
    api.change(|store| store.put_all(all.map(|(name, age, manager)| leftover(name, age, manager))));
    let output = look(&api).run().succeeds();
    let told = "removed an expired leftover of an earlier run: Job kube-system/expired";
    assert!(output.stderr.contains(told), "{output}");
    let names: Vec<Value> = jobs(&api).into_iter().map(|job| job["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["at-work", "theirs"]);
}

/// A policy engine that is down: the Job was never made, and it is the webhook that has to be told of.
#[test]
fn a_webhook_that_cannot_be_asked_is_named() {
    let api = stage(Asked::Answers);
    let why = "failed calling webhook \"validate.policies.example\": connect: connection refused";
    api.on(&format!("create {JOBS}")).answer(Answer::internal_error(why));
    let output = look(&api).run();
    assert!(output.to_string().contains("failed calling webhook"), "{output}");
    assert!(!output.to_string().contains("somebody deleted it"), "{output}");
    assert!(output.took < Duration::from_secs(15), "{output}");
}
