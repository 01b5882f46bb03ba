//! Kubelets that ask for serving certificates: approved with `--secure` only, and only what matches a Node.

use std::path::Path;
use std::process::{Child, Stdio};

use lab_cluster::cluster::From;
use lab_e2e::{Manifest, Stage};
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

/// A request for a kubelet's certificate by somebody who is no kubelet.
fn foreign_request(stage: &Stage) {
    let mut parameters = CertificateParams::new(vec!["kubernetes.default".to_owned()]).expect("a name");
    parameters.distinguished_name.push(DnType::OrganizationName, "system:nodes");
    parameters.distinguished_name.push(DnType::CommonName, "system:node:elsewhere");
    let key = KeyPair::generate().expect("a key");
    let pem = parameters.serialize_request(&key).and_then(|request| request.pem()).expect("a request");
    let encoded = serde_json::to_value(k8s_openapi::ByteString(pem.into_bytes())).expect("text");
    let request = json!({
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": { "name": "foreign" },
        "spec": { "signerName": "kubernetes.io/kubelet-serving", "usages": ["digital signature", "server auth"], "request": encoded },
    });
    stage.kubectl(&["delete", "csr", "foreign", "--ignore-not-found"]);
    stage.feed(&["create"], &request.to_string());
}

fn requests(stage: &Stage) -> Vec<Value> {
    let list = stage.get(&["csr", "--field-selector=spec.signerName=kubernetes.io/kubelet-serving"]);
    list["items"].as_array().cloned().unwrap_or_default()
}

fn conditions(request: &Value) -> Vec<String> {
    let conditions = request["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.iter().map(|condition| condition["type"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn pending_requests_are_approved_and_no_insecure_flag_is_needed() {
    let stage = Stage::bootstrap();
    foreign_request(&stage);
    stage.apply(&Manifest::upstream());
    stage.eventually("the pod runs", |stage| {
        let pods = stage.kubectl(&["get", "pods", "-n", "kube-system", "-l", "k8s-app=metrics-server"]);
        pods.contains("Running").then_some(())
    });
    let refused = stage.lab(&["metrics-fix"]).run();
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.stderr.contains("nobody has approved it"), "{refused}");
    assert!(refused.stderr.contains("kubectl lab metrics-fix --secure"), "{refused}");
    assert!(
        requests(&stage).iter().all(|request| conditions(request).is_empty()),
        "something was approved:\n{refused}"
    );

    let holder = stage.holder("metrics-fix-secure");
    let output = holder.lab(&["metrics-fix", "--secure"]).run().succeeds();
    holder.has_used_all(&[], &output);
    assert!(output.stderr.contains("cannot be undone: a certificate that was issued stays valid"), "{output}");
    let pending = "request foreign of \"\" stays pending: its requestor is \"kubernetes-admin\", not a node";
    assert!(output.stderr.contains(pending), "{output}");
    assert!(!stage.args().contains(&"--kubelet-insecure-tls".to_owned()), "{output}");
    assert!(stage.top().is_ok());
    let foreign = stage.get(&["csr", "foreign"]);
    assert!(conditions(&foreign).is_empty(), "it was decided on: {foreign}");

    a_kubelet_with_an_expired_certificate(&stage);
}

/// Beside kubelets that are in order, one whose certificate has run out: a Node whose address is a host of the test's, where
/// such a certificate is shown. The insecure flag would hide it; it is not patched.
fn a_kubelet_with_an_expired_certificate(stage: &Stage) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = ExpiredServer::start(stage, folder.path());
    join_as_node(stage);
    stage.logs_say("certificate has expired or is not yet valid");
    let before = stage.args();
    // Without a kubelet the Node would be called NotReady after a while.
    stage.kubectl(&["patch", "node", "expired", "--subresource=status", "--type=merge", "-p", &ready().to_string()]);
    let output = stage.lab(&["metrics-fix"]).run();
    drop(server);
    stage.kubectl(&["delete", "node", "expired"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output.stderr.contains("cannot scrape node expired: its certificate is not valid at this time"),
        "{output}"
    );
    assert_eq!(stage.args(), before);
}

fn ready() -> Value {
    let condition =
        json!({ "type": "Ready", "status": "True", "reason": "Test", "message": "as if a kubelet said so" });
    json!({ "status": {
        "conditions": [condition],
        "addresses": [{ "type": "InternalIP", "address": "172.30.0.1" }, { "type": "Hostname", "address": "expired" }],
        "daemonEndpoints": { "kubeletEndpoint": { "Port": PORT } },
    } })
}

fn join_as_node(stage: &Stage) {
    let node = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "expired" }, "spec": { "unschedulable": true } });
    stage.feed(&["create"], &node.to_string());
    stage.kubectl(&["patch", "node", "expired", "--subresource=status", "--type=merge", "-p", &ready().to_string()]);
}

const PORT: u16 = 10250;

/// A TLS server on the host outside, with a certificate for its address that ran out years ago.
struct ExpiredServer(Child);

impl ExpiredServer {
    fn start(stage: &Stage, folder: &Path) -> ExpiredServer {
        let mut parameters = CertificateParams::new(vec!["172.30.0.1".to_owned()]).expect("an address");
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let file = folder.join("server.pem");
        std::fs::write(&file, certificate.pem() + &key.serialize_pem()).expect("a file");
        let mut command = stage.cluster.command(&From::Outside, "openssl").expect("a way outside");
        let file = file.to_str().expect("a path");
        command.args(["s_server", "-quiet", "-accept", &PORT.to_string(), "-cert", file, "-key", file]);
        ExpiredServer(
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("openssl runs"),
        )
    }
}

impl Drop for ExpiredServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
