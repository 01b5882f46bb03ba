//! A bare cluster to install MetalLB on, again and again, with everything that the installing command asks of the API server seen.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lab_cluster::cluster::Cluster;
use lab_cluster::shared::{Shared, Turn, shared};
use lab_cluster::wait::{self, Look};
use lab_e2e::outside::{self, Origin};
use lab_e2e::{Answer, Direct, LoadBalancer, MetallbRelease, Workload, make_bare};
use lab_faults::{FaultProxy, Seen};
use tempfile::TempDir;

/// The first one of the pool is the one that a Service gets.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(172, 30, 0, 200);
const NAMESPACE: &str = "lecture";

pub struct BareGround {
    pub cluster: Cluster,
    pub release: MetallbRelease,
    /// Where the verbs to be measured are.
    pub verbs: PathBuf,
    api: Direct,
    proxy: FaultProxy,
    files: TempDir,
    _turn: Turn,
}

impl BareGround {
    /// On the cluster that the tests of MetalLB share, which comes up if need be and stays up.
    pub fn prepare(release: MetallbRelease, verbs: PathBuf) -> Result<BareGround> {
        let turn = Turn::at(Shared::LoadBalancer)?;
        let cluster = shared(Shared::LoadBalancer)?;
        let given = std::fs::read_to_string(cluster.kubeconfig()).context("could not read the kubeconfig")?;
        let proxy = FaultProxy::start(&given)?;
        let files = TempDir::new().context("could not make a folder")?;
        std::fs::write(files.path().join(KUBECONFIG), proxy.kubeconfig()).context("could not write the kubeconfig")?;
        std::fs::write(files.path().join(MANIFEST), release.manifest()?).context("could not write the manifest")?;
        let api = Direct::to(&given)?;
        Ok(BareGround { cluster, release, verbs, api, proxy, files, _turn: turn })
    }

    /// No MetalLB, and nobody remembers one.
    pub fn make_bare(&self) -> Result<()> {
        make_bare(&self.cluster, &self.api)?;
        outside::forget_neighbour(&self.cluster, ADDRESS)
    }

    /// The pods that are to be reached, ready.
    pub fn start_workload(&self) -> Result<()> {
        self.apply(&Workload::in_namespace(NAMESPACE))?;
        let path = format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments/web");
        wait::until("the pods that are to be reached", Duration::from_secs(60), || {
            let deployment = self.api.get(&path)?.unwrap_or_default();
            let ready = deployment["status"]["readyReplicas"].as_u64() == deployment["spec"]["replicas"].as_u64();
            Ok(if ready { Look::Done } else { Look::Waiting("they are not ready".to_owned()) })
        })
    }

    /// A Service before them; the first answer from outside. This is not seen by the proxy: it is the same for everybody.
    pub fn reach(&self, deadline: Instant) -> Result<Answer> {
        self.apply(&Workload::in_namespace(NAMESPACE).with(LoadBalancer::named("web")))?;
        let within = deadline.saturating_duration_since(Instant::now());
        outside::until_answered(&self.cluster, &Origin::Outside, IpAddr::V4(ADDRESS), within)
    }

    fn apply(&self, workload: &Workload) -> Result<()> {
        let file = self.files.path().join("workload.json");
        std::fs::write(&file, workload.text()).context("could not write the workload")?;
        let output = self.cluster.kubectl_command().args(["apply", "-f"]).arg(&file).output()?;
        if !output.status.success() {
            bail!("could not apply the workload: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// Leads through the proxy.
    pub fn kubeconfig(&self) -> PathBuf {
        self.files.path().join(KUBECONFIG)
    }

    /// The release's manifest, as downloaded.
    pub fn manifest(&self) -> PathBuf {
        self.files.path().join(MANIFEST)
    }

    /// kubectl with the verbs, through the proxy, for somebody who has nothing at home.
    pub fn kubectl(&self) -> Command {
        let mut command = Command::new(self.cluster.kubectl());
        command.env_clear().env("HOME", self.files.path()).env("KUBECONFIG", self.kubeconfig());
        command.env("PATH", &self.verbs).stdin(Stdio::null());
        command
    }

    /// From now on, requests are counted anew.
    pub fn forget_requests(&self) {
        self.proxy.reset();
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.proxy.requests()
    }
}

const KUBECONFIG: &str = "kubeconfig";
const MANIFEST: &str = "metallb-native.yaml";
