use std::sync::OnceLock;

use lab_cli::api::{Answer, Api};
use lab_cli::objects::MetricsServer;
use lab_cli::world::World;
use lab_cluster::programs::{self, Program};
use lab_cluster::release_site::{Contents, Fault, ReleaseSite};
use serde_json::Value;

use super::{assert_nothing_written, fix, prepared};

fn empty() -> Api {
    World::default().stage([])
}

fn release_site() -> ReleaseSite {
    // kubectl makes the manifests, which takes a while.
    static PUBLISHED: OnceLock<Contents> = OnceLock::new();
    let published =
        PUBLISHED.get_or_init(|| Contents::published(&programs::ensure(&[Program::Kubernetes]).unwrap()).unwrap());
    ReleaseSite::start(published.clone(), Vec::new(), 0).unwrap()
}

/// JSON is YAML.
fn manifest(objects: &[Value]) -> String {
    objects.iter().map(|object| format!("---\n{object}\n")).collect()
}

#[test]
fn not_installed() {
    let api = empty();
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server is not installed: nothing serves metrics.k8s.io
    hint: install it with: kubectl lab metrics-fix --install
    -- exit code 1
    ");
    assert_nothing_written(&api);
}

#[test]
fn the_latest_release_and_the_flag_after_it() {
    let (api, site) = (empty(), release_site());
    insta::assert_snapshot!(fix(&api, &["--install", "--release-site", &site.url()]), @r"
    $ kubectl-lab-metrics_fix --install --release-site http://127.0.0.1:$PORT
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-m658msnmsp-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. create the 9 objects of metrics-server v0.9.0 (http://127.0.0.1:$PORT/release-assets/kubernetes-sigs/metrics-server/v0.9.0/components.yaml, sha256 1cec29a5267809306a2c6ec74a3e449abbb705b4a8beed0c8a1963910f72c79b)
         why: nothing serves metrics.k8s.io
      then: look again until metrics can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    done: create the 9 objects of metrics-server v0.9.0 (http://127.0.0.1:$PORT/release-assets/kubernetes-sigs/metrics-server/v0.9.0/components.yaml, sha256 1cec29a5267809306a2c6ec74a3e449abbb705b4a8beed0c8a1963910f72c79b)
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
    insta::assert_snapshot!(api.seen().writes(), @r"
    POST /api/v1/namespaces/kube-system/configmaps?fieldManager=kubectl-lab
    POST /api/v1/namespaces/kube-system/serviceaccounts?fieldManager=kubectl-lab
    POST /apis/rbac.authorization.k8s.io/v1/clusterroles?fieldManager=kubectl-lab
    POST /apis/rbac.authorization.k8s.io/v1/clusterroles?fieldManager=kubectl-lab
    POST /apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings?fieldManager=kubectl-lab
    POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings?fieldManager=kubectl-lab
    POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings?fieldManager=kubectl-lab
    POST /api/v1/namespaces/kube-system/services?fieldManager=kubectl-lab
    POST /apis/apps/v1/namespaces/kube-system/deployments?fieldManager=kubectl-lab
    POST /apis/apiregistration.k8s.io/v1/apiservices?fieldManager=kubectl-lab
    PATCH /api/v1/namespaces/kube-system/configmaps/kubectl-lab-$RUN?fieldManager=kubectl-lab
    PATCH /apis/apps/v1/namespaces/kube-system/deployments/metrics-server?fieldManager=kubectl-lab
    PATCH /api/v1/namespaces/kube-system/configmaps/kubectl-lab-$RUN?fieldManager=kubectl-lab
    ");
    insta::assert_snapshot!(fix(&api, &["--install", "--release-site", &site.url()]), @r"
    $ kubectl-lab-metrics_fix --install --release-site http://127.0.0.1:$PORT
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-m658msnmsp-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    nothing to change
    -- exit code 0
    ");
}

#[test]
fn an_older_server_gets_the_release_that_supports_it() {
    let (api, site) = (empty(), release_site());
    api.version("v1.29.4");
    insta::assert_snapshot!(fix(&api, &["--install", "--release-site", &site.url(), "--dry-run=client"]), @r"
    $ kubectl-lab-metrics_fix --install --release-site http://127.0.0.1:$PORT --dry-run=client
    -- stdout
    nothing serves metrics.k8s.io
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. create the 9 objects of metrics-server v0.7.2 (http://127.0.0.1:$PORT/release-assets/kubernetes-sigs/metrics-server/v0.7.2/components.yaml, sha256 f103539a54ed72efe66616afc74a8bfaed651703cb3918797599046af5617441)
         why: nothing serves metrics.k8s.io
      note: metrics-server v0.7.2 is chosen (for Kubernetes 1.27 and later): the newest, v0.9.0, does not support Kubernetes 1.29
      then: look again until metrics can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    dry run: nothing was changed
    -- exit code 0
    ");
    assert_nothing_written(&api);
}

#[test]
fn a_release_that_does_not_exist() {
    let (api, site) = (empty(), release_site());
    insta::assert_snapshot!(fix(&api, &["--install", "--version", "v9.9.9", "--release-site", &site.url()]), @r"
    $ kubectl-lab-metrics_fix --install --version v9.9.9 --release-site http://127.0.0.1:$PORT
    -- stderr
    error: could not download http://127.0.0.1:$PORT/kubernetes-sigs/metrics-server/releases/download/v9.9.9/components.yaml: the answer was 404 Not Found
    hint: is there such a release? look at the version
    -- exit code 1
    ");
    assert_nothing_written(&api);
}

#[test]
fn a_version_that_is_none() {
    let (api, site) = (empty(), release_site());
    insta::assert_snapshot!(fix(&api, &["--install", "--version", "newest", "--release-site", &site.url()]), @r#"
    $ kubectl-lab-metrics_fix --install --version newest --release-site http://127.0.0.1:$PORT
    -- stderr
    error: "newest" is not a version of metrics-server: three numbers are expected, as in v0.9.0
    hint: write it like v0.9.0, or leave it out for the newest that supports this cluster
    -- exit code 2
    "#);
}

#[test]
fn the_release_site_shows_a_login_page() {
    let (api, site) = (empty(), release_site());
    site.plant(Fault::LoginPage.everywhere());
    insta::assert_snapshot!(fix(&api, &["--install", "--version", "v0.9.0", "--release-site", &site.url()]), @r"
    $ kubectl-lab-metrics_fix --install --version v0.9.0 --release-site http://127.0.0.1:$PORT
    -- stderr
    error: could not download http://127.0.0.1:$PORT/release-assets/kubernetes-sigs/metrics-server/v0.9.0/components.yaml: the answer is a web page
    hint: does this network ask for a login? open any page in a browser, then try again
    hint: or get the file in another way, then give it: --manifest FILE
    -- exit code 1
    ");
    assert_nothing_written(&api);
}

#[test]
fn a_manifest_of_ones_own() {
    let api = empty();
    let run = prepared(&api, &["--install", "--manifest", "components.yaml"]);
    std::fs::write(run.home().join("components.yaml"), manifest(&MetricsServer::default().objects())).unwrap();
    insta::assert_snapshot!(digest_hidden(&run.run()), @r"
    $ kubectl-lab-metrics_fix --install --manifest components.yaml
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. create the 4 objects of metrics-server from components.yaml (sha256 $SHA256)
         why: nothing serves metrics.k8s.io
      then: look again until metrics can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    done: create the 4 objects of metrics-server from components.yaml (sha256 $SHA256)
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
}

/// The manifest of these tests bears the time at which it was made.
fn digest_hidden(output: &lab_cli::run::Output) -> lab_cli::run::Output {
    let digest = output.stderr.split("sha256 ").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or_default();
    assert_eq!(digest.len(), 64, "{output}");
    output.clone().hiding(digest, "SHA256")
}

#[test]
fn a_manifest_of_something_else() {
    let api = empty();
    let run = prepared(&api, &["--install", "--manifest", "service.yaml"]);
    std::fs::write(run.home().join("service.yaml"), manifest(&[MetricsServer::default().service()])).unwrap();
    insta::assert_snapshot!(run.run(), @r"
    $ kubectl-lab-metrics_fix --install --manifest service.yaml
    -- stderr
    error: the manifest from service.yaml does not install metrics-server: it has no APIService for metrics.k8s.io
    -- exit code 1
    ");
    assert_nothing_written(&api);
}

#[test]
fn a_manifest_that_is_not_there() {
    insta::assert_snapshot!(fix(&empty(), &["--install", "--manifest", "components.yaml"]), @r"
    $ kubectl-lab-metrics_fix --install --manifest components.yaml
    -- stderr
    error: could not read the manifest components.yaml: No such file or directory (os error 2)
    hint: give a file, or an https URL
    -- exit code 2
    ");
}

#[test]
fn objects_of_these_names_that_differ() {
    let server = MetricsServer::default();
    let api = World::default().stage([server.clone().arg("--v=9").deployment()]);
    let run = prepared(&api, &["--install", "--manifest", "components.yaml"]);
    std::fs::write(run.home().join("components.yaml"), manifest(&server.objects())).unwrap();
    insta::assert_snapshot!(run.run(), @r"
    $ kubectl-lab-metrics_fix --install --manifest components.yaml
    -- stderr
    error: the cluster has objects of these names already, and they differ: Deployment kube-system/metrics-server
    hint: look at them with kubectl get -o yaml; delete what is left over of an earlier installation, then run this again
    -- exit code 7
    ");
    assert_nothing_written(&api);
}

/// The error says which objects are there by now; the next run makes the rest.
#[test]
fn an_object_cannot_be_created() {
    let (api, site) = (empty(), release_site());
    api.on("create /apis/apps/v1/namespaces/*/deployments")
        .nth(1)
        .answer(Answer::internal_error("etcdserver: request timed out"));
    insta::assert_snapshot!(fix(&api, &["--install", "--release-site", &site.url()]), @r"
    $ kubectl-lab-metrics_fix --install --release-site http://127.0.0.1:$PORT
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. create the 9 objects of metrics-server v0.9.0 (http://127.0.0.1:$PORT/release-assets/kubernetes-sigs/metrics-server/v0.9.0/components.yaml, sha256 1cec29a5267809306a2c6ec74a3e449abbb705b4a8beed0c8a1963910f72c79b)
         why: nothing serves metrics.k8s.io
      then: look again until metrics can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    error: could not create Deployment kube-system/metrics-server: Internal error occurred: etcdserver: request timed out
    hint: kubectl --context lecture get --raw '/readyz?verbose'
    hint: done of this step before that, and left in place: ServiceAccount kube-system/metrics-server; ClusterRole system:aggregated-metrics-reader; ClusterRole system:metrics-server; RoleBinding kube-system/metrics-server-auth-reader; ClusterRoleBinding metrics-server:system:auth-delegator; ClusterRoleBinding system:metrics-server; Service kube-system/metrics-server; run the same command again for the rest
    -- exit code 1
    ");
    insta::assert_snapshot!(fix(&api, &["--install", "--release-site", &site.url()]), @r"
    $ kubectl-lab-metrics_fix --install --release-site http://127.0.0.1:$PORT
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-m658msnmsp-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. create the 2 objects of metrics-server v0.9.0 (http://127.0.0.1:$PORT/release-assets/kubernetes-sigs/metrics-server/v0.9.0/components.yaml, sha256 1cec29a5267809306a2c6ec74a3e449abbb705b4a8beed0c8a1963910f72c79b)
         why: nothing serves metrics.k8s.io
      then: look again until metrics can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    done: create the 2 objects of metrics-server v0.9.0 (http://127.0.0.1:$PORT/release-assets/kubernetes-sigs/metrics-server/v0.9.0/components.yaml, sha256 1cec29a5267809306a2c6ec74a3e449abbb705b4a8beed0c8a1963910f72c79b)
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
}

#[test]
fn a_healthy_cluster_is_not_installed_over() {
    let api = super::healthy();
    insta::assert_snapshot!(fix(&api, &["--install", "--release-site", "http://127.0.0.1:9"]), @r"
    $ kubectl-lab-metrics_fix --install --release-site http://127.0.0.1:9
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    nothing to change
    -- exit code 0
    ");
    assert_nothing_written(&api);
}
