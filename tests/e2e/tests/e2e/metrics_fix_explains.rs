//! What is not patched: the cause lies elsewhere, and is said in one line.

use lab_cli::run::Output;
use lab_e2e::{Manifest, Stage};
use serde_json::{Value, json};

const FLAG: &str = "--kubelet-insecure-tls";

/// Runs it, and checks that it fails with these words and changes nothing.
fn explained(stage: &Stage, args: &[&str], words: &[&str]) -> Output {
    let before = stage.get(&["deployment,service", "-n", "kube-system", "-l", "k8s-app=metrics-server"]);
    let output = stage.lab(&[&["metrics-fix"], args].concat()).run();
    assert_eq!(output.code, Some(1), "{output}");
    for word in words {
        assert!(output.stderr.contains(word), "it does not say {word:?}:\n{output}");
    }
    let after = stage.get(&["deployment,service", "-n", "kube-system", "-l", "k8s-app=metrics-server"]);
    assert_eq!(specs(&before), specs(&after), "something was written:\n{output}");
    output
}

fn specs(list: &Value) -> Vec<Value> {
    list["items"].as_array().into_iter().flatten().map(|item| item["spec"].clone()).collect()
}

#[test]
fn nothing_is_installed() {
    let stage = Stage::light();
    let output = stage.lab(&["metrics-fix"]).run();
    insta::assert_snapshot!(output, @r"
    $ kubectl lab metrics-fix
    -- stderr
    error: metrics-server is not installed: nothing serves metrics.k8s.io
    hint: install it with: kubectl lab metrics-fix --install
    -- exit code 1
    ");
}

/// Names of nodes are not in the cluster's DNS.
#[test]
fn the_nodes_names_do_not_resolve() {
    let stage = Stage::full();
    let by_name = |args: &mut Vec<Value>| {
        args.retain(|argument| !argument.as_str().is_some_and(|text| text.starts_with("--kubelet-preferred")));
        args.push(json!("--kubelet-preferred-address-types=Hostname"));
        args.push(json!(FLAG));
    };
    stage.apply(&Manifest::upstream().args(by_name));
    explained(
        &stage,
        &[],
        &[
            "its name does not resolve inside the cluster",
            "no such host",
            "--kubelet-preferred-address-types=InternalIP",
        ],
    );
}

/// The ClusterRole lacks what the kubelet asks about.
#[test]
fn the_kubelet_answers_403() {
    let stage = Stage::full();
    let without_kubelets = |role: &mut Value| {
        let rules = role["rules"].as_array_mut().expect("rules");
        rules.retain(|rule| rule["resources"] != json!(["nodes/metrics"]));
    };
    let manifest = Manifest::upstream().arg(FLAG).named("ClusterRole", "system:metrics-server", without_kubelets);
    stage.apply(&manifest);
    explained(&stage, &[], &["it does not let metrics-server in (403)", "403 Forbidden", "get on nodes/metrics"]);
}

/// metrics-server is given another authority than the one that signs the API server's front-proxy certificate.
#[test]
fn the_front_proxy_is_not_believed() {
    let stage = Stage::full();
    let other = "--requestheader-client-ca-file=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
    stage.apply(&Manifest::upstream().arg(FLAG).arg(other));
    explained(
        &stage,
        &[],
        &["does not believe requests that come through the API server", "--requestheader-client-ca-file"],
    );
}

#[test]
fn the_image_cannot_be_pulled() {
    let stage = Stage::full();
    let elsewhere = |deployment: &mut Value| {
        let image = deployment.pointer_mut("/spec/template/spec/containers/0/image").expect("an image");
        *image = json!("registry.k8s.io/metrics-server/metrics-server:v0.9.99");
    };
    stage.apply(&Manifest::upstream().with("Deployment", elsewhere));
    explained(
        &stage,
        &[],
        &[
            "the image registry.k8s.io/metrics-server/metrics-server:v0.9.99 of pod kube-system/metrics-server-",
            "cannot be pulled on",
        ],
    );
}

#[test]
fn the_pod_fits_on_no_node() {
    let stage = Stage::full();
    let nowhere = |deployment: &mut Value| {
        deployment["spec"]["template"]["spec"]["nodeSelector"] = json!({ "no-such-label": "yes" });
    };
    stage.apply(&Manifest::upstream().with("Deployment", nowhere));
    explained(&stage, &[], &["fits on no node: 0/3 nodes are available"]);
}

/// The API server is sent to a port on which nobody listens; the container itself is in order.
#[test]
fn the_service_sends_to_the_wrong_port() {
    let stage = Stage::full();
    let wrong = |service: &mut Value| service["spec"]["ports"][0]["targetPort"] = json!(4443);
    stage.apply(&Manifest::upstream().arg(FLAG).with("Service", wrong));
    let output = explained(
        &stage,
        &[],
        &["Service kube-system/metrics-server sends to port 4443, but container metrics-server"],
    );
    // The hint is a command; it has to work.
    let hint =
        output.stderr.lines().find_map(|line| line.strip_prefix("hint: kubectl ")).expect("a command").to_owned();
    let patch = hint.split_once(" -p ").expect("a patch").1.trim_matches('\'');
    stage.kubectl(&["-n", "kube-system", "patch", "service", "metrics-server", "--type=json", "-p", patch]);
    stage.lab(&["metrics-fix"]).run().succeeds();
}

/// A stand-in for prometheus-adapter: it serves the group, and is somebody else.
#[test]
fn another_adapter_serves_the_group() {
    let stage = Stage::full();
    let disguised = |deployment: &mut Value| {
        let container = deployment.pointer_mut("/spec/template/spec/containers/0").expect("a container");
        container["name"] = json!("prometheus-adapter");
        container["image"] = json!("nginx:latest");
        container["args"] = json!([]);
        for field in ["securityContext", "livenessProbe", "readinessProbe"] {
            container.as_object_mut().expect("a map").remove(field);
        }
    };
    stage.apply(&Manifest::upstream().with("Deployment", disguised));
    stage.eventually("the API server has tried it", |stage| {
        let api = stage.get(&["apiservice", "v1beta1.metrics.k8s.io"]).to_string();
        api.contains("FailedDiscoveryCheck").then_some(())
    });
    let words =
        ["is not metrics-server: nothing is patched; APIService v1beta1.metrics.k8s.io says FailedDiscoveryCheck"];
    explained(&stage, &[], &words);
}

#[test]
fn the_service_does_not_exist() {
    let stage = Stage::light();
    stage.apply(&Manifest::upstream());
    stage.kubectl(&["delete", "service", "metrics-server", "-n", "kube-system"]);
    explained(
        &stage,
        &[],
        &[
            "points to Service kube-system/metrics-server, which does not exist",
            "kubectl delete apiservice v1beta1.metrics.k8s.io",
        ],
    );
}
