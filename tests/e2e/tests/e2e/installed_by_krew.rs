//! From the archive to what a verb does to a real cluster, with nothing on PATH but krew's folder and kubectl's.
//!
//! The archive holds the binaries that all tests run, packed by the code that packs a release (`lab_cli::installation` says why).

use lab_cli::installation::Installation;
use lab_cli::run::Run;
use lab_e2e::{LoadBalancer, Manifest, MetallbRelease, Origin, POOL, Stage, Workload};

fn lab(stage: &Stage, installation: &Installation, args: &[&str]) -> Run {
    let kubectl = stage.cluster.kubectl();
    let folders = [installation.bin(), kubectl.parent().expect("a folder").to_owned()];
    stage.lab(args).env("PATH", std::env::join_paths(folders).expect("a PATH"))
}

#[test]
fn an_archive_in_krews_store_repairs_metrics_server() {
    let stage = Stage::full();
    let installation = Installation::of_this_version();
    stage.apply(&Manifest::upstream());
    let output = lab(&stage, &installation, &["metrics-fix"]).run().succeeds();
    assert!(output.stdout.starts_with("metrics work: read of 3 nodes"), "{output}");
    stage.top().expect("kubectl top works");
}

#[test]
fn an_archive_in_krews_store_gives_a_service_an_address_that_answers() {
    let stage = Stage::load_balancer();
    let installation = Installation::of_this_version();
    stage.deploy(&Workload::in_namespace("lecture").with(LoadBalancer::named("web")));
    let manifest = installation.root().join("metallb.yaml");
    std::fs::write(&manifest, MetallbRelease::Current.manifest().expect("a manifest")).expect("a file");
    let manifest = manifest.to_str().expect("a path");
    let words = ["metallb", "install", "--manifest", manifest, "--pool", POOL, "--subnet", "172.30.0.0/24"];
    lab(&stage, &installation, &words).run().succeeds();
    let address = stage.assigned("lecture", "web");
    let said = stage.answer(&Origin::Outside, address).body;
    assert!(said.starts_with("Running web-"), "{said}");
}
