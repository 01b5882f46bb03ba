use super::{assert_nothing_written, fix, healthy, just_applied};

/// What a look at a cluster may cost where nothing is wrong.
const MOST: usize = 12;

#[test]
fn of_a_healthy_run_are_few() {
    let api = healthy();
    fix(&api, &[]).succeeds();
    let count = api.seen().count();
    assert!(count <= MOST, "{count} requests instead of {MOST}:\n{}", api.seen());
    assert_nothing_written(&api);
    insta::assert_snapshot!(api.seen(), @r"
    GET /apis/apiregistration.k8s.io/v1/apiservices?limit=500
    GET /api/v1/namespaces/kube-system/services/metrics-server
    GET /apis/apps/v1/namespaces/kube-system/deployments?limit=500
    GET /apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?labelSelector=kubernetes.io/service-name=metrics-server&limit=500
    GET /api/v1/namespaces/kube-system/pods?labelSelector=k8s-app=metrics-server&limit=500
    GET /apis/apps/v1/namespaces/kube-system/replicasets?labelSelector=k8s-app=metrics-server&limit=500
    GET /api/v1/nodes?limit=500
    GET /apis/metrics.k8s.io/v1beta1/nodes
    GET /apis/metrics.k8s.io/v1beta1/namespaces/kube-system/pods/metrics-server-wstcxvjt6m-6f4kq
    ");
}

#[test]
fn of_a_repair_are_known_one_by_one() {
    let api = just_applied();
    fix(&api, &[]).succeeds();
    insta::assert_snapshot!(api.seen().without_watches(), @r"
    GET /apis/apiregistration.k8s.io/v1/apiservices?limit=500
    GET /api/v1/namespaces/kube-system/services/metrics-server
    GET /apis/apps/v1/namespaces/kube-system/deployments?limit=500
    GET /apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?labelSelector=kubernetes.io/service-name=metrics-server&limit=500
    GET /api/v1/namespaces/kube-system/pods?labelSelector=k8s-app=metrics-server&limit=500
    GET /apis/apps/v1/namespaces/kube-system/replicasets?labelSelector=k8s-app=metrics-server&limit=500
    GET /api/v1/nodes?limit=500
    GET /apis/metrics.k8s.io/v1beta1/nodes
    GET /apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=spec.signerName=kubernetes.io/kubelet-serving&limit=500
    GET /api/v1/namespaces/kube-system/pods/metrics-server-46kk5lw59t-6f4kq/log?container=metrics-server&limitBytes=262144&previous=false&tailLines=200&timestamps=true
    GET /apis
    GET /api
    POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews
    GET /api/v1/namespaces/kube-system/configmaps?labelSelector=app.kubernetes.io/managed-by=kubectl-lab,kubectl-lab/state&limit=500
    POST /api/v1/namespaces/kube-system/configmaps?fieldManager=kubectl-lab
    PATCH /apis/apps/v1/namespaces/kube-system/deployments/metrics-server?fieldManager=kubectl-lab
    GET /apis/apiregistration.k8s.io/v1/apiservices?limit=500
    GET /api/v1/namespaces/kube-system/services/metrics-server
    GET /apis/apps/v1/namespaces/kube-system/deployments?limit=500
    GET /apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?labelSelector=kubernetes.io/service-name=metrics-server&limit=500
    GET /api/v1/namespaces/kube-system/pods?labelSelector=k8s-app=metrics-server&limit=500
    GET /apis/apps/v1/namespaces/kube-system/replicasets?labelSelector=k8s-app=metrics-server&limit=500
    GET /api/v1/nodes?limit=500
    GET /apis/metrics.k8s.io/v1beta1/nodes
    GET /apis/metrics.k8s.io/v1beta1/namespaces/kube-system/pods/metrics-server-wstcxvjt6m-6f4kq
    PATCH /api/v1/namespaces/kube-system/configmaps/kubectl-lab-$RUN?fieldManager=kubectl-lab
    ");
}

#[test]
fn of_a_server_dry_run_write_nothing() {
    let api = just_applied();
    fix(&api, &["--dry-run=server"]).succeeds();
    assert_nothing_written(&api);
    insta::assert_snapshot!(api.seen().only(|request| request.method != "GET").with_bodies(), @r#"
    PATCH /apis/apps/v1/namespaces/kube-system/deployments/metrics-server?dryRun=All&fieldManager=kubectl-lab
    [
      {
        "op": "test",
        "path": "/metadata/uid",
        "value": "00000000-0000-4000-8000-000000000024"
      },
      {
        "op": "test",
        "path": "/spec/template/spec/containers/0/name",
        "value": "metrics-server"
      },
      {
        "op": "test",
        "path": "/spec/template/spec/containers/0/args",
        "value": [
          "--cert-dir=/tmp",
          "--secure-port=10250",
          "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
          "--kubelet-use-node-status-port",
          "--metric-resolution=15s"
        ]
      },
      {
        "op": "add",
        "path": "/spec/template/spec/containers/0/args/5",
        "value": "--kubelet-insecure-tls"
      }
    ]
    "#);
}

#[test]
fn say_who_sends_them() {
    let api = healthy();
    fix(&api, &[]).succeeds();
    for request in api.seen().requests() {
        assert!(
            request.user_agent().starts_with("kubectl-lab"),
            "{} {}: {:?}",
            request.method,
            request.path,
            request.user_agent()
        );
    }
}

#[test]
fn can_be_sent_as_somebody_else() {
    let api = healthy();
    fix(&api, &["--as", "lecturer", "--as-group", "staff"]).succeeds();
    for request in api.seen().requests() {
        assert_eq!(request.header("impersonate-user"), Some("lecturer"), "{} {}", request.method, request.path);
        assert_eq!(request.header("impersonate-group"), Some("staff"), "{} {}", request.method, request.path);
    }
}
