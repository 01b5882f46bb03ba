//! The documented way to MetalLB, by kubectl alone: apply the manifest, wait for its pods, and apply the pool until the webhook takes it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lab_cluster::cluster::Cluster;
use tempfile::TempDir;

use crate::metallb::{MetallbRelease, pool};

/// As people's scripts have it.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

pub struct DocumentedWay {
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    /// The manifest as downloaded, the pool as written, and kubectl's own cache.
    files: TempDir,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How often the pool was applied in vain.
    pub refused: usize,
}

impl DocumentedWay {
    pub fn new(cluster: &Cluster, kubeconfig: &Path, release: MetallbRelease) -> Result<DocumentedWay> {
        let files = TempDir::new().context("could not make a folder")?;
        std::fs::write(files.path().join(MANIFEST), release.manifest()?).context("could not write the manifest")?;
        let way = DocumentedWay { kubectl: cluster.kubectl(), kubeconfig: kubeconfig.to_owned(), files };
        // Whoever installs something has used kubectl before: it knows the kinds that the cluster has had so far.
        way.succeed(&["api-resources"])?;
        Ok(way)
    }

    /// All of it, in time or not at all.
    pub fn install(&self, addresses: &str, deadline: Instant) -> Result<Tries> {
        self.apply_manifest()?;
        self.wait_for_pods(deadline)?;
        let mut refused = 0;
        loop {
            let output = self.try_pool(addresses)?;
            if output.status.success() {
                return Ok(Tries { refused });
            }
            refused += 1;
            give_up_after(deadline, "could not apply the pool", &output)?;
            sleep(BETWEEN_TRIES);
        }
    }

    pub fn apply_manifest(&self) -> Result<()> {
        self.succeed(&["apply", "-f", &self.files.path().join(MANIFEST).to_string_lossy()])
    }

    /// The pool once, right away: what fails while the webhook does not answer. kubectl's exit and words.
    pub fn try_pool(&self, addresses: &str) -> Result<Output> {
        let file = self.files.path().join(POOL);
        std::fs::write(&file, pool(addresses)).context("could not write the pool")?;
        self.kubectl(&["apply", "-f", &file.to_string_lossy()])
    }

    /// kubectl refuses to wait for pods of which there is none yet.
    fn wait_for_pods(&self, deadline: Instant) -> Result<()> {
        let words =
            ["wait", "-n", "metallb-system", "--for=condition=ready", "pod", "--selector=app=metallb", "--timeout=90s"];
        loop {
            let output = self.kubectl(&words)?;
            if output.status.success() {
                return Ok(());
            }
            give_up_after(deadline, "could not wait for the pods of MetalLB", &output)?;
            sleep(BETWEEN_TRIES);
        }
    }

    fn succeed(&self, words: &[&str]) -> Result<()> {
        let output = self.kubectl(words)?;
        give_up_after(Instant::now(), &format!("could not kubectl {}", words[0]), &output)
    }

    fn kubectl(&self, words: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.kubectl);
        command.args(words).env_clear().env("HOME", self.files.path()).env("KUBECONFIG", &self.kubeconfig);
        command.output().context("could not run kubectl")
    }
}

const MANIFEST: &str = "metallb-native.yaml";
const POOL: &str = "pool.yaml";

fn give_up_after(deadline: Instant, what: &str, output: &Output) -> Result<()> {
    if !output.status.success() && Instant::now() >= deadline {
        bail!("{what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
