use lab_e2e::{ELSEWHERE, LECTURE_ARGS, Manifest, Stage};
use serde_json::Value;

const FLAG: &str = "--kubelet-insecure-tls";

/// The arguments of the upstream manifest and the flag behind them.
fn upstream_and_flag(port: u16) -> Vec<String> {
    let port = format!("--secure-port={port}");
    let args = LECTURE_ARGS
        .map(|argument| if argument.starts_with("--secure-port") { port.clone() } else { argument.to_owned() });
    args.to_vec()
}

fn generation(stage: &Stage) -> Value {
    stage.deployment()["metadata"]["generation"].clone()
}

/// The change shown by a dry run is the change that is made; evidence is waited for; the second run changes nothing.
#[test]
fn the_upstream_manifest_just_applied() {
    mends_the_upstream_manifest(&Stage::full());
}

pub fn mends_the_upstream_manifest(stage: &Stage) {
    let nodes = usize::from(stage.cluster.spec().nodes);
    stage.apply(&Manifest::upstream());
    let shown = stage.lab(&["metrics-fix", "--dry-run=server", "--diff", "-o", "json"]).run().succeeds();
    // Whether that is seen at once or waited for depends on how far the pod is.
    assert!(shown.stderr.contains("doesn't contain any IP SANs"), "{shown}");
    assert!(!stage.args().contains(&FLAG.to_owned()), "a dry run changes nothing");
    let planned = shown.json()["plan"]["steps"][0]["changes"].clone();
    assert_eq!(planned[0]["after"], FLAG);
    let before = stage.deployment();

    let holder = stage.holder("metrics-fix");
    let output = holder.lab(&["metrics-fix", "-o", "json"]).run().succeeds();
    holder.has_used_all(&[], &output);
    assert_eq!(stage.args(), upstream_and_flag(10250));
    assert!(output.stderr.contains("container metrics-server of Deployment kube-system/metrics-server"), "{output}");
    assert_eq!(output.json()["steps"][0]["outcome"], "done", "{output}");
    assert_eq!(made(&before, &stage.deployment()), shown_by(&shown.stderr), "the diff shows what is made");
    let top = stage.top().expect("kubectl top works");
    assert_eq!(top.lines().count(), nodes + 1, "each node and a heading:\n{top}");

    let generation_before = generation(stage);
    let again = stage.lab(&["metrics-fix"]).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    let read =
        format!("metrics work: read of {nodes} nodes ({nodes} are Ready) and of pod kube-system/metrics-server-");
    assert!(again.stdout.starts_with(&read), "{again}");
    assert_eq!(generation(stage), generation_before);
}

/// The lines that a change adds to and takes from an object's specification.
fn made(before: &Value, after: &Value) -> Vec<String> {
    let args = |object: &Value| -> Vec<String> {
        let args = object
            .pointer("/spec/template/spec/containers/0/args")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        args.iter().map(|argument| argument.as_str().unwrap_or_default().to_owned()).collect()
    };
    let (before, after) = (args(before), args(after));
    let gone = before.iter().filter(|argument| !after.contains(argument)).map(|argument| format!("-{argument}"));
    let new = after.iter().filter(|argument| !before.contains(argument)).map(|argument| format!("+{argument}"));
    gone.chain(new).collect()
}

fn shown_by(diff: &str) -> Vec<String> {
    let changed = |line: &&str| {
        (line.starts_with('+') || line.starts_with('-')) && !line.starts_with("+++") && !line.starts_with("---")
    };
    diff.lines()
        .filter(changed)
        .map(|line| format!("{}{}", &line[..1], line[1..].trim_start().trim_start_matches("- ")))
        .collect()
}

/// The slide's patch on a release that listens on 10250: every argument but the port is right.
#[test]
fn the_lectures_old_patch() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream());
    stage.patch_args(&LECTURE_ARGS);
    let output = stage.lab(&["metrics-fix"]).run().succeeds();
    let why = "container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused";
    assert!(output.stderr.contains(why), "{output}");
    assert_eq!(stage.args(), upstream_and_flag(10250));
    assert!(stage.top().is_ok());
}

