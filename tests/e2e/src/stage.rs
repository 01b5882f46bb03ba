//! One shared cluster, taken for the length of a test.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use lab_cli::run::Run;
use lab_cluster::cluster::Cluster;
use lab_cluster::kubernetes::Kubernetes;
use lab_cluster::programs;
use lab_cluster::shared::{Shared, Turn, shared};
use serde_json::Value;

use crate::bare::make_bare;
use crate::direct::Direct;

/// A run that pulls an image, rolls out and waits for two scrapes takes most of a minute, more on a busy machine.
const RUN: Duration = Duration::from_secs(240);

pub struct Stage {
    pub cluster: Cluster,
    /// What `kubectl lab …` is called by.
    kubectl: PathBuf,
    _turn: Turn,
}

impl Stage {
    /// Three real nodes whose kubelets signed their own certificates; no metrics-server.
    pub fn full() -> Stage {
        Stage::take(Shared::Full)
    }

    /// One real node whose kubelet asks for its serving certificate; no metrics-server. Made anew, because a certificate that
    /// was issued cannot be taken back.
    pub fn bootstrap() -> Stage {
        let turn = turn(Shared::Bootstrap);
        lab_cluster::down::down(Shared::Bootstrap.name()).unwrap_or_else(|error| panic!("{error:#}"));
        Stage::set(Shared::Bootstrap, turn)
    }

    /// Control plane and nodes that only exist as objects; no metrics-server.
    pub fn light() -> Stage {
        Stage::take(Shared::Light)
    }

    /// Two real nodes, with a fresh kube-proxy in iptables mode as kubeadm lays it out.
    pub fn proxy() -> Stage {
        let stage = Stage::take(Shared::Proxy);
        stage.fresh_kube_proxy();
        stage
    }

    /// Three real nodes without MetalLB and without Services of type LoadBalancer; the first is labelled as kubeadm labels a control plane.
    pub fn load_balancer() -> Stage {
        let stage = Stage::hold(Shared::LoadBalancer, turn(Shared::LoadBalancer));
        stage.make_bare();
        stage
    }

    /// One real node whose kubelet knows the network of no pod.
    pub fn blind() -> Stage {
        Stage::hold(Shared::Blind, turn(Shared::Blind))
    }

    /// Two real nodes of the oldest Kubernetes that is still looked after, without metrics-server, MetalLB and all that tests make.
    pub fn oldest() -> Stage {
        let stage = Stage::take(Shared::Oldest);
        stage.make_bare();
        stage
    }

    fn take(kind: Shared) -> Stage {
        Stage::set(kind, turn(kind))
    }

    fn set(kind: Shared, turn: Turn) -> Stage {
        let stage = Stage::hold(kind, turn);
        stage.remove_metrics_server();
        stage
    }

    fn hold(kind: Shared, turn: Turn) -> Stage {
        let cluster = shared(kind).unwrap_or_else(|error| panic!("{error:#}"));
        Stage { kubectl: cluster.kubectl(), cluster, _turn: turn }
    }

    /// Takes MetalLB and all that tests of it make away again, in the middle of a test too.
    pub fn make_bare(&self) {
        let bare = Direct::to(&self.kubeconfig()).and_then(|api| make_bare(&self.cluster, &api));
        bare.unwrap_or_else(|error| panic!("{error:#}"));
    }

    /// From here on `kubectl lab …` is called by the kubectl of this release, whatever the cluster's own is.
    pub fn call_by(&mut self, release: Kubernetes) {
        let built = programs::ensure(&[release.program()]).unwrap_or_else(|error| panic!("{error:#}"));
        self.kubectl = built.kubernetes("kubectl");
    }

    /// As if no run had ever changed anything.
    pub fn clear_journals(&self) {
        self.kubectl(&["delete", "configmap", "-A", "-l", "kubectl-lab/state"]);
    }

    /// `kubectl lab …` as the cluster's administrator, by the kubectl of the cluster unless another was chosen.
    pub fn lab(&self, args: &[&str]) -> Run {
        self.lab_as(&self.kubeconfig(), args)
    }

    /// The same with another kubeconfig.
    pub fn lab_as(&self, kubeconfig: &str, args: &[&str]) -> Run {
        Run::program(&self.kubectl)
            .kubeconfig(kubeconfig)
            .env("PATH", self.cluster.verbs())
            .args(["lab"].iter().chain(args).map(ToString::to_string))
            .limit(RUN)
    }

    pub fn kubeconfig(&self) -> String {
        let path = self.cluster.kubeconfig();
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()))
    }

    /// The API server, without kubectl.
    pub fn direct(&self) -> Direct {
        Direct::to(&self.kubeconfig()).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// What kubectl prints.
    ///
    /// # Panics
    /// If it fails.
    pub fn kubectl(&self, args: &[&str]) -> String {
        self.try_kubectl(args).unwrap_or_else(|error| panic!("kubectl {} failed: {error}", args.join(" ")))
    }

    pub fn try_kubectl(&self, args: &[&str]) -> Result<String, String> {
        let output = self.cluster.kubectl_command().args(args).output().map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    pub fn get(&self, args: &[&str]) -> Value {
        let text = self.kubectl(&[&["get", "-o", "json"], args].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("kubectl get {args:?} printed no JSON: {error}"))
    }

    /// `kubectl VERB -f -` with these objects.
    pub fn feed(&self, verb: &[&str], text: &str) {
        let mut command = self.cluster.kubectl_command();
        command.args(verb).args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("could not run kubectl: {error}"));
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(text.as_bytes()).unwrap_or_else(|error| panic!("could not feed kubectl: {error}"));
        }
        let output = child.wait_with_output().unwrap_or_else(|error| panic!("kubectl did not end: {error}"));
        assert!(output.status.success(), "kubectl {verb:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Waits until something holds.
    ///
    /// # Panics
    /// After two minutes.
    pub fn eventually<T>(&self, what: &str, mut probe: impl FnMut(&Stage) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = probe(self) {
                return found;
            }
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "in vain: {what}\n{}",
                self.kubectl(&["get", "pods", "-A", "-o", "wide"])
            );
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// A test that failed has said so; the next one starts from a clean cluster all the same.
fn turn(kind: Shared) -> Turn {
    Turn::at(kind).unwrap_or_else(|error| panic!("{error:#}"))
}
