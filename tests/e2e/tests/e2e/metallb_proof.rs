//! `metallb install --prove`: what it shows from the nodes' network and from elsewhere, and that nothing of it is left.

use std::path::PathBuf;
use std::process::Output;

use lab_cluster::built::workspace;
use lab_cluster::cluster::From;
use lab_e2e::{Everything, LoadBalancer, MetallbRelease, POOL, Stage, Workload};
use serde_json::Value;

/// What a run makes for itself bears this label.
const OF_A_RUN: [&str; 5] = ["jobs,services,pods", "-A", "-l", "kubectl-lab/run-id", "-o=name"];

struct Ground {
    stage: Stage,
    manifest: PathBuf,
    _folder: tempfile::TempDir,
}

impl Ground {
    fn bare() -> Ground {
        let stage = Stage::load_balancer();
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = folder.path().join("metallb.yaml");
        std::fs::write(&manifest, MetallbRelease::Current.manifest().expect("a manifest")).expect("a file");
        Ground { stage, manifest, _folder: folder }
    }

    fn words<'w>(&'w self, pool: &'w str) -> [&'w str; 7] {
        let manifest = self.manifest.to_str().expect("a path");
        ["metallb", "install", "--manifest", manifest, "--pool", pool, "--prove"]
    }

    /// From the machine that the tests run on, which has no way to the nodes' network.
    fn prove(&self, pool: &str) -> lab_cli::run::Run {
        self.stage.lab(&self.words(pool))
    }

    /// From a host on the nodes' network that is no node.
    fn prove_outside(&self, pool: &str) -> Output {
        let mut command = self.stage.cluster.command(&From::Outside, "kubectl").expect("a way in");
        command.arg("lab").args(self.words(pool)).output().expect("kubectl runs")
    }

    fn everything(&self) -> Everything {
        Everything::of(&self.stage.direct()).expect("all objects")
    }

    fn of_a_run(&self) -> String {
        self.stage.kubectl(&[&["get"], &OF_A_RUN[..]].concat())
    }

    /// Pods take a second to end.
    fn nothing_is_left(&self) {
        let objects = self.of_a_run();
        assert!(!objects.contains("job.batch/") && !objects.contains("service/"), "left: {objects}");
        self.stage.eventually("the pods of the proof are gone", |_| self.of_a_run().is_empty().then_some(()));
    }
}

/// What the proof has shown is part of the schema, and nothing else is.
fn as_promised(report: &Value) {
    let path = workspace().join("schemas/metallb-install.v1.json");
    let schema = serde_json::from_slice(&std::fs::read(path).expect("the schema")).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let objections: Vec<String> = validator.iter_errors(report).map(|error| error.to_string()).collect();
    assert!(objections.is_empty(), "{objections:?}: {report:#}");
    assert!(report["proof"]["service"]["hops"].is_array(), "{report:#}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_proof_says_what_it_has_shown_and_leaves_nothing() {
    let ground = Ground::bare();
    let output = ground.prove(POOL).run().succeeds();
    assert!(output.stderr.contains("may follow"), "it is not announced: {output}");
    let shown = "kube-proxy only was shown: a Service of this run answered at 172.30.0.200 from inside the cluster; layer 2 is unproven: ";
    assert!(output.stdout.contains(shown), "{output}");
    ground.nothing_is_left();
    let before = ground.everything();

    let output = ground.prove_outside(POOL);
    let (said, talk) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}\n{talk}");
    assert!(
        said.contains("layer 2 was shown: a Service of this run answered at 172.30.0.200 from off the nodes"),
        "{said}\n{talk}"
    );
    assert!(talk.contains("nothing to change"), "{talk}");
    ground.nothing_is_left();
    assert_eq!(ground.everything().differences(&before), "");

    let running = ground.prove(POOL).start();
    ground
        .stage
        .eventually("the Service of the proof is there", |_| ground.of_a_run().contains("service/").then_some(()));
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code, Some(130), "{output}");
    ground.nothing_is_left();
    assert_eq!(ground.everything().differences(&before), "");
}

#[test]
fn a_proof_that_fails_names_the_hop_and_the_installation_stays() {
    let ground = Ground::bare();
    let one = "172.30.0.200/32";
    ground.stage.deploy(&Workload::in_namespace("lecture").with(LoadBalancer::named("web")));
    let output = ground.prove(one).args(["-o", "json"]).run();
    assert_eq!(output.code, Some(3), "{output}");
    let report = output.json();
    let verdict = report["verdict"].as_str().expect("a verdict");
    assert!(verdict.contains("the proof failed (pool): "), "{output}");
    assert!(verdict.contains("MetalLB v0.16.2 is up"), "{output}");
    as_promised(&report);
    ground.nothing_is_left();
    assert_eq!(ground.stage.assigned("lecture", "web").to_string(), "172.30.0.200");
}
