use lab_cli::api::{Answer, Api};
use lab_cli::objects::MetricsServer;
use lab_cli::world::World;

use super::{FLAG, PATCH, assert_nothing_written, deployment, fix, generation, healthy, just_applied};

const LIST: &str = "list /apis/apiregistration.k8s.io/v1/apiservices";

/// Two changes in one plan: more than one write is needed.
fn two_faults() -> Api {
    let server = MetricsServer { replicas: 0, ..MetricsServer::default().with_lecture_patch() };
    World::default().stage(server.objects())
}

#[test]
fn the_server_is_busy_and_then_works() {
    let api = just_applied();
    api.on(LIST).first(2).answer(Answer::too_many_requests(1));
    api.on(PATCH).nth(1).answer(Answer::too_many_requests(1));
    let output = fix(&api, &[]).succeeds();
    assert!(output.stdout.starts_with("metrics work"), "{output}");
    assert!(!output.stderr.contains("error"), "{output}");
}

#[test]
fn the_server_stays_busy() {
    let api = healthy();
    api.on(LIST).answer(Answer::too_many_requests(1));
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list apiservices: the answer was 429 Too Many Requests: Too many requests, please try again later.
    hint: the API server is overloaded: wait a little, then run the command again
    -- exit code 1
    ");
}

#[test]
fn the_server_fails_inside() {
    let api = healthy();
    api.on(LIST).answer(Answer::internal_error("etcdserver: leader changed"));
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list apiservices: Internal error occurred: etcdserver: leader changed
    hint: kubectl --context lecture get --raw '/readyz?verbose'
    -- exit code 1
    ");
}

#[test]
fn the_server_fails_inside_at_the_first_write() {
    let api = just_applied();
    let before = generation(&api);
    api.on(PATCH).answer(Answer::internal_error("etcdserver: request timed out"));
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    error: could not patch Deployment kube-system/metrics-server: Internal error occurred: etcdserver: request timed out
    hint: kubectl --context lecture get --raw '/readyz?verbose'
    -- exit code 1
    "#);
    assert_eq!(generation(&api), before);
}

#[test]
fn the_credentials_are_not_accepted() {
    let api = healthy();
    api.on("* /**").answer(Answer::unauthorized());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list apiservices: the API server http://127.0.0.1:$PORT does not accept the token in the kubeconfig (401): Unauthorized
    hint: log in again, or fetch the kubeconfig again from the cluster
    -- exit code 6
    ");
}

#[test]
fn the_credentials_expire_midway() {
    let api = two_faults();
    api.on(PATCH).nth(2).answer(Answer::unauthorized());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. scale Deployment kube-system/metrics-server to 1 replica
         why: Deployment kube-system/metrics-server is scaled to zero, so nobody collects metrics
      2. set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused
      then: look again until the metrics of every Ready node and of a pod can be read
    done: scale Deployment kube-system/metrics-server to 1 replica
    error: could not patch Deployment kube-system/metrics-server: the API server http://127.0.0.1:$PORT does not accept the token in the kubeconfig (401): Unauthorized
    hint: log in again, or fetch the kubeconfig again from the cluster
    hint: done before that, and left in place: scale Deployment kube-system/metrics-server to 1 replica
    -- exit code 6
    ");
}

#[test]
fn nobody_behind_the_load_balancer() {
    let api = healthy();
    api.on("* /**").answer(Answer::gateway(502));
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list apiservices: the answer was 502 Bad Gateway, with a web page
    hint: is http://127.0.0.1:$PORT really a Kubernetes API? kubectl --context lecture get --raw /version
    -- exit code 1
    ");
}

/// What was done and what was not is said, and the next run goes on from there.
#[test]
fn the_connection_breaks_after_the_first_write() {
    let api = two_faults();
    api.on(PATCH).nth(2).answer(Answer::Drop);
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. scale Deployment kube-system/metrics-server to 1 replica
         why: Deployment kube-system/metrics-server is scaled to zero, so nobody collects metrics
      2. set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused
      then: look again until the metrics of every Ready node and of a pod can be read
    done: scale Deployment kube-system/metrics-server to 1 replica
    error: could not patch Deployment kube-system/metrics-server: could not reach the API server http://127.0.0.1:$PORT: the connection was closed before an answer came
    hint: is the cluster running? kubectl --context lecture cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    hint: whether the API server did it all the same is not known; run the same command again: it looks first
    hint: done before that, and left in place: scale Deployment kube-system/metrics-server to 1 replica
    -- exit code 6
    ");
    assert_eq!(deployment(&api)["spec"]["replicas"], 1);
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused
      then: look again until the metrics of every Ready node and of a pod can be read
    done: set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
}

