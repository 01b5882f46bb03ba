use lab_cli::objects::{Layout, MetricsServer};
use lab_cli::world::{Kubelets, World};
use serde_json::json;

use super::{FLAG, args, assert_nothing_written, deployment, edit, fix, generation, healthy, just_applied};

#[test]
fn the_manifest_just_applied() {
    let api = just_applied();
    insta::assert_snapshot!(fix(&api, &[]), @r#"
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
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    ");
    insta::assert_snapshot!(api.seen().writes().without_journals().with_bodies(), @r#"
    PATCH /apis/apps/v1/namespaces/kube-system/deployments/metrics-server?fieldManager=kubectl-lab
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
fn the_second_run_changes_nothing() {
    let api = just_applied();
    let first = fix(&api, &[]).succeeds();
    assert!(first.stderr.contains("done: append --kubelet-insecure-tls"), "{first}");
    let (before, writes) = (generation(&api), api.seen().writes().count());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
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
    assert_eq!(generation(&api), before);
    assert_eq!(api.seen().writes().count(), writes);
}

#[test]
fn already_healthy() {
    let api = healthy();
    let before = generation(&api);
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
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
    assert_eq!(generation(&api), before);
    assert_nothing_written(&api);
}

#[test]
fn healthy_without_the_flag() {
    let api = World::with_kubelets(Kubelets::Signed).stage(MetricsServer::default().objects());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-46kk5lw59t-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
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

#[test]
fn kubelets_whose_authority_is_unknown() {
    let api = World::with_kubelets(Kubelets::UnknownAuthority).stage(MetricsServer::default().objects());
    insta::assert_snapshot!(fix(&api, &[]), @r#"
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
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: certificate signed by unknown authority
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
}

#[test]
fn the_lectures_old_patch() {
    let api = World::default().stage(MetricsServer::default().with_lecture_patch().objects());
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
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    ");
    insta::assert_snapshot!(api.seen().writes().without_journals().with_bodies(), @r#"
    PATCH /apis/apps/v1/namespaces/kube-system/deployments/metrics-server?fieldManager=kubectl-lab
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
          "--secure-port=4443",
          "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
          "--kubelet-use-node-status-port",
          "--metric-resolution=15s",
          "--kubelet-insecure-tls"
        ]
      },
      {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/args/1",
        "value": "--secure-port=10250"
      }
    ]
    "#);
}

#[test]
fn the_lectures_old_patch_without_its_flag() {
    let mut server = MetricsServer::default().with_lecture_patch();
    server.args.retain(|arg| arg != FLAG);
    let api = World::default().stage(server.objects());
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
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    done: set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    ");
}

#[test]
fn the_layout_of_0_6_3_gets_the_flag_only() {
    let api = World::default().stage(MetricsServer::new(Layout::V0_6_3).objects());
    insta::assert_snapshot!(fix(&api, &[]), @r#"
    $ kubectl-lab-metrics_fix
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-g756xfspbq-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.6.3
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=4443
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    ");
}

#[test]
fn the_flag_is_there_as_false() {
    let api = World::default().stage(MetricsServer::default().arg("--kubelet-insecure-tls=false").objects());
    insta::assert_snapshot!(fix(&api, &[]), @r#"
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
      1. leave one --kubelet-insecure-tls in place of --kubelet-insecure-tls=false in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: leave one --kubelet-insecure-tls in place of --kubelet-insecure-tls=false in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    ");
    insta::assert_snapshot!(api.seen().writes().without_journals().with_bodies(), @r#"
    PATCH /apis/apps/v1/namespaces/kube-system/deployments/metrics-server?fieldManager=kubectl-lab
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
          "--metric-resolution=15s",
          "--kubelet-insecure-tls=false"
        ]
      },
      {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/args/5",
        "value": "--kubelet-insecure-tls"
      }
    ]
    "#);
}

#[test]
fn the_flag_is_there_twice_and_contradicts_itself() {
    let api = World::default().stage(MetricsServer::default().arg(FLAG).arg("--kubelet-insecure-tls=false").objects());
    insta::assert_snapshot!(fix(&api, &[]), @r#"
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
      1. leave one --kubelet-insecure-tls in place of --kubelet-insecure-tls=false in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: leave one --kubelet-insecure-tls in place of --kubelet-insecure-tls=false in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    ");
}

#[test]
fn the_flag_is_there_twice_and_works() {
    let api = World::default().stage(MetricsServer::default().arg(FLAG).arg(FLAG).objects());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-4t47zfb8r9-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
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

#[test]
fn the_flag_is_misspelt_and_the_pod_crashes_on_it() {
    let api = World::default().stage(MetricsServer::default().arg("--kubectl-insecure-tls").arg("--v=2").objects());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-5gfv5j2462-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. leave one --kubelet-insecure-tls in place of --kubectl-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: container metrics-server does not know the flag --kubectl-insecure-tls and ends at once
      then: look again until the metrics of every Ready node and of a pod can be read
    done: leave one --kubelet-insecure-tls in place of --kubectl-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    --v=2
    ");
}

#[test]
fn another_flag_that_it_does_not_know() {
    let api = World::default().stage(MetricsServer::default().arg(FLAG).arg("--deprecated-port=8080").objects());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: container metrics-server of pod kube-system/metrics-server-xf5rd266ch-6f4kq does not know the flag --deprecated-port and ends at once
    hint: take --deprecated-port out of its arguments
    -- exit code 1
    ");
    assert_nothing_written(&api);
}

#[test]
fn scaled_to_zero() {
    let api = World::default().stage(MetricsServer { replicas: 0, ..MetricsServer::default() }.objects());
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
      1. scale Deployment kube-system/metrics-server to 1 replica
         why: Deployment kube-system/metrics-server is scaled to zero, so nobody collects metrics
      then: look again until the metrics of every Ready node and of a pod can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    done: scale Deployment kube-system/metrics-server to 1 replica
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
    assert_eq!(deployment(&api)["spec"]["replicas"], 1);
}

#[test]
fn the_service_selects_nothing() {
    let server = MetricsServer { service_selector: Some(json!({"app": "metrics"})), ..MetricsServer::default() };
    let api = World::default().stage(server.objects());
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
      1. let Service kube-system/metrics-server select k8s-app=metrics-server
         why: Service kube-system/metrics-server selects app=metrics, which no pod of Deployment kube-system/metrics-server carries: they carry k8s-app=metrics-server
      then: look again until the metrics of every Ready node and of a pod can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    done: let Service kube-system/metrics-server select k8s-app=metrics-server
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
    assert_eq!(
        api.get("services", "kube-system/metrics-server").unwrap()["spec"]["selector"],
        json!({"k8s-app": "metrics-server"})
    );
}

#[test]
fn the_rollout_is_paused() {
    let api = just_applied();
    edit(&api, |deployment| deployment["spec"]["paused"] = json!(true));
    insta::assert_snapshot!(fix(&api, &[]), @r#"
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
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      2. resume the rollout of Deployment kube-system/metrics-server
         why: the rollout of Deployment kube-system/metrics-server is paused, so changes of its template do not reach its pods
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    done: resume the rollout of Deployment kube-system/metrics-server
    -- exit code 0
    "#);
    assert_eq!(deployment(&api)["spec"].get("paused"), None);
}

#[test]
fn the_rollout_is_paused_before_the_flag_got_out() {
    let api = just_applied();
    edit(&api, |deployment| {
        deployment["spec"]["paused"] = json!(true);
        let args = deployment.pointer_mut("/spec/template/spec/containers/0/args").unwrap();
        args.as_array_mut().unwrap().push(json!(FLAG));
    });
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
      1. resume the rollout of Deployment kube-system/metrics-server
         why: the rollout of Deployment kube-system/metrics-server is paused, so changes of its template do not reach its pods
      then: look again until the metrics of every Ready node and of a pod can be read
    done: resume the rollout of Deployment kube-system/metrics-server
    -- exit code 0
    ");
}

/// Three things are wrong at once; each is in the plan before the first is done.
#[test]
fn several_faults_in_one_plan() {
    let mut server = MetricsServer { replicas: 0, ..MetricsServer::default().with_lecture_patch() };
    server.args.retain(|arg| arg != FLAG);
    let api = World::default().stage(server.objects());
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. scale Deployment kube-system/metrics-server to 1 replica
         why: Deployment kube-system/metrics-server is scaled to zero, so nobody collects metrics
      2. set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused
      then: look again until the metrics of every Ready node and of a pod can be read
      may follow: append --kubelet-insecure-tls, if the kubelets' certificates turn out to be the cause
    done: scale Deployment kube-system/metrics-server to 1 replica
    done: set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    ");
}
