//! One kill for each kind of step, where kubelets and controllers are real. Every request is killed at on light clusters: see
//! `cargo interruptions`.

use lab_cli::run::Output;
use lab_e2e::{Everything, Manifest, Stage};
use lab_faults::{FaultProxy, Rule, Victim, When};

const JOURNALS: &str = "/api/v1/namespaces/kube-system/configmaps";
const EACH_JOURNAL: &str = "/api/v1/namespaces/kube-system/configmaps/*";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/kube-system/deployments";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server";
const PROXY_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kube-proxy";
const DAEMON_SET: &str = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";

fn everything(stage: &Stage) -> Everything {
    Everything::of(&stage.direct()).expect("everything can be listed")
}

/// The cluster as a test begins with it.
fn before(stage: &Stage) -> Everything {
    stage.clear_journals();
    everything(stage)
}

fn is_as(stage: &Stage, before: &Everything, output: &Output) {
    // Controllers have a part in it, too.
    let after = stage.eventually("as many objects as before", |stage| {
        let now = everything(stage);
        (now.objects().count() == before.objects().count()).then_some(now)
    });
    assert_eq!(after.differences(before), "", "{output}");
}

/// `kubectl lab …`, killed when a request that the rule chooses arrives at the API server, or has been carried out.
fn killed(stage: &Stage, words: &[&str], at: Rule, when: When) {
    let proxy = FaultProxy::start(&stage.kubeconfig()).expect("a proxy");
    let victim = Victim::default();
    proxy.on(at.nth(1), when, victim.killer());
    let output = stage.lab_as(&proxy.kubeconfig(), words).by(|command| victim.run(command)).expect("it runs");
    proxy.settle();
    assert_eq!((output.code, proxy.faulted().len()), (None, 1), "{output}");
}

fn nothing_is_left_to_do(stage: &Stage, words: &[&str]) {
    let again = stage.lab(words).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
}

#[test]
fn at_the_first_write_of_the_journal() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream());
    let before = before(&stage);
    let journal = || Rule::method("POST").path(JOURNALS);
    killed(&stage, &["metrics-fix"], journal(), When::Before);
    nothing_is_left_to_do(&stage, &["undo", "--last"]);
    assert_eq!(everything(&stage).differences(&before), "");

    killed(&stage, &["metrics-fix"], journal(), When::After);
    stage.lab(&["metrics-fix"]).run().succeeds();
    nothing_is_left_to_do(&stage, &["metrics-fix"]);
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    is_as(&stage, &before, &output);
}

#[test]
fn at_the_patch_of_the_deployment() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream());
    let before = before(&stage);
    killed(&stage, &["metrics-fix"], Rule::method("PATCH").path(DEPLOYMENT), When::After);
    assert!(stage.args().contains(&"--kubelet-insecure-tls".to_owned()), "it was killed before the patch");
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    is_as(&stage, &before, &output);
}

/// The file of an installation, in a folder of its own.
fn manifest() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("components.yaml");
    std::fs::write(&file, Manifest::upstream().documents()).expect("a file");
    let file = file.to_str().expect("a path").to_owned();
    (folder, file)
}

#[test]
fn at_the_creation_of_an_object() {
    let stage = Stage::full();
    let before = before(&stage);
    let (_folder, file) = manifest();
    let install = ["metrics-fix", "--install", "--manifest", &file];
    killed(&stage, &install, Rule::method("POST").path(DEPLOYMENTS), When::After);
    stage.lab(&install).run().succeeds();
    nothing_is_left_to_do(&stage, &install);
    assert!(stage.top().is_ok(), "there are no metrics");
    // What either run has created goes with the one journal.
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    is_as(&stage, &before, &output);
}

#[test]
fn at_a_deletion_of_undo() {
    let stage = Stage::full();
    let before = before(&stage);
    let (_folder, file) = manifest();
    // Created is enough; metrics are not waited for.
    let output = stage.lab(&["metrics-fix", "--install", "--manifest", &file, "--timeout", "3s"]).run();
    assert_eq!(output.code, Some(4), "{output}");
    killed(&stage, &["undo", "--last"], Rule::method("DELETE").path(DEPLOYMENT), When::After);
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    nothing_is_left_to_do(&stage, &["undo", "--last"]);
    is_as(&stage, &before, &output);
}

#[test]
fn at_the_mark_of_undo() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream());
    let before = before(&stage);
    killed(&stage, &["metrics-fix"], Rule::method("PATCH").path(DEPLOYMENT), When::After);
    killed(&stage, &["undo", "--last"], Rule::method("PATCH").path(EACH_JOURNAL), When::Before);
    assert_eq!(everything(&stage).differences(&before), "", "the mark is what undo writes last");
    stage.lab(&["undo", "--last"]).run().succeeds();
    nothing_is_left_to_do(&stage, &["undo", "--last"]);
    assert_eq!(everything(&stage).differences(&before), "");
}

const ON: [&str; 3] = ["strict-arp", "on", "--restart"];

/// What the running kube-proxies say that they use.
fn uses(stage: &Stage) -> Vec<serde_json::Value> {
    let report = stage.lab(&["strict-arp", "--look", "-o", "json"]).run().succeeds().json();
    let nodes = report["nodes"].as_array().cloned().unwrap_or_default();
    nodes.iter().map(|node| node["strictArp"].clone()).collect()
}

#[test]
fn at_the_write_of_a_config_map() {
    let stage = Stage::proxy();
    let before = before(&stage);
    let pods = stage.kube_proxies();
    killed(&stage, &ON, Rule::method("PATCH").path(PROXY_CONFIG), When::After);
    assert_eq!(stage.kube_proxies(), pods, "it was killed after the restart");
    stage.lab(&ON).run().succeeds();
    nothing_is_left_to_do(&stage, &ON);
    assert_eq!(uses(&stage), [true, true]);
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    is_as(&stage, &before, &output);
    assert_eq!(uses(&stage), [false, false]);
}

#[test]
fn at_a_restart() {
    let stage = Stage::proxy();
    let before = before(&stage);
    killed(&stage, &ON, Rule::method("PATCH").path(DAEMON_SET), When::After);
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    is_as(&stage, &before, &output);
    assert_eq!(uses(&stage), [false, false]);
}

/// Between the value that is put back and the restart that makes it count.
#[test]
fn at_a_restart_of_undo() {
    let stage = Stage::proxy();
    let before = before(&stage);
    stage.lab(&ON).run().succeeds();
    killed(&stage, &["undo", "--last"], Rule::method("PATCH").path(DAEMON_SET), When::Before);
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    nothing_is_left_to_do(&stage, &["undo", "--last"]);
    is_as(&stage, &before, &output);
    assert_eq!(uses(&stage), [false, false]);
}
