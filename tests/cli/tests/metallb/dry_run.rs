use lab_cli::objects::metallb::{By, MetalLb};
use lab_cli::run::Run;
use serde_json::Value;

use super::{RANGE, alive, everything};

/// The namespace is part of what is installed, so the API server cannot check what is in it.
#[test]
fn an_installation_is_checked_as_far_as_a_cluster_without_its_namespace_can() {
    let api = alive([]);
    let before = everything(&api);
    let run = Run::verb("metallb").against(&api);
    let objects = MetalLb { by: By::Kubectl, ..MetalLb::default() }.objects();
    let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
    std::fs::write(run.home().join("metallb.yaml"), documents.join("\n---\n")).unwrap();
    let words = ["install", "--manifest", "metallb.yaml", "--pool", RANGE, "--dry-run=server"];
    let output = run.args(words).run().succeeds();
    let checked: Vec<&str> = output.stderr.lines().filter(|line| line.contains("checked")).collect();
    insta::assert_snapshot!(checked[1..].join("\n"), @r"
    checked by the API server: create MetalLB v0.16.2 (26 objects)
    not checked: 11 of them, in Namespace metallb-system, which is yet to come
    ");
    assert_eq!(everything(&api), before);
}
