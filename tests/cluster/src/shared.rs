//! Clusters that many tests share: brought up once, used by every test process, left up for the next run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cluster::Cluster;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// Three real nodes whose kubelets signed their own certificates.
    Full,
    /// One real node whose kubelet waits for its certificate to be approved.
    Bootstrap,
    /// Control plane and three fake nodes.
    Light,
    /// Two real nodes whose kube-proxy the tests change as they like, which would disturb the others.
    Proxy,
}

impl Shared {
    pub const ALL: [Shared; 4] = [Shared::Full, Shared::Bootstrap, Shared::Light, Shared::Proxy];

    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "shared-full",
            Self::Bootstrap => "shared-bootstrap",
            Self::Light => "shared-light",
            Self::Proxy => "shared-proxy",
        }
    }

    /// Brings it up unless it is, with the programs that lie in `binaries`.
    pub fn up_command(self, binaries: &Path) -> Command {
        let mut up = Command::new(binaries.join("cluster"));
        up.args(["up", "--replace", "--name", self.name()]).args(self.settings());
        up
    }

    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Full => &["--nodes=3"],
            Self::Bootstrap => &["--nodes=1", "--kubelet-serving-certs=bootstrap"],
            Self::Light => &["--light", "--nodes=3"],
            Self::Proxy => &["--nodes=2"],
        }
    }
}

/// Brings it up unless it is. Any number of test processes may ask at once: `up` takes its turn at the cluster's lock, and is quick where
/// nothing is to be done. A cluster that died, or was made of other programs, is made anew.
pub fn shared(kind: Shared) -> Result<Cluster> {
    shared_by(&crate::built::binaries()?, kind)
}

/// The same with the programs that lie in `binaries`, built by whoever calls.
pub fn shared_by(binaries: &Path, kind: Shared) -> Result<Cluster> {
    // Its talk is the test's talk: shown where the test fails, or with --nocapture.
    let output = kind
        .up_command(binaries)
        .output()
        .with_context(|| format!("could not run {}", binaries.join("cluster").display()))?;
    if !output.status.success() {
        bail!("could not bring the cluster `{}` up:\n{}", kind.name(), String::from_utf8_lossy(&output.stderr));
    }
    Cluster::running_with_verbs(kind.name(), binaries)
}
