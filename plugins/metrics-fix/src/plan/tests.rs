//! Each rule of the plan on facts made by hand.

use lab_plan::{Plan, Then, put};
use serde_json::json;

use super::plan;
use super::world::*;
use crate::args::Args;
use crate::requests::tests::{request, right};

fn nothing() -> Args {
    Args::default()
}

fn secure() -> Args {
    Args { secure: true, ..Args::default() }
}

/// A plan in a line or two: what is refused, done, announced or waited for.
fn told(plan: &Plan) -> String {
    let mut parts: Vec<String> = plan.refusals.iter().map(|refusal| format!("refused: {}", refusal.reason)).collect();
    parts.extend(plan.steps.iter().map(|step| format!("{}: {}", step.id, step.why)));
    parts.extend(plan.may_follow.iter().map(|may| format!("may follow: {}", may.id)));
    match &plan.then {
        Then::LookAgain { why } if plan.steps.is_empty() => parts.push(format!("wait: {why}")),
        Then::Done if parts.is_empty() => parts.push("nothing to do".into()),
        _ => {}
    }
    parts.join("\n")
}

fn of(world: &World) -> String {
    told(&plan(&nothing(), &world.facts()))
}

fn secured(world: &World) -> String {
    told(&plan(&secure(), &world.facts()))
}

/// The arguments as the plan leaves them.
fn arguments_after(args: &Args, world: &World) -> serde_json::Value {
    let plan = plan(args, &world.facts());
    let changed = put(plan.changes(), &world.deployment).unwrap();
    changed["spec"]["template"]["spec"]["containers"][0]["args"].clone()
}

fn is_insecure_step(world: &World) -> bool {
    plan(&nothing(), &world.facts()).steps.iter().any(|step| step.id == super::steps::INSECURE)
}

// What is read.

#[test]
fn what_works_is_left_alone() {
    let world = World { reading: read_of(&["lab-1", "lab-2", "lab-3"]), ..World::default() };
    assert_eq!(plan(&nothing(), &world.facts()), Plan::done());
    assert_eq!(plan(&secure(), &world.facts()), Plan::done());
}

#[test]
fn a_node_that_is_not_ready_need_not_be_read() {
    let mut world = World { reading: read_of(&["lab-1", "lab-2"]), ..World::default() };
    world.nodes[2] = node("lab-3", false, 1000);
    assert_eq!(of(&world), "nothing to do");
}

#[test]
fn a_node_that_is_left_out_by_its_labels_is_not_missed() {
    let mut world = World::with_args(&["--node-selector=kubernetes.io/os!=windows"]);
    world.nodes[2]["metadata"]["labels"] = json!({ "kubernetes.io/os": "windows" });
    world.reading = read_of(&["lab-1", "lab-2"]);
    let note = "metrics-server was told to leave out lab-3: --node-selector=kubernetes.io/os!=windows";
    assert_eq!(plan(&nothing(), &world.facts()), Plan { notes: vec![note.into()], ..Plan::done() });
    // Its own pod is on that node: there is none to ask about.
    let mut own = pod("metrics-server-1-a", "metrics-server-1", 9000);
    own["spec"]["nodeName"] = json!("lab-3");
    world.pods = vec![silent(&ready(own))];
    world.reading.pod = None;
    assert_eq!(of(&world), "nothing to do");
    world.reading = read_of(&["lab-1"]);
    assert_ne!(of(&world), "nothing to do");
}

#[test]
fn numbers_without_a_ready_node_prove_nothing() {
    let mut world = World { reading: read_of(&["lab-1", "lab-2", "lab-3"]), ..World::default() };
    world.nodes = vec![node("lab-1", false, 1000)];
    insta::assert_snapshot!(of(&world), @"wait: no node is Ready, so there is nothing to measure");
}

#[test]
fn a_node_that_has_just_become_ready_is_waited_for() {
    let mut world = World { reading: read_of(&["lab-1", "lab-2"]), ..World::logging(9000, &[]) };
    world.pods = vec![silent(&ready(pod("metrics-server-1-a", "metrics-server-1", 9000)))];
    world.nodes[2] = node("lab-3", true, 20);
    insta::assert_snapshot!(of(&world), @"wait: node lab-3 became Ready just now; its first metrics may take 90s");
    world.nodes[2] = node("lab-3", true, 2000);
    insta::assert_snapshot!(of(&world), @"refused: metrics-server has no metrics of lab-3, and its log names no cause");
}

