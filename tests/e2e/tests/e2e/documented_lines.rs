//! The command lines of the documents, typed one after the other as their reader would, with kubectl lab as krew installs it. Which lines
//! there are, and in which order: `lab_docs::lines`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_cli::installation::Installation;
use lab_cli::run::{Output, Run};
use lab_cluster::built::workspace;
use lab_cluster::cluster::From;
use lab_docs::lines::{self, Ends, Step};
use lab_e2e::{LoadBalancer, Manifest, Stage, Workload, demo_app};
use serde_json::json;

use crate::metrics_fix_installs::release_site;
use crate::probe::{DEMO_APP, service};

/// A port where nobody listens: nothing of a session leaves the machine.
const NOWHERE: &str = "http://127.0.0.1:9";
/// Long enough for rates that a kubelet has to count first.
const WATCHED: Duration = Duration::from_secs(20);

/// Somebody's terminal: what one line leaves in the home folder, the next one finds.
struct Session {
    stage: Stage,
    installation: Installation,
    folder: tempfile::TempDir,
}

impl Session {
    fn on(stage: Stage) -> Session {
        let folder = tempfile::tempdir().expect("a folder");
        let session = Session { stage, installation: Installation::of_this_version(), folder };
        for folder in [".local/bin", ".config/fish/completions", ".kube"] {
            fs::create_dir_all(session.home().join(folder)).expect("a folder");
        }
        fs::write(session.home().join(".kube/config"), session.stage.kubeconfig()).expect("a file");
        fs::write(session.home().join("components.yaml"), Manifest::upstream().documents()).expect("a file");
        symlink(workspace().join("docs"), session.home().join("docs")).expect("a link");
        session
    }

    fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Where kubectl and the plugin are found, and what else a shell needs.
    fn path(&self) -> String {
        let kubectl = self.stage.cluster.kubectl();
        let folders = [self.installation.bin(), kubectl.parent().expect("a folder").to_owned()];
        let own = self.home().join(".local/bin");
        let system = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from);
        let all = folders.into_iter().chain([own]).chain(system);
        std::env::join_paths(all).expect("a PATH").into_string().expect("text")
    }

    fn shell(&self, line: &str) -> Run {
        let home = self.home().to_str().expect("a path");
        Run::program("/bin/bash")
            .args(["-c".to_owned(), format!("cd {home} && {line}")])
            .env("HOME", home)
            .env("KUBECONFIG", format!("{home}/.kube/config"))
            .env("PATH", self.path())
            .env("HTTPS_PROXY", NOWHERE)
            .env("NO_PROXY", "127.0.0.1")
            .limit(Duration::from_secs(240))
    }

    fn types(&self, step: &Step) {
        match step.ends {
            Ends::With(code) => {
                let output = self.shell(step.line).run();
                assert_eq!(output.code, Some(code), "{}\n{output}", step.line);
            }
            Ends::Interrupted => {
                let output = self.interrupted(step.line);
                assert!(matches!(output.code, Some(0 | 130)), "{}\n{output}", step.line);
                assert!(output.stdout.contains("demo-app-"), "{}\n{output}", step.line);
            }
        }
    }

    fn interrupted(&self, line: &str) -> Output {
        let running = self.shell(&format!("exec {line}")).start();
        std::thread::sleep(WATCHED);
        running.interrupt();
        running.wait()
    }

    /// The same at the host on the nodes' network that is no node, where the addresses of Services can be reached.
    fn types_outside(&self, step: &Step) {
        let home = self.home().display();
        let (code, said) = self.outside(&format!(
            "export HOME={home} KUBECONFIG={home}/.kube/outside PATH={} HTTPS_PROXY={NOWHERE} NO_PROXY=172.30.0.0/16,127.0.0.1
            cd {home} && {}",
            self.path(),
            step.line
        ));
        assert_eq!(step.ends, Ends::With(code), "{}\n{said}", step.line);
    }

    fn outside(&self, script: &str) -> (i32, String) {
        let output = self.stage.cluster.exec(&From::Outside, &["bash", "-c", script]);
        let output = output.unwrap_or_else(|error| panic!("{error:#}"));
        let said = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
        (output.status.code().unwrap_or(-1), said)
    }
}

#[test]
fn of_an_installation_and_of_metrics() {
    let session = Session::on(Stage::full());
    session.stage.clear_journals();
    lines::INSTALLED.iter().chain(lines::METRICS).for_each(|step| session.types(step));
}

#[test]
fn of_services_and_their_traffic() {
    let session = Session::on(Stage::full());
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "lecture" } });
    let alone = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "demo-app", "namespace": "lecture" },
        "spec": { "terminationGracePeriodSeconds": 1, "containers": [
            { "name": "nginx", "image": "nginx:latest", "ports": [{ "containerPort": 80 }] },
        ] },
    });
    session.stage.kubectl(&["delete", "namespace", "lecture", "--ignore-not-found", "--timeout=60s"]);
    let items = [namespace, demo_app("lecture"), service("demo-app", &json!({})), alone];
    session.stage.feed(&["apply"], &json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string());
    session.stage.kubectl(&["wait", "pod", "--all", "-n", "lecture", "--for=condition=Ready", "--timeout=120s"]);
    let _ = session.shell("kubectl config set-context --current --namespace lecture").run().succeeds();
    lines::SERVICES.iter().for_each(|step| session.types(step));
}

#[test]
fn of_metallb() {
    let session = Session::on(Stage::load_balancer());
    session.stage.clear_journals();
    let workload = Workload::in_namespace("lecture").with(LoadBalancer::named("web"));
    session.stage.deploy(&workload.with(LoadBalancer::named("demo-app").at(DEMO_APP)));
    // What an earlier lecture has left in the user's cache.
    let site = release_site();
    let words = "kubectl lab metallb install --pool 172.30.0.200/29 --dry-run=client --release-site";
    let _ = session.shell(&format!("{words} {}", site.url())).run().succeeds();
    let copy = format!("cp $KUBECONFIG {}/.kube/outside", session.home().display());
    assert_eq!(session.outside(&copy).0, 0);
    session
        .types_outside(&Step { line: "kubectl config set-context --current --namespace lecture", ends: Ends::With(0) });
    lines::METALLB.iter().for_each(|step| session.types_outside(step));
}
