//! The reports of `metallb install` against their schema.

use std::path::PathBuf;

use lab_cli::api::Api;
use lab_cli::objects::KubeProxy;
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::metallb::{By, MetalLb};
use lab_cli::world::{World, nodes};
use lab_plan::Exit;
use serde_json::Value;

use super::metallb_looks::{as_promised_but, run};
use super::schemas::schema;

const RANGE: &str = "172.30.0.200-172.30.0.220";

fn alive(objects: impl IntoIterator<Item = Value>) -> Api {
    let api = World::default().stage(objects);
    lab_cli::world::metallb::live(&api);
    api
}

/// A manifest as somebody has saved it.
pub(super) struct Manifest {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Manifest {
    fn current() -> Manifest {
        let objects = MetalLb { by: By::Kubectl, ..MetalLb::default() }.objects();
        let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
        Manifest::of(&documents.join("\n---\n"))
    }

    pub(super) fn of(text: &str) -> Manifest {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metallb.yaml");
        std::fs::write(&path, text).expect("a file");
        Manifest { path, _folder: folder }
    }

    pub(super) fn words<'w>(&'w self, more: &[&'w str]) -> Vec<&'w str> {
        [&["install", "--manifest", self.path.to_str().expect("a path")], more].concat()
    }
}

/// kube-proxy in ipvs mode beside a MetalLB without a pool.
fn in_ipvs_mode() -> Api {
    let api = KubeProxy::in_mode("ipvs").stage(nodes());
    api.change(|store| store.put_all(MetalLb::default().objects()));
    World::default().live(&api);
    lab_cli::world::metallb::live(&api);
    api
}

/// No node may announce an address.
fn without_an_announcer() -> Api {
    let api = alive([]);
    api.change(|store| {
        for node in ["lab-1", "lab-2", "lab-3"] {
            store.edit("nodes", node, |node| {
                node["metadata"]["labels"]["node.kubernetes.io/exclude-from-external-load-balancers"] = "".into();
            });
        }
    });
    api
}

#[test]
fn installations_are_as_promised() {
    let manifest = Manifest::current();
    let bare = alive([]);
    let old = alive(MetalLb::version("v0.13.12").objects());
    let foreign = alive(MetalLb { by: By::Kubectl, ..MetalLb::version("v0.13.12") }.objects());
    let forbidden = alive([]);
    forbidden.deny("list", "nodes", None);
    let without_a_pool = alive(MetalLb::default().objects());
    without_a_pool.controller(|store| job::live(store, |_| Fate::Writes("nothing\n\nkubectl-lab-done\n".into())));
    let unlabel = ["--pool", RANGE, "--dry-run=client", "--allow", "remove-exclude-label"];
    let adopt = ["--pool", RANGE, "--dry-run=client", "--allow", "adopt", "--allow", "cascade"];
    as_promised_but(
        // What it shows takes a real cluster: tests/e2e holds its report against the schema.
        &["proof", "verified", "hop", "here"],
        "metallb-install.v1.json",
        vec![
            (Exit::Done, run(&bare, &manifest.words(&["--pool", RANGE, "--dry-run=client", "--prove"]))),
            (Exit::Refused, run(&bare, &manifest.words(&["--subnet", "172.30.0.0/24"]))),
            (Exit::Done, run(&without_an_announcer(), &manifest.words(&unlabel))),
            (Exit::Done, run(&old, &manifest.words(&["--pool", RANGE, "--dry-run=client", "--allow", "cascade"]))),
            (Exit::Refused, run(&foreign, &manifest.words(&["--pool", RANGE]))),
            (Exit::Done, run(&foreign, &manifest.words(&adopt))),
            (Exit::Done, run(&in_ipvs_mode(), &["install", "--pool", RANGE, "--dry-run=client"])),
            (Exit::Done, run(&without_a_pool, &["install", "--pool", RANGE, "--look-at-nodes", "--dry-run=client"])),
            (Exit::Done, run(&without_a_pool, &["install", "--pool", RANGE])),
            (Exit::Done, run(&without_a_pool, &["install", "--pool", RANGE])),
            (Exit::Refused, run(&without_a_pool, &["install", "--pool", "172.30.0.240/29"])),
            (Exit::Forbidden, run(&forbidden, &manifest.words(&["--pool", RANGE]))),
        ],
    );
}

#[test]
fn every_code_that_allows_something_is_in_the_schema() {
    let schema = schema("metallb-install.v1.json");
    let told = &schema["$defs"]["refusal"]["properties"]["allowedBy"]["enum"];
    let help = lab_cli::run::Run::verb("metallb").args(["install", "--help"]).run().succeeds().stdout;
    for code in told.as_array().expect("codes").iter().filter_map(Value::as_str) {
        assert!(help.contains(code), "{code} is no code of the verb:\n{help}");
    }
}