/// The change was made, but nobody heard of it: the next run finds it made.
#[test]
fn the_answer_to_a_write_is_lost() {
    let api = just_applied();
    api.on(PATCH).nth(1).answer(Answer::Lost);
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    error: could not patch Deployment kube-system/metrics-server: could not reach the API server http://127.0.0.1:$PORT: the connection was closed before an answer came
    hint: is the cluster running? kubectl --context lecture cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    hint: whether the API server did it all the same is not known; run the same command again: it looks first
    -- exit code 6
    "#);
    let again = fix(&api, &[]).succeeds();
    assert!(again.stderr.contains("nothing to change"), "{again}");
    assert_eq!(super::args(&api).matches(FLAG).count(), 1);
}

#[test]
fn the_connection_breaks_while_looking_again() {
    let api = just_applied();
    api.on(LIST).nth(2).answer(Answer::Drop);
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    error: could not list apiservices: could not reach the API server http://127.0.0.1:$PORT: the connection was closed before an answer came
    hint: is the cluster running? kubectl --context lecture cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    hint: done before that, and left in place: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 6
    "#);
}

#[test]
fn an_answer_that_never_comes() {
    let api = healthy();
    api.on("list /api/v1/nodes").answer(Answer::Stall);
    insta::assert_snapshot!(fix(&api, &["--request-timeout", "1s"]), @r"
    $ kubectl-lab-metrics_fix --request-timeout 1s
    -- stderr
    error: could not list nodes: the API server http://127.0.0.1:$PORT did not answer within $ELAPSED
    hint: give it more time: --request-timeout 30s
    hint: see whether it answers at all: kubectl --context lecture get --raw /readyz
    -- exit code 4
    ");
}

#[test]
fn an_answer_that_ends_in_the_middle() {
    let api = healthy();
    let list = serde_json::json!({"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": []});
    api.on("list /api/v1/nodes").answer(match Answer::json(200, &list) {
        Answer::Whole(response) => Answer::Broken(response),
        other => other,
    });
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list nodes: could not reach the API server http://127.0.0.1:$PORT: the connection was closed before an answer came
    hint: is the cluster running? kubectl --context lecture cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    -- exit code 6
    ");
}

#[test]
fn an_answer_that_is_not_kubernetes() {
    let api = healthy();
    api.on(LIST).answer(Answer::raw(
        200,
        "text/html",
        "<html><body>Please log in to the campus network</body></html>\n",
    ));
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list apiservices: the answer could not be understood: expected value at line 1 column 1
    hint: is http://127.0.0.1:$PORT really a Kubernetes API? see what it answers: kubectl --context lecture get --raw /version
    -- exit code 1
    ");
}

/// The metrics API itself fails; the rest of the cluster answers.
#[test]
fn the_metrics_api_answers_with_an_error() {
    let api = healthy();
    api.on("list /apis/metrics.k8s.io/v1beta1/nodes").answer(Answer::status(
        503,
        "ServiceUnavailable",
        "the server is currently unable to handle the request (get nodes.metrics.k8s.io)",
    ));
    insta::assert_snapshot!(fix(&api, &["--timeout", "2s"]), @r"
    $ kubectl-lab-metrics_fix --timeout 2s
    -- stderr
    error: pod kube-system/metrics-server-wstcxvjt6m-6f4kq is Ready, but the API server cannot use it: Passed (all checks passed); asked for metrics, it says: the server is currently unable to handle the request (get nodes.metrics.k8s.io)
    hint: look for a firewall or a network policy between the API server and the pod network
    -- exit code 1
    ");
    assert_nothing_written(&api);
}

#[test]
fn watches_that_are_refused_only_make_it_slower() {
    let api = just_applied();
    api.on("watch /**").answer(Answer::status(403, "Forbidden", "no watches today"));
    // After the repair the first metrics are still to come.
    let none = serde_json::json!({"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": []});
    api.on("list /apis/metrics.k8s.io/v1beta1/nodes").nth(2).answer(Answer::json(200, &none));
    let output = fix(&api, &[]).succeeds();
    assert!(output.stdout.starts_with("metrics work"), "{output}");
}

/// Neither is somebody else at work, nor is a journal that could not be closed passed over.
#[test]
fn a_webhook_that_cannot_be_asked_about_the_journal_is_named() {
    let why = "failed calling webhook \"validate.policies.example\": connect: connection refused";
    for request in
        ["create /api/v1/namespaces/kube-system/configmaps", "patch /api/v1/namespaces/kube-system/configmaps/*"]
    {
        let api = just_applied();
        api.on(request).answer(Answer::internal_error(why));
        let output = fix(&api, &[]);
        assert_eq!(output.code, Some(1), "{output}");
        assert!(output.stderr.contains(why), "{output}");
        assert!(!output.stderr.contains("another run"), "{output}");
    }
}
