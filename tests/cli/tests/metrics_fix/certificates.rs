use lab_cli::api::Api;
use lab_cli::objects::MetricsServer;
use lab_cli::objects::certificate_request::{Request, of_kubelet};
use lab_cli::world::{Kubelets, World, nodes};
use serde_json::Value;

use super::{args, assert_nothing_written, fix, generation, just_applied, prepared};

const REQUESTS: &str = "certificatesigningrequests.certificates.k8s.io";

/// Each kubelet has asked for a serving certificate.
fn asked() -> Vec<Request> {
    nodes().iter().map(of_kubelet).collect()
}

fn bootstrapping(requests: &[Request]) -> Api {
    let objects = MetricsServer::default().objects().into_iter().chain(requests.iter().map(Request::object));
    World::with_kubelets(Kubelets::Bootstrap).stage(objects.collect::<Vec<Value>>())
}

fn is_pending(api: &Api, name: &str) -> bool {
    api.get(REQUESTS, name).unwrap()["status"]["conditions"].is_null()
}

#[test]
fn without_secure_nothing_is_approved() {
    let api = bootstrapping(&asked());
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: 3 requests for kubelet serving certificates are pending (of lab-1, lab-2, lab-3): nobody has approved them, so these kubelets cannot be scraped
    hint: check and approve those that match their Node, and let metrics work without the insecure flag: kubectl lab metrics-fix --secure
    hint: see them with: kubectl get csr
    -- exit code 1
    ");
    assert_nothing_written(&api);
}

