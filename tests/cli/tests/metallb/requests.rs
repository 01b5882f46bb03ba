//! What a removal asks for: everything at its beginning and at its end, and in between only what its last stage has changed.

use lab_cli::api::Api;
use lab_cli::objects::metallb::{self, MetalLb};
use lab_cli::run::Run;

use super::{RANGE, alive, install, lab, stage};

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

/// MetalLB by this program, with a pool of which a Service has an address.
fn installed() -> Api {
    let api = alive([metallb::balanced("default", "web")]);
    install(&api, &["--pool", RANGE]).run().succeeds();
    api
}

#[test]
fn of_taking_an_installation_back_are_few() {
    let api = installed();
    let undo = || Run::verb("undo").against(&api).args(["--last"]).run().succeeds();
    let count = of(&api, || drop(undo()));
    assert!(count <= 106, "{count} requests:\n{}", api.seen());
    assert_eq!(of(&api, || drop(undo())), 1, "the journal tells that nothing is left to do");
}

/// The API server may take minutes to remove a kind of which nothing was ever asked for.
#[test]
fn each_kind_is_asked_for_before_it_goes() {
    let listed_before_deleted = |api: &Api, since: usize| {
        let seen = api.seen();
        let lines: Vec<String> =
            seen.requests()[since..].iter().map(|one| format!("{} {}", one.method, one.path)).collect();
        let kinds = lines.iter().enumerate().filter_map(|(at, line)| {
            let name = line.strip_prefix("DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/")?;
            Some((at, name.strip_suffix(".metallb.io")?))
        });
        let kinds: Vec<(usize, &str)> = kinds.collect();
        assert_eq!(kinds.len(), 9, "{lines:#?}");
        for (at, plural) in kinds {
            let is_list =
                |line: &String| line.starts_with("GET /apis/metallb.io/") && line.ends_with(&format!("/{plural}"));
            assert!(lines[..at].iter().any(is_list), "{plural} was not asked for:\n{lines:#?}");
        }
    };
    let api = stage(&MetalLb::default());
    lab(&api, &["uninstall", "--yes"]).succeeds();
    listed_before_deleted(&api, 0);
    let api = installed();
    let since = api.seen().count();
    Run::verb("undo").against(&api).args(["--last"]).run().succeeds();
    listed_before_deleted(&api, since);
}
