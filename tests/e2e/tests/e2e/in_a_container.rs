//! Inside the cluster, in a container that has of Debian what each of its images has, the C library foremost: programs of an archive that
//! was made elsewhere start there, and reach the API server the way that Kubernetes gives to every pod.

use std::process::{Output, Stdio};

use lab_cli::installation::archive;
use lab_e2e::{Manifest, Stage, demo_app};
use serde_json::{Value, json};

use crate::probe::service;

const NAMESPACE: &str = "lecture";
const POD: &str = "student";
const ARCHIVE: &str = "mkdir -p ~/.local/share/kubectl-lab ~/.local/bin && tar -xzf - -C ~/.local/share/kubectl-lab &&
    ln -sf ~/.local/share/kubectl-lab/kubectl-lab ~/.local/bin/";
const KUBECTL: &str = "mkdir -p ~/.local/bin && cat > ~/.local/bin/kubectl && chmod +x ~/.local/bin/kubectl";

/// A pod that may do anything in the cluster, and the container in it.
struct Container {
    stage: Stage,
}

impl Container {
    fn on(stage: Stage) -> Container {
        stage.kubectl(&["delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=60s"]);
        let items = [
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } }),
            administrator(),
            pod(),
            demo_app(NAMESPACE),
            service("demo-app", &json!({})),
        ];
        stage.feed(&["apply"], &json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string());
        stage.kubectl(&["wait", "pod", "--all", "-n", NAMESPACE, "--for=condition=Ready", "--timeout=120s"]);
        let container = Container { stage };
        container.given(&std::fs::read(container.stage.cluster.kubectl()).expect("a program"), KUBECTL);
        container.given(archive().expect("an archive"), ARCHIVE);
        container
    }

    /// A line with these bytes before it.
    fn given(&self, bytes: &[u8], line: &str) {
        let mut command = self.stage.cluster.kubectl_command();
        command.args(["exec", "-i", "-n", NAMESPACE, POD, "--", "sh", "-c", line]);
        let mut running = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("kubectl starts");
        let sent = std::io::Write::write_all(&mut running.stdin.take().expect("a pipe"), bytes);
        let output = running.wait_with_output().expect("kubectl ends");
        assert!(
            output.status.success() && sent.is_ok(),
            "{line}: {sent:?}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn line(&self, line: &str) -> (Option<i32>, String) {
        let line = format!("export PATH=$HOME/.local/bin:$PATH; {line} 2>&1");
        let mut command = self.stage.cluster.kubectl_command();
        let output: Output =
            command.args(["exec", "-n", NAMESPACE, POD, "--", "sh", "-c", &line]).output().expect("kubectl runs");
        let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
        (output.status.code(), said)
    }

    fn says(&self, line: &str, wanted: &[&str]) {
        let (code, said) = self.line(line);
        let missing: Vec<_> = wanted.iter().filter(|wanted| !said.contains(**wanted)).collect();
        assert!(code == Some(0) && missing.is_empty(), "{line} ended with {code:?}, without {missing:?}:\n{said}");
    }
}

fn administrator() -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": { "name": "lecture-student" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin" },
        "subjects": [{ "kind": "ServiceAccount", "name": "default", "namespace": NAMESPACE }],
    })
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": POD, "namespace": NAMESPACE },
        "spec": { "terminationGracePeriodSeconds": 1, "containers": [
            { "name": "debian", "image": "debian:stable-slim", "command": ["sleep", "3600"], "env": [{ "name": "HOME", "value": "/root" }] },
        ] },
    })
}

#[test]
fn in_a_container_of_debian_every_program_does_its_work() {
    let stage = Stage::full();
    stage.clear_journals();
    let container = Container::on(stage);
    container.stage.apply(&Manifest::upstream());
    // Its own C library, and no kubeconfig.
    container.says("/lib64/ld-linux-x86-64.so.2 --version", &["GLIBC"]);
    container.says("test ! -e ~/.kube/config && kubectl get nodes", &["Ready"]);
    container.says("kubectl lab version --verify", &["metallb"]);
    container.says(
        "kubectl lab metrics-fix",
        &["cluster: server https://10.96.0.1, user this pod", "metrics work: read of 3 nodes (3 are Ready)"],
    );
    container.says("kubectl top nodes", &["MEMORY"]);
    container.says("kubectl lab probe demo-app --count 60", &["demo-app-"]);
    container.says("kubectl lab probe http://demo-app.lecture --count 60 --from here", &["demo-app-"]);
    container.says("kubectl lab strict-arp", &["strictARP"]);
    container.says("kubectl lab traffic", &["demo-app-"]);
    container.says("kubectl lab metallb status", &["MetalLB is not installed"]);
    container.says("kubectl lab completion bash", &["kubectl-lab"]);
    container.says("kubectl-lab __complete probe demo", &["demo-app"]);
    container.says("kubectl lab undo --last", &["--kubelet-insecure-tls"]);
    // No namespace goes while metrics are registered and not served.
    container.stage.remove_metrics_server();
    container.stage.kubectl(&["delete", "clusterrolebinding", "lecture-student"]);
    container.stage.kubectl(&["delete", "namespace", NAMESPACE, "--timeout=60s"]);
}
