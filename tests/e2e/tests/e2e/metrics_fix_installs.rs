use lab_cluster::programs::{self, Program};
use lab_cluster::release_site::{Contents, ReleaseSite};
use lab_e2e::{Manifest, Stage};

pub(crate) fn release_site() -> ReleaseSite {
    let built = programs::ensure(&[Program::Kubernetes]).expect("kubectl makes the manifests");
    let contents = Contents::published(&built).expect("the modules hold the manifests");
    ReleaseSite::start(contents, Vec::new(), 0).expect("a port is free")
}

/// From nothing to read metrics, in one command: what is fetched, what is created, what is fixed.
#[test]
fn the_latest_release_and_goes_on_to_the_fix() {
    installs_and_fixes(&Stage::full(), &[], "v0.9.0");
}

/// With these words the release of this version is taken.
pub fn installs_and_fixes(stage: &Stage, words: &[&str], version: &str) {
    let site = release_site();
    let url = site.url();
    let install = [&["metrics-fix", "--install", "--release-site", &url], words].concat();
    let holder = stage.holder("metrics-fix-install");
    let output = holder.lab(&[&install[..], &["-o", "json"]].concat()).run().succeeds();
    holder.has_used_all(&[], &output);
    let report = output.json();
    assert_eq!(report["working"], true, "{output}");
    let steps: Vec<_> = report["steps"].as_array().into_iter().flatten().map(|step| step["id"].clone()).collect();
    assert_eq!(steps, ["install", "append-insecure-tls"], "{output}");
    assert!(
        output.stderr.contains("may follow: append --kubelet-insecure-tls"),
        "the fix was not announced:\n{output}"
    );
    assert!(output.stderr.contains(&format!("objects of metrics-server {version} (")), "{output}");
    assert!(output.stderr.contains("sha256 "), "{output}");
    let deployment = stage.deployment();
    assert!(deployment["metadata"]["annotations"]["kubectl-lab/run-id"].is_string(), "nobody can tell whose it is");

    let again = stage.lab(&install).run().succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
}

#[test]
fn a_manifest_of_ones_own() {
    let stage = Stage::light();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("components.yaml");
    std::fs::write(&file, Manifest::upstream().documents()).expect("a file");
    let file = file.to_str().expect("a path");
    let output = stage.lab(&["metrics-fix", "--install", "--manifest", file, "--dry-run=server"]).run().succeeds();
    assert!(output.stderr.contains("create the 9 objects of metrics-server"), "{output}");
    assert!(output.stderr.contains("checked by the API server"), "{output}");
    assert!(stage.try_kubectl(&["get", "deployment", "metrics-server", "-n", "kube-system"]).is_err());
}

#[test]
fn nothing_over_what_differs() {
    let stage = Stage::light();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("components.yaml");
    std::fs::write(&file, Manifest::upstream().documents()).expect("a file");
    stage.apply(&Manifest::upstream().arg("-v=9"));
    stage.kubectl(&["delete", "apiservice", "v1beta1.metrics.k8s.io"]);
    let output = stage.lab(&["metrics-fix", "--install", "--manifest", file.to_str().expect("a path")]).run();
    assert_eq!(output.code, Some(7), "{output}");
    assert!(output.stderr.contains("and they differ: Deployment kube-system/metrics-server"), "{output}");
}
