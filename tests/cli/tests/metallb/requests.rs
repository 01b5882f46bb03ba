//! What a removal asks for: everything at its beginning and at its end, and in between only what its last stage has changed.

use lab_cli::api::Api;
use lab_cli::objects::metallb::{self, By, MetalLb};
use lab_cli::run::Run;
use serde_json::Value;

use super::{RANGE, alive, lab, stage};

/// How many there were in the meantime, watches apart.
fn of(api: &Api, run: impl FnOnce()) -> usize {
    let before = api.seen().without_watches().count();
    run();
    api.seen().without_watches().count() - before
}

#[test]
fn of_an_uninstallation_are_few() {
    let api = stage(&MetalLb::default());
    let count = of(&api, || drop(lab(&api, &["uninstall", "--yes"]).succeeds()));
    assert!(count <= 132, "{count} requests:\n{}", api.seen());
    let again = of(&api, || drop(lab(&api, &["uninstall"]).succeeds()));
    assert!(again <= 21, "{again} requests where there is nothing to remove:\n{}", api.seen());
}

#[test]
fn of_taking_an_installation_back_are_few() {
    let api = alive([metallb::balanced("default", "web")]);
    let run = Run::verb("metallb").against(&api);
    let objects = MetalLb { by: By::Kubectl, ..MetalLb::default() }.objects();
    let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
    std::fs::write(run.home().join("metallb.yaml"), documents.join("\n---\n")).unwrap();
    run.args(["install", "--manifest", "metallb.yaml", "--pool", RANGE]).run().succeeds();
    let undo = || Run::verb("undo").against(&api).args(["--last"]).run().succeeds();
    let count = of(&api, || drop(undo()));
    assert!(count <= 106, "{count} requests:\n{}", api.seen());
    assert_eq!(of(&api, || drop(undo())), 1, "the journal tells that nothing is left to do");
}
