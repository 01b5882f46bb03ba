use lab_cli::objects::MetricsServer;
use lab_cli::objects::certificate_request::of_kubelet;
use lab_cli::world::{Kubelets, World, nodes};

use super::{assert_nothing_written, fix, healthy, just_applied};

#[test]
fn to_patch_the_deployment() {
    let api = just_applied();
    api.deny("patch", "deployments.apps", Some("kube-system"));
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    error: nothing was changed, because a right is missing that the plan needs
    missing right: patch deployments.apps in namespace kube-system
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: kubectl-lab
      namespace: kube-system
    rules:
    - apiGroups: ["apps"]
      resources: ["deployments"]
      verbs: ["patch"]

    -- exit code 5
    "#);
    assert_nothing_written(&api);
}

/// Without a journal nothing could be taken back, so nothing is changed.
#[test]
fn to_keep_the_journal() {
    let api = just_applied();
    for verb in ["list", "create", "get", "patch"] {
        api.deny(verb, "configmaps", Some("kube-system"));
    }
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    error: nothing was changed, because a right is missing that the plan needs
    missing right: list configmaps in namespace kube-system
    missing right: create configmaps in namespace kube-system
    missing right: get configmaps in namespace kube-system
    missing right: patch configmaps in namespace kube-system
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: kubectl-lab
      namespace: kube-system
    rules:
    - apiGroups: [""]
      resources: ["configmaps"]
      verbs: ["list", "create", "get", "patch"]

    -- exit code 5
    "#);
    assert_nothing_written(&api);
}

/// Asked for before the first change: nothing is done by halves.
#[test]
fn is_named_in_json_too() {
    let api = just_applied();
    api.deny("patch", "deployments.apps", Some("kube-system"));
    let output = fix(&api, &["-o", "json"]);
    insta::assert_snapshot!(format!("{:#}", output.json()["error"]), @r#"
    {
      "message": "nothing was changed, because a right is missing that the plan needs",
      "hints": [],
      "missingRights": [
        "patch deployments.apps in namespace kube-system"
      ],
      "exitCode": 5
    }
    "#);
    assert_nothing_written(&api);
}

#[test]
fn to_list_api_services() {
    let api = healthy();
    api.deny("list", "apiservices.apiregistration.k8s.io", None);
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list apiservices: apiservices.apiregistration.k8s.io is forbidden: User "student" cannot list resource "apiservices" in API group "apiregistration.k8s.io" at the cluster scope
    missing right: list apiservices.apiregistration.k8s.io (cluster-wide)
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubectl-lab
    rules:
    - apiGroups: ["apiregistration.k8s.io"]
      resources: ["apiservices"]
      verbs: ["list"]

    -- exit code 5
    "#);
}

#[test]
fn to_list_nodes() {
    let api = healthy();
    api.deny("list", "nodes", None);
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list nodes: nodes is forbidden: User "student" cannot list resource "nodes" in API group "" at the cluster scope
    missing right: list nodes (cluster-wide)
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubectl-lab
    rules:
    - apiGroups: [""]
      resources: ["nodes"]
      verbs: ["list"]

    -- exit code 5
    "#);
}

#[test]
fn to_read_metrics() {
    let api = healthy();
    api.deny("list", "nodes.metrics.k8s.io", None);
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not read metrics: nodes.metrics.k8s.io is forbidden: User "student" cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope
    missing right: list nodes.metrics.k8s.io (cluster-wide)
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubectl-lab
    rules:
    - apiGroups: ["metrics.k8s.io"]
      resources: ["nodes"]
      verbs: ["list"]

    -- exit code 5
    "#);
}

/// They only explain some of the cases; the others are mended without them.
#[test]
fn to_list_certificate_requests_is_not_needed_for_the_flag() {
    let api = just_applied();
    api.deny("list", "certificatesigningrequests.certificates.k8s.io", None);
    let output = fix(&api, &[]).succeeds();
    assert!(output.stdout.starts_with("metrics work"), "{output}");
}

#[test]
fn to_list_certificate_requests_is_needed_for_secure() {
    let requests = nodes().iter().map(|node| of_kubelet(node).object()).collect::<Vec<_>>();
    let api =
        World::with_kubelets(Kubelets::Bootstrap).stage(MetricsServer::default().objects().into_iter().chain(requests));
    api.deny("list", "certificatesigningrequests.certificates.k8s.io", None);
    insta::assert_snapshot!(fix(&api, &["--secure"]), @r#"
    $ kubectl-lab-metrics_fix --secure
    -- stderr
    error: could not list certificatesigningrequests: certificatesigningrequests.certificates.k8s.io is forbidden: User "student" cannot list resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope
    missing right: list certificatesigningrequests.certificates.k8s.io (cluster-wide)
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: kubectl-lab
    rules:
    - apiGroups: ["certificates.k8s.io"]
      resources: ["certificatesigningrequests"]
      verbs: ["list"]

    -- exit code 5
    "#);
    assert_nothing_written(&api);
}

#[test]
fn to_read_logs() {
    let api = just_applied();
    api.deny("get", "pods/log", Some("kube-system"));
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: could not read the log of pod kube-system/metrics-server-46kk5lw59t-6f4kq: pods "metrics-server-46kk5lw59t-6f4kq" is forbidden: User "student" cannot get resource "pods/log" in API group "" in the namespace "kube-system"
    missing right: get pods/log in namespace kube-system
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: kubectl-lab
      namespace: kube-system
    rules:
    - apiGroups: [""]
      resources: ["pods/log"]
      verbs: ["get"]

    -- exit code 5
    "#);
    assert_nothing_written(&api);
}

#[test]
fn in_the_namespace_of_metrics_server() {
    let api = just_applied();
    for resource in ["services", "deployments.apps", "pods"] {
        api.deny("*", resource, Some("kube-system"));
    }
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not read Service kube-system/metrics-server: services "metrics-server" is forbidden: User "student" cannot get resource "services" in API group "" in the namespace "kube-system"
    missing right: get services in namespace kube-system
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: kubectl-lab
      namespace: kube-system
    rules:
    - apiGroups: [""]
      resources: ["services"]
      verbs: ["get"]

    -- exit code 5
    "#);
}