#[test]
fn secure_approves_and_needs_no_insecure_flag() {
    let api = bootstrapping(&asked());
    let before = generation(&api);
    insta::assert_snapshot!(fix(&api, &["--secure"]), @r"
    $ kubectl-lab-metrics_fix --secure
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-46kk5lw59t-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. approve 3 requests for kubelet serving certificates: csr-lab-1 (Node lab-1), csr-lab-2 (Node lab-2), csr-lab-3 (Node lab-3)
         why: these kubelets wait for their serving certificates; requestor, usages, names and addresses match their Nodes
         cannot be undone: a certificate that was issued stays valid until it expires
      then: look again until the metrics of every Ready node and of a pod can be read
    done: approve 3 requests for kubelet serving certificates: csr-lab-1 (Node lab-1), csr-lab-2 (Node lab-2), csr-lab-3 (Node lab-3)
    -- exit code 0
    ");
    assert!(!args(&api).contains("insecure"));
    assert_eq!(generation(&api), before, "the Deployment is left alone");
    insta::assert_snapshot!(api.seen().writes().only(|request| request.path.contains("csr-lab-1")).with_bodies(), @r#"
    PATCH /apis/certificates.k8s.io/v1/certificatesigningrequests/csr-lab-1/approval?fieldManager=kubectl-lab
    [
      {
        "op": "test",
        "path": "/metadata/uid",
        "value": "00000000-0000-4000-8000-000000000026"
      },
      {
        "op": "test",
        "path": "/status",
        "value": {}
      },
      {
        "op": "add",
        "path": "/status/conditions",
        "value": [
          {
            "type": "Approved",
            "status": "True",
            "reason": "KubectlLabMetricsFix",
            "message": "requestor, usages, names and addresses match Node lab-1"
          }
        ]
      }
    ]
    "#);
}

/// A request of somebody else and one that asks for another name: they stay pending, and are named.
#[test]
fn requests_that_do_not_match_stay_pending() {
    let mut requests = asked();
    requests.push(Request {
        name: "csr-mallory".into(),
        username: "mallory".into(),
        groups: vec!["system:authenticated".into()],
        ..of_kubelet(&nodes()[0])
    });
    requests.push(Request {
        name: "csr-kubernetes".into(),
        names: vec!["lab-2".into(), "kubernetes.default.svc".into()],
        age: 200,
        ..of_kubelet(&nodes()[1])
    });
    let api = bootstrapping(&requests);
    insta::assert_snapshot!(fix(&api, &["--secure", "--yes"]), @r#"
    $ kubectl-lab-metrics_fix --secure --yes
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-46kk5lw59t-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. approve 3 requests for kubelet serving certificates: csr-lab-1 (Node lab-1), csr-lab-2 (Node lab-2), csr-lab-3 (Node lab-3)
         why: these kubelets wait for their serving certificates; requestor, usages, names and addresses match their Nodes
         cannot be undone: a certificate that was issued stays valid until it expires
      note: request csr-mallory of "" stays pending: its requestor is "mallory", not a node
      note: request csr-kubernetes of "lab-2" stays pending: it asks for kubernetes.default.svc, which is not an address of the Node (172.30.0.3, lab-2)
      then: look again until the metrics of every Ready node and of a pod can be read
    done: approve 3 requests for kubelet serving certificates: csr-lab-1 (Node lab-1), csr-lab-2 (Node lab-2), csr-lab-3 (Node lab-3)
    -- exit code 0
    "#);
    assert!(is_pending(&api, "csr-mallory") && is_pending(&api, "csr-kubernetes"));
}

#[test]
fn no_request_may_be_approved() {
    let requests: Vec<Request> = asked()
        .into_iter()
        .map(|request| Request { usages: vec!["server auth".into(), "client auth".into()], ..request })
        .collect();
    let api = bootstrapping(&requests);
    insta::assert_snapshot!(fix(&api, &["--secure"]), @r#"
    $ kubectl-lab-metrics_fix --secure
    -- stderr
    error: no pending request for a kubelet serving certificate may be approved
    hint: request csr-lab-1 of "lab-1" stays pending: it asks for the usage "client auth", which a serving certificate does not need
    hint: request csr-lab-2 of "lab-2" stays pending: it asks for the usage "client auth", which a serving certificate does not need
    hint: request csr-lab-3 of "lab-3" stays pending: it asks for the usage "client auth", which a serving certificate does not need
    -- exit code 1
    "#);
    assert_nothing_written(&api);
}

#[test]
fn kubelets_that_do_not_ask() {
    insta::assert_snapshot!(fix(&just_applied(), &["--secure"]), @r"
    $ kubectl-lab-metrics_fix --secure
    -- stderr
    error: the kubelets do not ask for serving certificates that could be approved, so there is no secure way yet
    hint: set serverTLSBootstrap: true in each kubelet's configuration (kubeadm: also in ConfigMap kube-system/kubelet-config) and restart the kubelets, then run this again
    hint: or, in a lab: kubectl lab metrics-fix without --secure
    -- exit code 1
    ");
}

#[test]
fn an_approval_is_asked_about_in_a_terminal() {
    let api = bootstrapping(&asked());
    let mut terminal = prepared(&api, &["--secure"]).in_terminal();
    terminal.expect("Do this?");
    terminal.types("n\r");
    insta::assert_snapshot!(terminal.wait(), @r"
    $ kubectl-lab-metrics_fix --secure
    -- stdout
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. approve 3 requests for kubelet serving certificates: csr-lab-1 (Node lab-1), csr-lab-2 (Node
         lab-2), csr-lab-3 (Node lab-3)
         why: these kubelets wait for their serving certificates; requestor, usages, names and
              addresses match their Nodes
         cannot be undone: a certificate that was issued stays valid until it expires
      then: look again until the metrics of every Ready node and of a pod can be read
    Do this? no
    error: not confirmed; this step was not taken
    -- exit code 7
    ");
    assert_nothing_written(&api);
}

#[test]
fn the_right_to_approve_is_missing() {
    let api = bootstrapping(&asked());
    api.deny("approve", "signers.certificates.k8s.io", None);
    insta::assert_snapshot!(fix(&api, &["--secure"]), @r#"
    $ kubectl-lab-metrics_fix --secure
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. approve 3 requests for kubelet serving certificates: csr-lab-1 (Node lab-1), csr-lab-2 (Node lab-2), csr-lab-3 (Node lab-3)
         why: these kubelets wait for their serving certificates; requestor, usages, names and addresses match their Nodes
         cannot be undone: a certificate that was issued stays valid until it expires
      then: look again until the metrics of every Ready node and of a pod can be read
    error: nothing was changed, because a right is missing that the plan needs
    missing right: approve signers.certificates.k8s.io kubernetes.io/kubelet-serving (cluster-wide)
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubectl-lab
    rules:
    # signers: lets its holder have certificates signed that pass for any node's kubelet
    - apiGroups: ["certificates.k8s.io"]
      resources: ["signers"]
      resourceNames: ["kubernetes.io/kubelet-serving"]
      verbs: ["approve"]

    -- exit code 5
    "#);
    assert_nothing_written(&api);
}