// The evidence that warrants the insecure flag, and what does not.

#[test]
fn unverifiable_certificates_are_answered_by_the_flag() {
    insta::assert_snapshot!(of(&World::default()), @r#"append-insecure-tls: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs"#);
}

#[test]
fn only_a_name_or_authority_error_of_a_scrape_warrants_the_flag() {
    for error in [
        "x509: certificate has expired or is not yet valid: current time 2026-11-22T22:00:00Z is after 2025-01-01T00:00:00Z",
        "dial tcp: lookup lab-1 on 10.96.0.10:53: no such host",
        "request failed, status: \"403 Forbidden\"",
        "request failed, status: \"401 Unauthorized\"",
        "dial tcp 172.30.0.2:10250: connect: connection refused",
        "context deadline exceeded",
        "remote error: tls: internal error",
        "EOF",
    ] {
        let world = World::logging(100, &[(5, scrape("lab-1", error))]);
        assert!(!is_insecure_step(&world), "{error}");
        let plan = plan(&nothing(), &world.facts());
        assert!(plan.steps.is_empty() && plan.refusals.len() == 1, "{error}: {}", told(&plan));
        assert!(plan.refusals[0].allowed_by.is_none(), "{error}");
    }
    let aside = "E1122 22:00:00.0 1 x.go:1] \"Unable to authenticate the request\" err=\"x509: certificate signed by unknown authority\"";
    assert!(!is_insecure_step(&World::logging(100, &[(5, aside.into())])));
}

#[test]
fn one_node_of_several_is_named_as_such() {
    let mut world = World::logging(100, &[(5, scrape("lab-3", NO_IP_SAN))]);
    world.reading = read_of(&["lab-1", "lab-2"]);
    assert!(of(&world).contains("cannot be checked, so lab-3 is not scraped"), "{}", of(&world));
}

#[test]
fn the_cause_is_told_node_by_node() {
    let world = World::logging(100, &[(5, scrape("lab-2", "request failed, status: \"403 Forbidden\""))]);
    insta::assert_snapshot!(of(&world), @r#"refused: metrics-server cannot scrape node lab-2: it does not let metrics-server in (403): request failed, status: "403 Forbidden""#);
}

#[test]
fn an_old_error_is_history() {
    let old: Vec<_> = ["lab-1", "lab-2", "lab-3"].map(|name| (300, scrape(name, NO_IP_SAN))).to_vec();
    assert!(!is_insecure_step(&World::logging(400, &old)));
}

#[test]
fn what_counts_as_old_follows_the_resolution() {
    let late: Vec<_> = ["lab-1", "lab-2", "lab-3"].map(|name| (100, scrape(name, NO_IP_SAN))).to_vec();
    let mut world = World::logging(400, &late);
    assert!(!is_insecure_step(&world));
    world.container()["args"] = json!(["--secure-port=10250", "--metric-resolution=1m"]);
    assert!(is_insecure_step(&world));
}

#[test]
fn an_error_about_a_node_whose_metrics_are_read_is_history() {
    let mut world = World::logging(100, &[(5, scrape("lab-1", NO_IP_SAN))]);
    world.reading = read_of(&["lab-1", "lab-2"]);
    assert!(!is_insecure_step(&world));
    world.reading = read_of(&["lab-2", "lab-3"]);
    assert!(is_insecure_step(&world));
}

#[test]
fn the_flag_is_not_added_twice() {
    let world = World::with_args(&["--secure-port=10250", "--metric-resolution=15s", "--kubelet-insecure-tls"]);
    assert!(!is_insecure_step(&world));
    let world = World::with_args(&["--secure-port=10250", "--kubelet-insecure-tls=true"]);
    assert!(!is_insecure_step(&world));
}

#[test]
fn a_flag_that_is_switched_off_is_switched_on() {
    let world = World::with_args(&["--kubelet-insecure-tls=false", "--secure-port=10250"]);
    assert_eq!(arguments_after(&nothing(), &world), json!(["--kubelet-insecure-tls", "--secure-port=10250"]));
}

#[test]
fn a_misspelt_flag_becomes_the_right_one() {
    let mut world = World::with_args(&["--secure-port=10250", "--kubectl-insecure-tls"]);
    world.pods = vec![unlogged(&waiting(World::crashing(), "CrashLoopBackOff", "back-off"))];
    assert_eq!(arguments_after(&nothing(), &world), json!(["--secure-port=10250", "--kubelet-insecure-tls"]));
    insta::assert_snapshot!(of(&world), @"append-insecure-tls: container metrics-server does not know the flag --kubectl-insecure-tls and ends at once");
}

#[test]
fn a_misspelt_flag_beside_the_right_one_goes() {
    let world = World::with_args(&["--secure-port=10250", "--kubelet-insecure-tls", "--kubectl-insecure-tls"]);
    assert_eq!(arguments_after(&nothing(), &world), json!(["--secure-port=10250", "--kubelet-insecure-tls"]));
}

#[test]
fn with_secure_a_misspelt_flag_is_taken_out() {
    let world = World::with_args(&["--secure-port=10250", "--kubectl-insecure-tls"]);
    assert_eq!(arguments_after(&secure(), &world), json!(["--secure-port=10250"]));
}

// Where the flags stand.

#[test]
fn flags_in_the_command_are_mended_there() {
    let mut world = World::default();
    world.container()["args"] = json!(null);
    world.container()["command"] = json!(["/metrics-server", "--secure-port=10250"]);
    let changed = put(plan(&nothing(), &world.facts()).changes(), &world.deployment).unwrap();
    let container = &changed["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["command"], json!(["/metrics-server", "--secure-port=10250", "--kubelet-insecure-tls"]));
}

#[test]
fn a_misspelt_flag_in_the_command_is_mended_there() {
    let mut world = World::with_args(&["--secure-port=10250"]);
    world.container()["command"] = json!(["/metrics-server", "--kubectl-insecure-tls"]);
    let changed = put(plan(&nothing(), &world.facts()).changes(), &world.deployment).unwrap();
    let container = &changed["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["command"], json!(["/metrics-server", "--kubelet-insecure-tls"]));
    assert_eq!(container["args"], json!(["--secure-port=10250"]));
}

#[test]
fn flags_inside_a_shell_line_are_not_edited() {
    let mut world = World::default();
    world.container()["args"] = json!(null);
    world.container()["command"] = json!(["/bin/sh", "-c", "exec /metrics-server --secure-port=10250"]);
    insta::assert_snapshot!(of(&world), @r#"refused: container metrics-server of Deployment kube-system/metrics-server is started by a shell line, which is not edited: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs"#);
}

#[test]
fn a_port_that_cannot_be_read_is_not_judged() {
    let world = World::with_args(&["--secure-port=$(PORT)", "--metric-resolution=15s"]);
    assert_eq!(plan(&nothing(), &world.facts()).steps[0].id, super::steps::INSECURE);
}

// Ports.

#[test]
fn the_lectures_old_list_is_given_the_right_port_and_announces_the_flag() {
    let world = World::with_args(&["--cert-dir=/tmp", "--secure-port=4443", "--metric-resolution=15s"]);
    insta::assert_snapshot!(of(&world), @r"
    set-secure-port: container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused
    may follow: append-insecure-tls
    ");
    assert_eq!(
        arguments_after(&nothing(), &world),
        json!(["--cert-dir=/tmp", "--secure-port=10250", "--metric-resolution=15s"])
    );
    assert!(plan(&secure(), &world.facts()).may_follow.is_empty());
}

#[test]
fn the_layout_of_0_6_3_only_lacks_the_flag() {
    let mut world = World::with_args(&["--cert-dir=/tmp", "--secure-port=4443", "--metric-resolution=15s"]);
    world.container()["ports"][0]["containerPort"] = json!(4443);
    assert_eq!(
        arguments_after(&nothing(), &world),
        json!(["--cert-dir=/tmp", "--secure-port=4443", "--metric-resolution=15s", "--kubelet-insecure-tls"])
    );
}

#[test]
fn a_service_that_points_past_the_container_is_explained_with_its_own_port() {
    let mut world = World::default();
    let service = world.service.as_mut().unwrap();
    service["spec"]["ports"] = json!([
        { "name": "other", "port": 80, "targetPort": 80 },
        { "name": "https", "port": 443, "targetPort": 4443 },
    ]);
    let plan = plan(&nothing(), &world.facts());
    assert!(plan.steps.is_empty());
    insta::assert_snapshot!(format!("{}\n{}", told(&plan), plan.refusals[0].hints.join("\n")), @r#"
    refused: Service kube-system/metrics-server sends to port 4443, but container metrics-server of Deployment kube-system/metrics-server listens on 10250, and so do its probes
    kubectl -n kube-system patch service metrics-server --type=json -p '[{"op":"add","path":"/spec/ports/1/targetPort","value":"https"}]'
    "#);
}

// Who else writes the Deployment.

#[test]
fn a_managers_deployment_is_only_patched_when_allowed() {
    for (label, code) in [
        ("app.kubernetes.io/managed-by", "helm-managed"),
        ("argocd.argoproj.io/instance", "argocd-managed"),
        ("kustomize.toolkit.fluxcd.io/name", "flux-managed"),
        ("addonmanager.kubernetes.io/mode", "addon-managed"),
    ] {
        let value = if code == "helm-managed" { "Helm" } else { "Reconcile" };
        let mut world = World::default();
        world.deployment["metadata"]["labels"][label] = json!(value);
        let plan = plan(&nothing(), &world.facts());
        assert_eq!(plan.refusals[0].allowed_by, Some(code));
        assert!(!plan.steps.is_empty(), "the step is there for --allow");
    }
}

#[test]
fn a_managed_deployment_that_needs_no_patch_is_not_refused() {
    let mut world = World { reading: read_of(&["lab-1", "lab-2", "lab-3"]), ..World::default() };
    world.deployment["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
    assert_eq!(of(&world), "nothing to do");
    let mut world = World::logging(10, &[]);
    world.deployment["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
    assert!(of(&world).starts_with("wait: "));
}

#[test]
fn a_managed_service_is_only_patched_when_allowed() {
    let mut world = World { pods: Vec::new(), ..World::default() };
    let service = world.service.as_mut().unwrap();
    service["spec"]["selector"] = json!({ "k8s-app": "other" });
    service["metadata"]["labels"] = json!({ "app.kubernetes.io/managed-by": "Helm" });
    let plan = plan(&nothing(), &world.facts());
    assert_eq!(plan.steps[0].id, "select-pods");
    assert_eq!(plan.refusals[0].allowed_by, Some("helm-managed"));
}

// What stands behind the API.

#[test]
fn a_service_that_selects_nothing_is_pointed_to_the_only_metrics_server() {
    let mut world = World { pods: Vec::new(), ..World::default() };
    world.service.as_mut().unwrap()["spec"]["selector"] = json!({ "k8s-app": "other" });
    insta::assert_snapshot!(of(&world), @r"
    select-pods: Service kube-system/metrics-server selects k8s-app=other, which no pod of Deployment kube-system/metrics-server carries: they carry k8s-app=metrics-server
    may follow: append-insecure-tls
    ");
}

#[test]
fn a_selector_without_plain_labels_is_not_made_empty() {
    let mut world = World { pods: Vec::new(), ..World::default() };
    world.service.as_mut().unwrap()["spec"]["selector"] = json!({ "k8s-app": "other" });
    world.deployment["spec"]["selector"] =
        json!({ "matchExpressions": [{ "key": "k8s-app", "operator": "In", "values": ["metrics-server"] }] });
    let plan = plan(&nothing(), &world.facts());
    assert_eq!(plan.steps[0].changes[0].after, Some(json!({ "k8s-app": "metrics-server" })));
}

#[test]
fn another_adapter_is_never_patched() {
    let mut world = World::default();
    world.container()["name"] = json!("adapter");
    world.container()["image"] = json!("registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0");
    insta::assert_snapshot!(of(&world), @"refused: metrics.k8s.io is served by Deployment kube-system/metrics-server, which is not metrics-server: nothing is patched; APIService v1beta1.metrics.k8s.io says MissingEndpoints (none)");
    assert!(plan(&nothing(), &world.facts()).steps.is_empty());
}

#[test]
fn a_service_that_is_gone_is_named() {
    insta::assert_snapshot!(of(&World { service: None, ..World::default() }), @"refused: APIService v1beta1.metrics.k8s.io points to Service kube-system/metrics-server, which does not exist; perhaps it is left over of an earlier installation");
}

#[test]
fn an_api_without_a_service_is_named() {
    let mut facts = World::default().facts();
    facts.backend = None;
    insta::assert_snapshot!(told(&plan(&nothing(), &facts)), @"refused: APIService v1beta1.metrics.k8s.io names no Service: MissingEndpoints (none)");
}

#[test]
fn what_is_not_installed_is_said() {
    let mut facts = World::default().facts();
    (facts.apis, facts.backend) = (Vec::new(), None);
    insta::assert_snapshot!(told(&plan(&nothing(), &facts)), @"refused: metrics-server is not installed: nothing serves metrics.k8s.io");
}

#[test]
fn a_deployment_scaled_to_zero_is_scaled_up() {
    let mut world = World { pods: Vec::new(), ..World::default() };
    world.deployment["spec"]["replicas"] = json!(0);
    insta::assert_snapshot!(of(&world), @r"
    scale-up: Deployment kube-system/metrics-server is scaled to zero, so nobody collects metrics
    may follow: append-insecure-tls
    ");
}

#[test]
fn a_paused_rollout_is_resumed_with_the_flag() {
    let mut world = World::default();
    world.deployment["spec"]["paused"] = json!(true);
    insta::assert_snapshot!(of(&world), @r#"
    append-insecure-tls: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
    resume-rollout: the rollout of Deployment kube-system/metrics-server is paused, so changes of its template do not reach its pods
    "#);
}

// Pods.

#[test]
fn without_evidence_there_is_grace_and_then_an_end() {
    assert!(of(&World::logging(5, &[])).starts_with("wait: "));
    assert!(of(&World::logging(89, &[])).starts_with("wait: "));
    insta::assert_snapshot!(of(&World::logging(91, &[])), @"refused: pod kube-system/metrics-server-1-a runs and is not Ready after 91s; its log names no cause");
}

#[test]
fn the_grace_follows_the_resolution() {
    for resolution in ["60s", "1m", "60000ms", "0h1m0s"] {
        let mut world = World::logging(170, &[]);
        world.container()["args"] = json!(["--secure-port=10250", format!("--metric-resolution={resolution}")]);
        assert!(of(&world).starts_with("wait: "), "{resolution}");
    }
}

#[test]
fn an_absurd_resolution_does_no_harm() {
    for resolution in ["18446744073709551615m", "9223372036854775807s", "-1s", "", "forever", "1e400h"] {
        let mut world = World::default();
        world.container()["args"] = json!(["--secure-port=10250", format!("--metric-resolution={resolution}")]);
        of(&world);
    }
}

#[test]
fn a_change_that_the_controller_has_not_seen_is_waited_for() {
    let mut world = World::default();
    world.deployment["metadata"]["generation"] = json!(2);
    insta::assert_snapshot!(of(&world), @"wait: Deployment kube-system/metrics-server: its controller has not taken up the newest change yet");
}

#[test]
fn old_pods_beside_new_ones_say_nothing() {
    let mut world = World::with_args(&["--secure-port=10250", "--metric-resolution=15s", "--kubelet-insecure-tls"]);
    world.sets.push(set("metrics-server-2", "2"));
    assert!(of(&world).starts_with("wait: "), "{}", of(&world));
    world.pods.push(silent(&pod("metrics-server-2-a", "metrics-server-2", 5)));
    assert!(of(&world).contains("metrics-server-2-a"), "{}", of(&world));
}

#[test]
fn a_pod_that_is_being_deleted_says_nothing() {
    let mut world = World::default();
    world.pods[0].pod.metadata.deletion_timestamp = serde_json::from_value(json!(ago(1))).unwrap();
    assert!(of(&world).starts_with("wait: "));
}

#[test]
fn an_evicted_pod_does_not_speak_for_the_one_that_runs() {
    let mut world = World::default();
    let mut evicted = pod("metrics-server-1-b", "metrics-server-1", 50);
    evicted["status"] = json!({ "phase": "Failed", "reason": "Evicted", "message": "low on memory" });
    world.pods.push(unlogged(&evicted));
    assert!(is_insecure_step(&world), "{}", of(&world));
}

#[test]
fn of_two_replicas_the_one_that_runs_tells_why() {
    let mut world = World::default();
    world.pods.push(unlogged(&unschedulable(pod("metrics-server-1-b", "metrics-server-1", 50), 50)));
    assert!(is_insecure_step(&world), "{}", of(&world));
}

#[test]
fn a_pod_that_no_node_takes_is_named_at_once() {
    let world = World {
        pods: vec![unlogged(&unschedulable(pod("metrics-server-1-a", "metrics-server-1", 2), 2))],
        ..World::default()
    };
    insta::assert_snapshot!(of(&world), @"refused: pod kube-system/metrics-server-1-a fits on no node: 0/3 nodes are available");
}

#[test]
fn a_pod_that_waits_for_its_predecessors_place_is_waited_for() {
    let mut world = World::default();
    world.sets.push(set("metrics-server-2", "2"));
    let new = |since| unlogged(&unschedulable(pod("metrics-server-2-a", "metrics-server-2", since), since));
    world.pods.push(new(3));
    insta::assert_snapshot!(of(&world), @"wait: pod kube-system/metrics-server-2-a fits on no node: 0/3 nodes are available (an older pod is still leaving)");
    world.pods[1] = new(300);
    assert!(of(&world).starts_with("refused: "), "the old pod does not go by itself: {}", of(&world));
    world.pods[0].pod.metadata.deletion_timestamp = serde_json::from_value(json!(ago(1))).unwrap();
    assert!(of(&world).starts_with("wait: "), "it is going");
}

#[test]
fn an_image_that_cannot_be_pulled_is_named() {
    let pod = pod("metrics-server-1-a", "metrics-server-1", 5);
    let world = World { pods: vec![unlogged(&waiting(pod, "ImagePullBackOff", "not found"))], ..World::default() };
    insta::assert_snapshot!(of(&world), @"refused: the image registry.k8s.io/metrics-server/metrics-server:v0.9.0 of pod kube-system/metrics-server-1-a cannot be pulled on lab-1: ImagePullBackOff: not found");
}

#[test]
fn a_container_that_is_being_made_is_waited_for() {
    let pod = pod("metrics-server-1-a", "metrics-server-1", 5);
    let world = World { pods: vec![unlogged(&waiting(pod, "ContainerCreating", ""))], ..World::default() };
    insta::assert_snapshot!(of(&world), @"wait: pod kube-system/metrics-server-1-a: ContainerCreating");
}

#[test]
fn a_pod_on_a_node_that_is_gone_is_not_accused() {
    let mut world = World::logging(5000, &[]);
    world.nodes[0] = node("lab-1", false, 60);
    insta::assert_snapshot!(of(&world), @"wait: node lab-1 is not Ready; its pod kube-system/metrics-server-1-a moves to another after some minutes");
}

#[test]
fn a_pod_of_a_living_node_tells_more_than_one_of_a_dead() {
    let mut world = World::default();
    let mut dead = pod("metrics-server-1-b", "metrics-server-1", 50);
    dead["spec"]["nodeName"] = json!("lab-2");
    world.pods.push(with_log(&dead, lab::Log::Unreadable("no route to host".into())));
    world.nodes[1] = node("lab-2", false, 60);
    assert!(is_insecure_step(&world), "{}", of(&world));
}

#[test]
fn a_deployment_that_may_not_create_its_pod_says_why() {
    let mut world = World { pods: Vec::new(), ..World::default() };
    world.deployment["status"]["conditions"] =
        json!([{ "type": "ReplicaFailure", "status": "True", "message": "exceeded quota: small" }]);
    insta::assert_snapshot!(of(&world), @"refused: Deployment kube-system/metrics-server cannot create its pod: exceeded quota: small");
}

#[test]
fn what_the_program_may_not_read_is_named_while_it_lasts() {
    let line =
        "E1122 22:00:00.0 1 reflector.go:1] \"Failed to watch\" err=\"nodes is forbidden: User \\\"x\\\" cannot list\"";
    let told_of = |ago| of(&World::logging(5000, &[(ago, line.into())]));
    assert!(told_of(10).contains("may not read what it needs"), "{}", told_of(10));
    assert!(!told_of(4000).contains("may not read what it needs"), "{}", told_of(4000));
}

#[test]
fn an_old_trouble_does_not_hide_the_evidence() {
    let mut lines: Vec<_> = ["lab-1", "lab-2", "lab-3"].map(|name| (5, scrape(name, NO_IP_SAN))).to_vec();
    lines.insert(0, (4000, "E1122 1 x.go:1] \"a\" err=\"nodes is forbidden: User \\\"x\\\" cannot list\"".into()));
    assert!(is_insecure_step(&World::logging(5000, &lines)));
}

#[test]
fn a_crash_is_told_with_its_last_words() {
    let mut world = World::default();
    let pod = waiting(World::crashing(), "CrashLoopBackOff", "back-off");
    let mut seen = unlogged(&pod);
    seen.previous = Some(log(&[(30, "panic: out of luck".into())]));
    world.pods = vec![seen];
    insta::assert_snapshot!(of(&world), @"refused: container metrics-server of pod kube-system/metrics-server-1-a keeps ending (Error, exit code 1); its last error: panic: out of luck");
}

// Serving certificates.

#[test]
fn pending_requests_are_offered_but_never_approved_without_secure() {
    let mut world = World::logging(100, &[(5, scrape("lab-1", "remote error: tls: internal error"))]);
    world.requests = vec![request(&right(), |_| {})];
    insta::assert_snapshot!(of(&world), @"refused: a request for a kubelet serving certificate is pending (of lab-1): nobody has approved it, so this kubelet cannot be scraped");
    assert_eq!(plan(&nothing(), &world.facts()).changes().count(), 0);
}

#[test]
fn secure_approves_what_matches_and_says_that_it_lasts() {
    let mut world = World::logging(100, &[(5, scrape("lab-1", "remote error: tls: internal error"))]);
    world.requests = vec![request(&right(), |_| {})];
    insta::assert_snapshot!(secured(&world), @"approve-serving-requests: these kubelets wait for their serving certificates; requestor, usages, names and addresses match their Nodes");
    assert!(plan(&secure(), &world.facts()).steps[0].cannot_be_undone.is_some());
}

#[test]
fn secure_never_adds_the_flag() {
    insta::assert_snapshot!(secured(&World::default()), @"refused: the kubelets do not ask for serving certificates that could be approved, so there is no secure way yet");
    let world = World::with_args(&["--secure-port=10250", "--kubelet-insecure-tls=false"]);
    assert!(plan(&secure(), &world.facts()).steps.is_empty());
}

#[test]
fn a_request_that_does_not_match_stays_and_is_named() {
    let mut world = World::logging(100, &[(5, scrape("lab-1", "remote error: tls: internal error"))]);
    world.requests = vec![request(&right(), |raw| raw["spec"]["usages"] = json!(["client auth"]))];
    let plan = plan(&secure(), &world.facts());
    assert!(plan.steps.is_empty());
    insta::assert_snapshot!(format!("{}\n{}", told(&plan), plan.refusals[0].hints.join("\n")), @r#"
    refused: no pending request for a kubelet serving certificate may be approved
    request csr-1 of "lab-1" stays pending: it asks for the usage "client auth", which a serving certificate does not need
    "#);
}

#[test]
fn a_pending_request_does_not_hide_another_cause() {
    let mut world = World::logging(100, &[(5, scrape("lab-1", "request failed, status: \"403 Forbidden\""))]);
    world.requests = vec![request(&right(), |_| {})];
    assert!(of(&world).contains("403"), "{}", of(&world));
}

#[test]
fn a_pending_renewal_does_not_end_the_wait_for_the_first_metrics() {
    let mut world = World::logging(5, &[]);
    world.requests = vec![request(&right(), |_| {})];
    assert!(of(&world).starts_with("wait: "), "{}", of(&world));
}

#[test]
fn a_log_that_the_kubelet_cannot_serve_points_to_its_request() {
    let mut world = World::default();
    let pod = pod("metrics-server-1-a", "metrics-server-1", 20);
    world.pods = vec![with_log(&pod, lab::Log::Unreadable("remote error: tls: internal error".into()))];
    world.requests = vec![request(&right(), |_| {})];
    assert!(
        of(&world).starts_with("refused: a request for a kubelet serving certificate is pending"),
        "{}",
        of(&world)
    );
}

#[test]
fn requests_that_may_not_be_seen_are_not_said_to_be_missing() {
    let mut world = World::logging(100, &[(5, scrape("lab-1", "remote error: tls: internal error"))]);
    world.may_see_requests = false;
    insta::assert_snapshot!(of(&world), @"refused: kubelets have no serving certificate; whether they ask for one cannot be seen, because the right to list certificatesigningrequests is missing");
}

#[test]
fn a_certificate_that_was_issued_just_now_is_waited_for() {
    let mut world = World::logging(100, &[(5, scrape("lab-1", "remote error: tls: internal error"))]);
    let approved = |ago_: i64| {
        request(&right(), |raw| {
            raw["status"] = json!({
                "certificate": "eA==",
                "conditions": [{ "type": "Approved", "status": "True", "lastUpdateTime": ago(ago_) }],
            });
        })
    };
    world.requests = vec![approved(20)];
    assert!(of(&world).starts_with("wait: "), "{}", of(&world));
    world.requests = vec![approved(200)];
    assert!(of(&world).starts_with("refused: "), "{}", of(&world));
}