/// In the older layout 4443 is right, and only the flag is missing.
#[test]
fn the_older_release_with_its_own_port() {
    let stage = Stage::full();
    stage.apply(&Manifest::old());
    let output = stage.lab(&["metrics-fix"]).run().succeeds();
    assert!(output.stdout.contains("v0.6.3"), "{output}");
    assert_eq!(stage.args(), upstream_and_flag(4443));
}

#[test]
fn the_flag_switched_off_or_given_twice() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream().arg(FLAG).arg("--kubelet-insecure-tls=false"));
    let output = stage.lab(&["metrics-fix"]).run().succeeds();
    assert_eq!(stage.args(), upstream_and_flag(10250), "{output}");
}

/// The program ends on a flag that it does not know.
#[test]
fn the_flag_misspelt() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream().arg("--kubectl-insecure-tls"));
    let output = stage.lab(&["metrics-fix"]).run().succeeds();
    assert!(output.stderr.contains("does not know the flag --kubectl-insecure-tls and ends at once"), "{output}");
    assert_eq!(stage.args(), upstream_and_flag(10250));
}

/// Another name, another namespace, a sidecar in front, and Helm's labels.
#[test]
fn what_helm_manages_is_refused_unless_allowed() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream().as_helm_would(ELSEWHERE, "ms-metrics-server"));
    let refused = stage.lab(&["metrics-fix"]).run();
    assert_eq!(refused.code, Some(7), "{refused}");
    let line = "helm upgrade ms metrics-server/metrics-server -n monitoring --reuse-values --set 'args={--kubelet-insecure-tls}'";
    assert!(refused.stderr.contains(line), "{refused}");
    assert!(refused.stderr.contains("--allow helm-managed"), "{refused}");
    let still_refused = stage.lab(&["metrics-fix", "--yes"]).run();
    assert_eq!(still_refused.code, Some(7), "--yes answers no refusal: {still_refused}");

    stage.lab(&["metrics-fix", "--allow", "helm-managed"]).run().succeeds();
    let deployment = stage.get(&["deployment", "ms-metrics-server", "-n", ELSEWHERE]);
    let containers = &deployment["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers[0]["name"], "sidecar");
    assert!(containers[0].get("args").is_none(), "the sidecar is left alone: {containers}");
    assert!(containers[1]["args"].as_array().is_some_and(|args| args.iter().any(|argument| argument == FLAG)));
}

/// Three states between which nothing has to be installed anew.
#[test]
fn scaled_to_zero_then_unselected_then_paused() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream().arg(FLAG));
    stage.lab(&["metrics-fix"]).run().succeeds();

    stage.kubectl(&["scale", "deployment/metrics-server", "-n", "kube-system", "--replicas=0"]);
    let output = stage.lab(&["metrics-fix"]).run().succeeds();
    assert!(output.stderr.contains("Deployment kube-system/metrics-server is scaled to zero"), "{output}");
    assert_eq!(stage.deployment()["spec"]["replicas"], 1);

    let nobody = r#"{"spec":{"selector":{"k8s-app":"metric-server"}}}"#;
    stage.kubectl(&["patch", "service", "metrics-server", "-n", "kube-system", "-p", nobody]);
    stage.eventually("the endpoints are gone", |stage| stage.top().is_err().then_some(()));
    let output = stage.lab(&["metrics-fix"]).run().succeeds();
    let why = "Service kube-system/metrics-server selects k8s-app=metric-server, which no pod of Deployment kube-system/metrics-server carries: they carry k8s-app=metrics-server";
    assert!(output.stderr.contains(why), "{output}");

    // Somebody takes the flag out, pauses, and puts it back in: the pods never hear of it.
    let without: Vec<&str> = LECTURE_ARGS[..5]
        .iter()
        .map(|argument| if *argument == "--secure-port=4443" { "--secure-port=10250" } else { argument })
        .collect();
    stage.patch_args(&without);
    stage.kubectl(&["rollout", "pause", "deployment/metrics-server", "-n", "kube-system"]);
    stage.kubectl(&["delete", "pod", "-n", "kube-system", "-l", "k8s-app=metrics-server", "--grace-period=1"]);
    let output = stage.lab(&["metrics-fix"]).run().succeeds();
    assert!(output.stderr.contains("the rollout of Deployment kube-system/metrics-server is paused"), "{output}");
    assert!(stage.deployment()["spec"].get("paused").is_none());
    assert_eq!(stage.args(), upstream_and_flag(10250));
}
