//! A Service before pods that say who they are.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lab_cluster::cluster::Cluster;
use lab_cluster::shared::{Shared, Turn, shared};
use lab_cluster::wait::{self, Look};
use lab_e2e::{Direct, LoadBalancer, Workload};
use lab_faults::{FaultProxy, Seen};
use tempfile::TempDir;

pub const NAMESPACE: &str = "bench-probe";
pub const SERVICE: &str = "web";

pub struct Ground {
    cluster: Cluster,
    verbs: PathBuf,
    proxy: FaultProxy,
    files: TempDir,
    _turn: Option<Turn>,
}

impl Ground {
    pub fn prepare(name: Option<&str>, verbs: PathBuf) -> Result<Ground> {
        let (cluster, turn) = match name {
            Some(name) => (Cluster::running(name)?, None),
            None => {
                let turn = Turn::at(Shared::LoadBalancer)?;
                (shared(Shared::LoadBalancer)?, Some(turn))
            }
        };
        let given = std::fs::read_to_string(cluster.kubeconfig()).context("could not read the kubeconfig")?;
        let proxy = FaultProxy::start(&given)?;
        let files = TempDir::new().context("could not make a folder")?;
        std::fs::write(files.path().join("proxied"), proxy.kubeconfig()).context("could not write the kubeconfig")?;
        let ground = Ground { cluster, verbs, proxy, files, _turn: turn };
        ground.start_workload(&Direct::to(&given)?)?;
        Ok(ground)
    }

    fn start_workload(&self, api: &Direct) -> Result<()> {
        let workload = Workload::in_namespace(NAMESPACE).replicas(3).with(LoadBalancer::named(SERVICE));
        let file = self.files.path().join("workload.json");
        std::fs::write(&file, workload.text()).context("could not write the workload")?;
        let output = self.cluster.kubectl_command().args(["apply", "-f"]).arg(&file).output()?;
        if !output.status.success() {
            bail!("could not apply the workload: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let path = format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments/web");
        wait::until("the pods that are to be asked", Duration::from_secs(60), || {
            let deployment = api.get(&path)?.unwrap_or_default();
            let ready = deployment["status"]["readyReplicas"].as_u64() == deployment["spec"]["replicas"].as_u64();
            Ok(if ready { Look::Done } else { Look::Waiting("they are not ready".to_owned()) })
        })
    }

    pub fn clear(&self) -> Result<()> {
        let mut delete = self.cluster.kubectl_command();
        let output = delete.args(["delete", "namespace", NAMESPACE]).output()?;
        if !output.status.success() {
            bail!("could not delete namespace {NAMESPACE}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// kubectl, which tells each of its requests: the proxy does no upgrades, and `attach` and `exec` need one.
    pub fn telling_kubectl(&self) -> Command {
        let mut command = self.cluster.kubectl_command();
        command.args(["-n", NAMESPACE, "-v=6"]).stdin(Stdio::null());
        command
    }

    /// kubectl with the verbs, through the proxy, which counts.
    pub fn verb(&self) -> Command {
        let mut command = Command::new(self.cluster.kubectl());
        command.env_clear().env("HOME", self.files.path()).env("KUBECONFIG", self.files.path().join("proxied"));
        command.env("PATH", &self.verbs).stdin(Stdio::null());
        command
    }

    pub fn forget_requests(&self) {
        self.proxy.reset();
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.proxy.requests()
    }
}
