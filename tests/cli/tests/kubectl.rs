//! Real clients get along with the scripted API: what they can do with it, a verb can.

use std::time::Duration;

use lab_cli::api::Api;
use lab_cli::objects::MetricsServer;
use lab_cli::objects::certificate_request::of_kubelet;
use lab_cli::run::{Output, Run, Running};
use lab_cli::world::{Kubelets, World, nodes};
use lab_cluster::programs::{self, Program};

fn kubectl(api: &Api, args: &[&str]) -> Output {
    start(api, args).wait()
}

fn start(api: &Api, args: &[&str]) -> Running {
    let programs = programs::ensure(&[Program::Kubernetes]).unwrap();
    Run::program(programs.kubernetes("kubectl")).against(api).args(args.iter().copied()).start()
}

#[test]
fn kubectl_looks_patches_and_waits() {
    let api = World::default().stage(MetricsServer::default().objects());
    insta::assert_snapshot!(kubectl(&api, &["top", "nodes"]), @r"
    $ kubectl top nodes
    -- stderr
    error: Metrics API not available
    -- exit code 1
    ");
    let waiting = start(&api, &["wait", "--for=condition=Available", "apiservice/v1beta1.metrics.k8s.io"]);
    while !api.seen().requests().iter().any(|request| request.flag("watch")) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let patch =
        r#"[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--kubelet-insecure-tls"}]"#;
    insta::assert_snapshot!(kubectl(&api, &["patch", "deployment", "metrics-server", "-n", "kube-system", "--type=json", "-p", patch]), @r#"
    $ kubectl patch deployment metrics-server -n kube-system --type=json -p [{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--kubelet-insecure-tls"}]
    -- stdout
    deployment.apps/metrics-server patched
    -- exit code 0
    "#);
    insta::assert_snapshot!(kubectl(&api, &["rollout", "status", "deployment/metrics-server", "-n", "kube-system"]), @r#"
    $ kubectl rollout status deployment/metrics-server -n kube-system
    -- stdout
    deployment "metrics-server" successfully rolled out
    -- exit code 0
    "#);
    insta::assert_snapshot!(waiting.wait(), @r"
    $ kubectl wait --for=condition=Available apiservice/v1beta1.metrics.k8s.io
    -- stdout
    apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io condition met
    -- exit code 0
    ");
    insta::assert_snapshot!(kubectl(&api, &["top", "nodes"]), @r"
    $ kubectl top nodes
    -- stdout
    NAME    CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)   
    lab-1   144m         7%       793Mi           20%         
    lab-2   144m         7%       793Mi           20%         
    lab-3   144m         7%       793Mi           20%         
    -- exit code 0
    ");
    insta::assert_snapshot!(kubectl(&api, &["get", "deployments,pods", "-A", "-o", "name"]), @r"
    $ kubectl get deployments,pods -A -o name
    -- stdout
    deployment.apps/metrics-server
    pod/web
    pod/metrics-server-wstcxvjt6m-6f4kq
    -- exit code 0
    ");
    api.finish();
}

#[test]
fn kubectl_approves_certificates_and_deletes() {
    let requests = nodes().iter().map(|node| of_kubelet(node).object()).collect::<Vec<_>>();
    let api =
        World::with_kubelets(Kubelets::Bootstrap).stage(MetricsServer::default().objects().into_iter().chain(requests));
    api.deny("approve", "signers.certificates.k8s.io", None);
    insta::assert_snapshot!(kubectl(&api, &["certificate", "approve", "csr-lab-1"]), @r#"
    $ kubectl certificate approve csr-lab-1
    -- stderr
    Error from server (Forbidden): certificatesigningrequests.certificates.k8s.io "csr-lab-1" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kubelet-serving"
    -- exit code 1
    "#);
    insta::assert_snapshot!(kubectl(&api, &["delete", "csr", "csr-lab-1"]), @r#"
    $ kubectl delete csr csr-lab-1
    -- stdout
    certificatesigningrequest.certificates.k8s.io "csr-lab-1" deleted
    -- exit code 0
    "#);
    insta::assert_snapshot!(kubectl(&api, &["logs", "-n", "kube-system", "deploy/metrics-server", "--tail=1"]), @r#"
    $ kubectl logs -n kube-system deploy/metrics-server --tail=1
    -- stdout
    I$TIME       1 server.go:192] "Failed probe" probe="metric-storage-ready" err="no metrics to serve"
    -- exit code 0
    "#);
}

#[test]
fn kubectl_finds_the_verbs_as_its_plugins() {
    let programs = programs::ensure(&[Program::Kubernetes]).unwrap();
    let built = Run::program(programs.kubernetes("kubectl")).with_verbs();
    for run in [built, Run::kubectl()] {
        let api = World::default().stage(MetricsServer::default().arg("--kubelet-insecure-tls").objects());
        let output = run.against(&api).args(["lab", "metrics-fix"]).run().succeeds();
        assert!(output.stdout.starts_with("metrics work: read of 3 nodes"), "{output}");
        assert_eq!(api.seen().writes().count(), 0);
    }
}
