//! Taking back what a verb has done: the cluster is as it was, others' changes stay, and ours only goes where it still is ours.

use lab_e2e::{Everything, Manifest, Stage};
use serde_json::json;

const FLAG: &str = "--kubelet-insecure-tls";

fn everything(stage: &Stage) -> Everything {
    Everything::of(&stage.direct()).expect("everything can be listed")
}

#[test]
fn the_fix_is_taken_back() {
    let stage = Stage::full();
    stage.clear_journals();
    stage.apply(&Manifest::upstream());
    let before = everything(&stage);
    stage.lab(&["metrics-fix"]).run().succeeds();
    let holder = stage.holder("undo");
    let output = holder.lab(&["undo", "--last"]).run().succeeds();
    holder.has_used_all(&[], &output);
    assert!(output.stdout.contains("undone"), "{output}");
    let after = everything(&stage);
    assert_eq!(after.differences(&before), "");
    let again = stage.lab(&["undo", "--last"]).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
}

#[test]
fn the_installation_is_taken_back_with_all_its_objects() {
    let stage = Stage::full();
    stage.clear_journals();
    let before = everything(&stage);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("components.yaml");
    std::fs::write(&file, Manifest::upstream().documents()).expect("a file");
    stage.lab(&["metrics-fix", "--install", "--manifest", file.to_str().expect("a path")]).run().succeeds();
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    stage.eventually("the last pod has gone", |stage| {
        let pods = stage.kubectl(&["get", "pods", "-n", "kube-system", "-l", "k8s-app=metrics-server", "-o", "name"]);
        pods.trim().is_empty().then_some(())
    });
    assert_eq!(everything(&stage).differences(&before), "", "{output}");
}

#[test]
fn a_neighbours_argument_stays() {
    let stage = Stage::full();
    stage.clear_journals();
    stage.apply(&Manifest::upstream());
    stage.lab(&["metrics-fix"]).run().succeeds();
    let add = r#"[{"op":"add","path":"/spec/template/spec/containers/0/args/0","value":"-v=1"}]"#;
    stage.kubectl(&["patch", "deployment", "metrics-server", "-n", "kube-system", "--type=json", "-p", add]);
    stage.lab(&["undo", "--last"]).run().succeeds();
    let args = stage.args();
    assert_eq!(args[0], "-v=1");
    assert!(!args.contains(&FLAG.to_owned()), "{args:?}");
}

#[test]
fn our_argument_changed_by_somebody_else_is_not_touched() {
    let stage = Stage::full();
    stage.clear_journals();
    stage.apply(&Manifest::upstream());
    stage.lab(&["metrics-fix"]).run().succeeds();
    let at = stage.args().iter().position(|argument| argument == FLAG).expect("the flag");
    let change =
        format!(r#"[{{"op":"replace","path":"/spec/template/spec/containers/0/args/{at}","value":"{FLAG}=false"}}]"#);
    stage.kubectl(&["patch", "deployment", "metrics-server", "-n", "kube-system", "--type=json", "-p", &change]);
    let before = stage.args();
    let output = stage.lab(&["undo", "--last"]).run();
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("was changed since, at spec.template.spec.containers[name=metrics-server].args, last written by \"kubectl-patch\""), "{output}");
    assert!(output.stderr.contains(&format!("the run wrote \"{FLAG}\", now there is \"{FLAG}=false\"")), "{output}");
    assert_eq!(stage.args(), before);
}

/// A journal that somebody has written to make an administrator change something else.
#[test]
fn a_forged_journal_is_refused() {
    let stage = Stage::full();
    stage.clear_journals();
    stage.apply(&Manifest::upstream());
    stage.lab(&["metrics-fix"]).run().succeeds();
    let journals = stage.get(&["configmap", "-n", "kube-system", "-l", "kubectl-lab/state"]);
    let mut journal = journals["items"][0].clone();
    stage.kubectl(&["create", "namespace", "forged"]);
    journal["metadata"] =
        json!({ "name": "kubectl-lab-forged", "namespace": "forged", "labels": journal["metadata"]["labels"] });
    stage.clear_journals();
    stage.feed(&["create"], &journal.to_string());
    let before = stage.args();
    let output = stage.lab(&["undo", "--last"]).run();
    stage.kubectl(&["delete", "namespace", "forged"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("the journal in namespace forged asks to change Deployment kube-system/metrics-server, outside its namespace"), "{output}");
    assert_eq!(stage.args(), before);
}
