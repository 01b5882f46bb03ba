use super::{RANGE, alive, everything, install};

/// The namespace is part of what is installed, so the API server cannot check what is in it.
#[test]
fn an_installation_is_checked_as_far_as_a_cluster_without_its_namespace_can() {
    let api = alive([]);
    let before = everything(&api);
    let output = install(&api, &["--pool", RANGE, "--dry-run=server"]).run().succeeds();
    let checked: Vec<&str> = output.stderr.lines().filter(|line| line.contains("checked")).collect();
    insta::assert_snapshot!(checked[1..].join("\n"), @r"
    checked by the API server: create MetalLB v0.16.2 (26 objects)
    not checked: 11 of them, in Namespace metallb-system, which is yet to come
    ");
    assert_eq!(everything(&api), before);
}
