use lab_cli::api::Api;
use lab_cli::objects::{MetricsServer, adapter, node};
use lab_cli::run::Output;
use lab_cli::world::{Kubelets, Trouble, World};
use serde_json::json;

use super::{FLAG, assert_nothing_written, fix};

/// Of a cluster in which nothing may be written.
fn explained(api: &Api) -> Output {
    let output = fix(api, &["--yes"]);
    assert_nothing_written(api);
    output
}

fn with_kubelets(kubelets: Kubelets) -> Output {
    explained(&World::with_kubelets(kubelets).stage(MetricsServer::default().objects()))
}

#[test]
fn another_adapter_that_does_not_answer() {
    let api = World::default().stage(adapter::prometheus(0));
    insta::assert_snapshot!(explained(&api), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics.k8s.io is served by Deployment monitoring/prometheus-adapter, which is not metrics-server: nothing is patched; APIService v1beta1.metrics.k8s.io says MissingEndpoints (endpointslices for service/prometheus-adapter in "monitoring" have no addresses with port name "https")
    hint: see what it says itself with: kubectl -n monitoring logs deployment/prometheus-adapter
    -- exit code 1
    "#);
}

#[test]
fn another_adapter_that_answers() {
    let api = World::with_kubelets(Kubelets::Signed).stage(adapter::prometheus(1));
    insta::assert_snapshot!(explained(&api), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod monitoring/prometheus-adapter-zmjrjn9n4m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment monitoring/prometheus-adapter (not metrics-server)
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
fn an_api_service_whose_service_is_gone() {
    let api = World::default().stage([MetricsServer::default().api_service()]);
    insta::assert_snapshot!(explained(&api), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: APIService v1beta1.metrics.k8s.io points to Service kube-system/metrics-server, which does not exist; perhaps it is left over of an earlier installation
    hint: if so: kubectl delete apiservice v1beta1.metrics.k8s.io, then kubectl lab metrics-fix --install
    -- exit code 1
    ");
}

#[test]
fn node_names_that_do_not_resolve() {
    insta::assert_snapshot!(with_kubelets(Kubelets::NoSuchHost), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: its name does not resolve inside the cluster: Get "https://lab-1:10250/metrics/resource": dial tcp: lookup lab-1 on 10.96.0.10:53: no such host
    hint: let metrics-server use addresses: --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    -- exit code 1
    "#);
}

#[test]
fn kubelets_that_answer_403() {
    insta::assert_snapshot!(with_kubelets(Kubelets::Answer("403 Forbidden".into())), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: it does not let metrics-server in (403): request failed, status: "403 Forbidden"
    hint: check ClusterRole system:metrics-server (get on nodes/metrics) and its binding, and the kubelet's authentication.webhook and authorization.mode
    -- exit code 1
    "#);
}

#[test]
fn kubelets_that_answer_401() {
    insta::assert_snapshot!(with_kubelets(Kubelets::Answer("401 Unauthorized".into())), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: it does not know who metrics-server is (401): request failed, status: "401 Unauthorized"
    hint: check ClusterRole system:metrics-server (get on nodes/metrics) and its binding, and the kubelet's authentication.webhook and authorization.mode
    -- exit code 1
    "#);
}

#[test]
fn certificates_that_have_expired() {
    insta::assert_snapshot!(with_kubelets(Kubelets::Expired), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: its certificate is not valid at this time: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time $TIME is after $TIME
    hint: compare the clocks of the nodes, and renew the kubelet's certificate; --kubelet-insecure-tls would only hide it
    -- exit code 1
    "#);
}

#[test]
fn certificates_that_are_not_valid_yet() {
    insta::assert_snapshot!(with_kubelets(Kubelets::NotYetValid), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: its certificate is not valid at this time: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time $TIME is before $TIME
    hint: compare the clocks of the nodes, and renew the kubelet's certificate; --kubelet-insecure-tls would only hide it
    -- exit code 1
    "#);
}

#[test]
fn kubelets_that_nobody_reaches() {
    insta::assert_snapshot!(with_kubelets(Kubelets::Fail("dial tcp 172.30.0.2:10250: i/o timeout".into())), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: it does not answer in time: Get "https://172.30.0.2:10250/metrics/resource": dial tcp 172.30.0.2:10250: i/o timeout
    hint: look for a firewall or a network policy between pods and nodes, port 10250
    -- exit code 1
    "#);
}

#[test]
fn kubelets_where_nothing_listens() {
    insta::assert_snapshot!(
        with_kubelets(Kubelets::Fail("dial tcp 172.30.0.2:10250: connect: connection refused".into())), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: nothing listens there: Get "https://172.30.0.2:10250/metrics/resource": dial tcp 172.30.0.2:10250: connect: connection refused
    hint: is the kubelet of lab-1 running, and is its port 10250?
    -- exit code 1
    "#
    );
}

#[test]
fn an_error_that_nobody_has_seen_before() {
    insta::assert_snapshot!(with_kubelets(Kubelets::Fail("http2: server sent GOAWAY".into())), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: metrics-server cannot scrape node lab-1: the scrape fails: Get "https://172.30.0.2:10250/metrics/resource": http2: server sent GOAWAY
    hint: look at the kubelet of lab-1
    -- exit code 1
    "#);
}

#[test]
fn the_front_proxy_is_not_believed() {
    let world = World { kubelets: Kubelets::Signed, trouble: Trouble::FrontProxy };
    let api = world.stage(MetricsServer::default().objects());
    insta::assert_snapshot!(explained(&api), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: container metrics-server of pod kube-system/metrics-server-46kk5lw59t-6f4kq does not believe requests that come through the API server: their client certificate is signed by an authority it does not know (the front proxy's)
    hint: compare the API server's --requestheader-client-ca-file with ConfigMap kube-system/extension-apiserver-authentication; the kubelets' certificates are not the cause, and --kubelet-insecure-tls would not help
    -- exit code 1
    ");
}

#[test]
fn the_api_server_does_not_reach_the_pod() {
    let world = World { kubelets: Kubelets::Signed, trouble: Trouble::Unreachable };
    let api = world.stage(MetricsServer::default().objects());
    insta::assert_snapshot!(explained(&api), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: pod kube-system/metrics-server-46kk5lw59t-6f4kq is Ready, but the API server cannot use it: FailedDiscoveryCheck (failing or missing response from https://10.244.1.145:10250/apis/metrics.k8s.io/v1beta1: Get "https://10.244.1.145:10250/apis/metrics.k8s.io/v1beta1": context deadline exceeded (Client.Timeout exceeded while awaiting headers)); asked for metrics, it says: service unavailable
    hint: look for a firewall or a network policy between the API server and the pod network
    -- exit code 1
    "#);
}

#[test]
fn the_image_cannot_be_pulled() {
    let message = "Back-off pulling image \"registry.k8s.io/metrics-server/metrics-server:v0.9.0\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image: not found";
    let trouble = Trouble::NoImage { reason: "ImagePullBackOff".into(), message: message.into() };
    let api = World::in_trouble(trouble).stage(MetricsServer::default().objects());
    insta::assert_snapshot!(explained(&api), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: the image registry.k8s.io/metrics-server/metrics-server:v0.9.0 of pod kube-system/metrics-server-46kk5lw59t-6f4kq cannot be pulled on lab-2: ImagePullBackOff: Back-off pulling image "registry.k8s.io/metrics-server/metrics-server:v0.9.0": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image: not found
    hint: check the image's name and whether the nodes reach its registry; no patch of arguments helps here
    -- exit code 1
    "#);
}

#[test]
fn no_node_takes_the_pod() {
    let message = "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";
    let api = World::in_trouble(Trouble::Unschedulable(message.into())).stage(MetricsServer::default().objects());
    insta::assert_snapshot!(explained(&api), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: pod kube-system/metrics-server-46kk5lw59t-6f4kq fits on no node: 0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.
    hint: see what the nodes have left with: kubectl describe nodes
    -- exit code 1
    ");
}

#[test]
fn the_service_sends_to_a_wrong_port() {
    let server = MetricsServer { service_target: json!(4443), ..MetricsServer::default().arg(FLAG) };
    insta::assert_snapshot!(explained(&World::default().stage(server.objects())), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: Service kube-system/metrics-server sends to port 4443, but container metrics-server of Deployment kube-system/metrics-server listens on 10250, and so do its probes
    hint: kubectl -n kube-system patch service metrics-server --type=json -p '[{"op":"add","path":"/spec/ports/0/targetPort","value":"https"}]'
    -- exit code 1
    "#);
}

#[test]
fn the_service_sends_to_a_port_of_another_name() {
    let server = MetricsServer { service_target: json!("metrics"), ..MetricsServer::default().arg(FLAG) };
    insta::assert_snapshot!(explained(&World::default().stage(server.objects())), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: Service kube-system/metrics-server sends to port "metrics", but container metrics-server of Deployment kube-system/metrics-server listens on 10250, and so do its probes
    hint: kubectl -n kube-system patch service metrics-server --type=json -p '[{"op":"add","path":"/spec/ports/0/targetPort","value":"https"}]'
    -- exit code 1
    "#);
}

/// A node that is not Ready cannot have metrics, and does not count.
#[test]
fn a_lost_node_is_shown_and_not_waited_for() {
    let api = World::default().stage(MetricsServer::default().arg(FLAG).objects());
    api.change(|store| store.put(node::lost("lab-3", "172.30.0.4")));
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    metrics work: read of 2 nodes (2 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU         MEMORY
    lab-1   True    144m        793Mi
    lab-2   True    144m        793Mi
    lab-3   False   <unknown>   <unknown>
    -- stderr
    nothing to change
    -- exit code 0
    ");
}
