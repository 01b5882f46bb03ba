use lab_cli::api::Api;
use lab_cli::objects::{MetricsServer, helm};
use lab_cli::world::{Kubelets, World};
use serde_json::json;

use super::{FLAG, args_of, assert_nothing_written, edit, fix, just_applied};

fn released() -> Api {
    World::default().stage(helm::release("lecture", "monitoring").objects())
}

/// The Deployment has another name and namespace, and a sidecar is its first container.
#[test]
fn helm_is_named_with_the_line_that_does_it_right() {
    let api = released();
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    error: Deployment monitoring/lecture-metrics-server is managed by Helm (release lecture), whose next upgrade would undo a patch
    hint: helm upgrade lecture metrics-server/metrics-server -n monitoring --reuse-values --set 'args={--kubelet-insecure-tls}'
    hint: if the release sets args already, name them between the braces too: helm get values lecture -n monitoring
    hint: to go ahead all the same, add --allow helm-managed
    -- exit code 7
    ");
    assert_nothing_written(&api);
}

#[test]
fn helms_deployment_is_patched_where_that_is_allowed() {
    let api = released();
    insta::assert_snapshot!(fix(&api, &["--allow", "helm-managed"]), @r#"
    $ kubectl-lab-metrics_fix --allow helm-managed
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod monitoring/lecture-metrics-server-t24rz4m88q-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment monitoring/lecture-metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment monitoring/lecture-metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      note: allowed by you: Deployment monitoring/lecture-metrics-server is managed by Helm (release lecture), whose next upgrade would undo a patch
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment monitoring/lecture-metrics-server, keep all other arguments
    -- exit code 0
    "#);
    let deployment = api.get("deployments.apps", "monitoring/lecture-metrics-server").unwrap();
    insta::assert_snapshot!(args_of(&deployment), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --kubelet-insecure-tls
    ");
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["args"],
        json!(["--container=metrics-server"]),
        "the sidecar is left alone"
    );
}

#[test]
fn another_managers_code_does_not_answer_for_helm() {
    let api = released();
    let output = fix(&api, &["--allow", "argocd-managed", "--allow", "flux-managed", "--allow", "addon-managed"]);
    assert_eq!(output.code, Some(7), "{output}");
    assert_nothing_written(&api);
}

#[test]
fn nobody_is_refused_where_nothing_has_to_be_done() {
    let api = World::with_kubelets(Kubelets::Signed).stage(helm::release("lecture", "monitoring").objects());
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod monitoring/lecture-metrics-server-qmw5rq4bh6-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment monitoring/lecture-metrics-server v0.9.0
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
fn argo_cd() {
    let api = just_applied();
    edit(&api, |deployment| {
        deployment["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
            json!("lab:apps/Deployment:kube-system/metrics-server");
    });
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: Deployment kube-system/metrics-server is synced by Argo CD, whose next sync would undo a patch
    hint: change the source of the Application: args={--kubelet-insecure-tls}
    hint: to go ahead all the same, add --allow argocd-managed
    -- exit code 7
    ");
    assert_nothing_written(&api);
    let output = fix(&api, &["--allow", "argocd-managed"]).succeeds();
    assert!(output.stdout.starts_with("metrics work"), "{output}");
}

#[test]
fn flux() {
    let api = just_applied();
    edit(&api, |deployment| {
        deployment["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = json!("infrastructure");
    });
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: Deployment kube-system/metrics-server is reconciled by Flux, whose next run would undo a patch
    hint: change the source that Flux reads: args={--kubelet-insecure-tls}
    hint: to go ahead all the same, add --allow flux-managed
    -- exit code 7
    ");
    assert_nothing_written(&api);
    let output = fix(&api, &["--allow", "flux-managed"]).succeeds();
    assert!(output.stdout.starts_with("metrics work"), "{output}");
}

#[test]
fn the_addon_manager() {
    let api = just_applied();
    edit(&api, |deployment| {
        deployment["metadata"]["labels"]["addonmanager.kubernetes.io/mode"] = json!("Reconcile");
    });
    insta::assert_snapshot!(fix(&api, &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: Deployment kube-system/metrics-server is an add-on of the distribution, whose manager may undo a patch
    hint: change the add-on's configuration instead
    hint: to go ahead all the same, add --allow addon-managed
    -- exit code 7
    ");
    assert_nothing_written(&api);
    let output = fix(&api, &["--allow", "addon-managed"]).succeeds();
    assert!(output.stdout.starts_with("metrics work"), "{output}");
}

#[test]
fn a_manager_is_named_in_json_too() {
    let server = MetricsServer { replicas: 0, ..helm::release("lecture", "monitoring").arg(FLAG) };
    let api = World::default().stage(server.objects());
    let output = fix(&api, &["-o", "json"]);
    insta::assert_snapshot!(output.stderr, @r"
    error: Deployment monitoring/lecture-metrics-server is managed by Helm (release lecture), whose next upgrade would undo a patch
    hint: helm upgrade lecture metrics-server/metrics-server -n monitoring --reuse-values --set 'replicas=1'
    hint: to go ahead all the same, add --allow helm-managed
    ");
    insta::assert_snapshot!(format!("{:#}", output.json()["error"]), @r#"
    {
      "message": "Deployment monitoring/lecture-metrics-server is managed by Helm (release lecture), whose next upgrade would undo a patch",
      "hints": [
        "helm upgrade lecture metrics-server/metrics-server -n monitoring --reuse-values --set 'replicas=1'",
        "to go ahead all the same, add --allow helm-managed"
      ],
      "missingRights": [],
      "exitCode": 7
    }
    "#);
    assert_nothing_written(&api);
}
