//! What the other tests show on the newest Kubernetes, once more for each verb on the oldest one, by its own kubectl.

use lab_cluster::kubernetes::Kubernetes;
use lab_cluster::programs::{self, Program, versions};
use lab_cluster::release_site::{Contents, ReleaseSite};
use lab_e2e::{MetallbRelease, Stage};
use serde_json::Value;

use crate::{metallb_install, metallb_uninstall, metallb_verify, metrics_fix_installs, metrics_fix_mends};
use crate::{probe, strict_arp, traffic};

/// Or these tests would show nothing.
#[test]
fn all_of_it_is_that_release() {
    let stage = Stage::oldest();
    let version = format!("v{}", Kubernetes::Oldest.version());
    let said: Value = serde_json::from_str(&stage.kubectl(&["version", "-o", "json"])).expect("JSON");
    for which in ["clientVersion", "serverVersion"] {
        assert_eq!(said[which]["gitVersion"], version, "{said}");
    }
    let nodes = stage.get(&["nodes"]);
    let kubelets: Vec<_> = nodes["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|node| &node["status"]["nodeInfo"]["kubeletVersion"])
        .collect();
    assert_eq!(kubelets, [&version, &version], "{nodes}");
    let proxy = ["logs", "-n", "kube-system", "daemonset/kube-proxy"];
    let image = stage.get(&["daemonset", "kube-proxy", "-n", "kube-system"]);
    assert_eq!(image.pointer("/spec/template/spec/containers/0/image"), Some(&Kubernetes::Oldest.proxy_image().into()));
    assert!(stage.kubectl(&proxy).contains(&version), "kube-proxy is another");
}

/// The newest metrics-server, as people apply it, whether it is made for this release or not.
#[test]
fn metrics_fix_mends_and_undo_takes_it_back() {
    let stage = Stage::oldest();
    metrics_fix_mends::mends_the_upstream_manifest(&stage);
    let output = stage.lab(&["undo", "--last"]).run().succeeds();
    assert!(output.stdout.contains("undone"), "{output}");
    assert!(!stage.args().contains(&"--kubelet-insecure-tls".to_owned()), "{output}");
}

#[test]
fn metrics_fix_installs_a_release_that_supports_it() {
    let stage = Stage::oldest();
    let site = site_with_the_release_before();
    let words = ["metrics-fix", "--install", "--release-site", &site.url(), "--dry-run=server"];
    let chosen = stage.lab(&words).run().succeeds();
    let why = "metrics-server v0.8.1 is chosen (for Kubernetes 1.31 and later): the newest, v0.9.0, does not support Kubernetes 1.33";
    assert!(chosen.stderr.contains(why), "{chosen}");
    assert!(chosen.stderr.contains("checked by the API server"), "{chosen}");
    let version = format!("v{}", versions::METRICS_SERVER_OLD);
    metrics_fix_installs::installs_and_fixes(&stage, &["--version", &version], &version);
}

/// It is not to be had as a module, so the manifest is that of the newest under another number.
fn site_with_the_release_before() -> ReleaseSite {
    let built = programs::ensure(&[Program::Kubernetes]).expect("kubectl makes the manifests");
    let mut contents = Contents::published(&built).expect("the modules hold the manifests");
    let repository = contents.repositories.iter_mut().find(|repository| repository.name == "metrics-server");
    let repository = repository.expect("metrics-server is published");
    let newest = repository.release("v0.9.0").expect("the newest is published").assets["components.yaml"].clone();
    let before = repository.releases.iter_mut().find(|release| release.tag == "v0.8.1").expect("it is listed");
    before.assets.insert("components.yaml".to_owned(), newest.replace("v0.9.0", "v0.8.1"));
    ReleaseSite::start(contents, Vec::new(), 0).expect("a port is free")
}

#[test]
fn strict_arp_writes_its_value_and_undo_takes_it_back() {
    let stage = Stage::oldest();
    stage.fresh_kube_proxy();
    strict_arp::in_iptables_mode_by_each_kubectl(stage);
}

#[test]
fn metallb_install_gives_an_address_that_answers() {
    metallb_install::gives_an_address_that_answers_and_takes_it_back(Stage::oldest());
}

#[test]
fn metallb_verify_and_status_say_what_is_announced() {
    metallb_verify::Ground::with_metallb(Stage::oldest(), MetallbRelease::Current).is_told_what_an_answer_shows();
}

#[test]
fn metallb_pools_come_and_go_and_so_does_metallb() {
    let ground = metallb_uninstall::Ground::with(Stage::oldest(), MetallbRelease::Current);
    ground.sees_pools_come_and_go();
    let output = ground.metallb(&["uninstall", "--yes"]).succeeds();
    ground.is_as_before(&output);
}

#[test]
fn probe_counts_what_the_pods_themselves_log() {
    probe::counts_what_the_pods_themselves_log(&Stage::oldest());
}

#[test]
fn traffic_tells_the_bytes_of_a_transfer() {
    traffic::tells_the_bytes_of_a_transfer(&Stage::oldest());
}
