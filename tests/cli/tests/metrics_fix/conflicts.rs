use lab_cli::api::{Answer, Api, Store};
use lab_cli::objects::MetricsServer;
use lab_cli::world::{World, nodes};
use serde_json::{Value, json};

use super::{DEPLOYMENT, FLAG, PATCH, args, deployment, fix, generation, just_applied};

const REVIEW: &str = "create /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn modified() -> Answer {
    let message = "Operation cannot be fulfilled on deployments.apps \"metrics-server\": the object has been modified; please apply your changes to the latest version and try again";
    Answer::status(409, "Conflict", message)
}

fn args_in(deployment: &mut Value) -> &mut Vec<Value> {
    deployment.pointer_mut("/spec/template/spec/containers/0/args").unwrap().as_array_mut().unwrap()
}

/// After the plan was made and shown, right before its first write: when the program asks for its rights.
fn edit_before_apply(api: &Api, edit: impl Fn(&mut Value) + Send + 'static) {
    api.after(REVIEW).nth(1).then(move |store, _| {
        store.edit("deployments.apps", DEPLOYMENT, |deployment| edit(deployment));
    });
}

#[test]
fn an_edit_of_the_arguments_between_plan_and_apply() {
    let api = just_applied();
    edit_before_apply(&api, |deployment| args_in(deployment).push(json!("--v=4")));
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-74gvxq6ncd-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
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
    note: Deployment kube-system/metrics-server was changed by somebody else at /spec/template/spec/containers/0/args; nothing was overwritten, looking again
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
    insta::assert_snapshot!(args(&api), @r"
    --cert-dir=/tmp
    --secure-port=10250
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --kubelet-use-node-status-port
    --metric-resolution=15s
    --v=4
    --kubelet-insecure-tls
    ");
}

#[test]
fn an_edit_of_another_place_is_no_conflict() {
    let api = just_applied();
    edit_before_apply(&api, |deployment| deployment["spec"]["replicas"] = json!(2));
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
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
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
    assert_eq!(deployment(&api)["spec"]["replicas"], 2);
}

#[test]
fn somebody_adds_the_flag_first() {
    let api = just_applied();
    edit_before_apply(&api, |deployment| args_in(deployment).push(json!(FLAG)));
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
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
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    note: Deployment kube-system/metrics-server was changed by somebody else at /spec/template/spec/containers/0/args; nothing was overwritten, looking again
    nothing to change
    -- exit code 0
    "#);
    assert_eq!(args(&api).matches(FLAG).count(), 1);
}

#[test]
fn the_deployment_is_made_anew_between_plan_and_apply() {
    let api = just_applied();
    api.after(REVIEW).nth(1).then(|store, _| {
        let mut again = store.get("deployments.apps", DEPLOYMENT).unwrap().clone();
        store.remove("deployments.apps", DEPLOYMENT);
        again["metadata"]
            .as_object_mut()
            .unwrap()
            .retain(|key, _| ["name", "namespace", "labels"].contains(&key.as_str()));
        again["status"] = json!({});
        store.put(again);
    });
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
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
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    note: Deployment kube-system/metrics-server was changed by somebody else at /metadata/uid; nothing was overwritten, looking again
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
}

#[test]
fn the_server_reports_a_conflict() {
    let api = just_applied();
    api.on(PATCH).nth(1).answer(modified());
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
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
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    note: Operation cannot be fulfilled on deployments.apps "metrics-server": the object has been modified; please apply your changes to the latest version and try again; nothing was overwritten, looking again
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
}

#[test]
fn conflicts_without_end() {
    let api = just_applied();
    let before = generation(&api);
    api.on(PATCH).answer(modified());
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    note: Operation cannot be fulfilled on deployments.apps "metrics-server": the object has been modified; please apply your changes to the latest version and try again; nothing was overwritten, looking again
    note: Operation cannot be fulfilled on deployments.apps "metrics-server": the object has been modified; please apply your changes to the latest version and try again; nothing was overwritten, looking again
    note: Operation cannot be fulfilled on deployments.apps "metrics-server": the object has been modified; please apply your changes to the latest version and try again; nothing was overwritten, looking again
    note: Operation cannot be fulfilled on deployments.apps "metrics-server": the object has been modified; please apply your changes to the latest version and try again; nothing was overwritten, looking again
    note: Operation cannot be fulfilled on deployments.apps "metrics-server": the object has been modified; please apply your changes to the latest version and try again; nothing was overwritten, looking again
    error: gave up after 5 conflicts: Operation cannot be fulfilled on deployments.apps "metrics-server": the object has been modified; please apply your changes to the latest version and try again
    hint: somebody or something keeps changing the object; run the same command again when it is quiet
    -- exit code 7
    "#);
    assert_eq!(generation(&api), before);
}

/// A 422 that no test is to blame for: an admission webhook, say.
#[test]
fn a_refusal_that_is_no_conflict() {
    let api = just_applied();
    let message = "Deployment.apps \"metrics-server\" is invalid: spec: Forbidden: policy no-insecure-tls";
    api.on(PATCH).answer(Answer::status(422, "Invalid", message));
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    error: could not patch Deployment kube-system/metrics-server: Deployment.apps "metrics-server" is invalid: spec: Forbidden: policy no-insecure-tls
    -- exit code 1
    "#);
}

#[test]
fn a_webhook_that_denies() {
    let api = just_applied();
    let message = "admission webhook \"policy.lecture.example\" denied the request: insecure flags are not allowed";
    api.on(PATCH).answer(Answer::status(403, "Forbidden", message));
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    error: could not patch Deployment kube-system/metrics-server: admission webhook "policy.lecture.example" denied the request: insecure flags are not allowed
    hint: this is not about rights: a policy of the cluster or a quota forbids it
    -- exit code 7
    "#);
}

/// An operator that puts the old arguments back as soon as they are changed.
fn revert(store: &mut Store) {
    let has_flag = |deployment: &Value| {
        deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array().unwrap().contains(&json!(FLAG))
    };
    if store.get("deployments.apps", DEPLOYMENT).is_some_and(has_flag) {
        store.edit_as("cluster-settings-operator", "deployments.apps", DEPLOYMENT, |deployment| {
            args_in(deployment).retain(|arg| arg != FLAG);
        });
    }
}

#[test]
fn something_that_reverts_the_change_at_once() {
    let api = Api::with(nodes().into_iter().chain(MetricsServer::default().objects()));
    // It is faster than the Deployment's own controller, so that no pod ever has the flag.
    api.controller(revert);
    World::default().live(&api);
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    error: the change of Deployment kube-system/metrics-server did not hold: field manager "cluster-settings-operator" put the old value back
    hint: make the change where field manager "cluster-settings-operator" takes its values from, or stop it first
    -- exit code 7
    "#);
    let writes = api.seen().writes().without_journals();
    assert_eq!(writes.count(), 1, "{writes}");
}

/// A pod with the flag is left of it, and metrics can be read for as long as it lives: that is no success.
#[test]
fn something_that_reverts_the_change_after_it_worked() {
    let api = just_applied();
    api.controller(revert);
    insta::assert_snapshot!(fix(&api, &["--yes"]), @r#"
    $ kubectl-lab-metrics_fix --yes
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    error: the change of Deployment kube-system/metrics-server did not hold: field manager "cluster-settings-operator" put the old value back
    hint: make the change where field manager "cluster-settings-operator" takes its values from, or stop it first
    -- exit code 7
    "#);
    let writes = api.seen().writes().without_journals();
    assert_eq!(writes.count(), 1, "{writes}");
}
