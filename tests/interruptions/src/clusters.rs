//! The clusters that a matrix works on.

use std::process::{self, Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use lab_cluster::built;
use lab_cluster::cluster::Cluster;
use lab_cluster::say;

use crate::matrix::Extent;
use crate::worker::Worker;

/// Light clusters of the matrix's own, taken down when this is dropped.
pub struct Clusters {
    names: Vec<String>,
}

impl Clusters {
    /// A sample has others than the whole, and each its own, so that all can be at work.
    pub fn up(count: u8, extent: Extent) -> Result<Clusters> {
        let name = match extent {
            Extent::All => "interruptions".to_owned(),
            Extent::Sample => format!("sample-{}", process::id()),
        };
        let clusters = Clusters { names: (1..=count).map(|number| format!("{name}-{number}")).collect() };
        // Fresh ones: what an interrupted matrix has left there would be taken for the beginning.
        clusters.each(&["down", "--name"])?;
        // More nodes would only repeat the same requests.
        clusters.each(&["up", "--light", "--nodes=1", "--name"])?;
        Ok(clusters)
    }

    pub fn workers(&self) -> Result<Vec<Worker>> {
        let binaries = built::binaries()?;
        self.names.iter().map(|name| Worker::on(Cluster::running_with_verbs(name, &binaries)?)).collect()
    }
}

impl Clusters {
    /// The same for each of them, all at once.
    fn each(&self, words: &[&str]) -> Result<()> {
        let program = built::binaries()?.join("cluster");
        let start = |name| Command::new(&program).args(words).arg(name).stderr(Stdio::piped()).spawn();
        let started: Vec<_> = self.names.iter().map(start).collect();
        for (name, child) in self.names.iter().zip(started) {
            let output = child.and_then(Child::wait_with_output).context("could not run cluster")?;
            if !output.status.success() {
                bail!("cluster {} {name} failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
            }
        }
        Ok(())
    }
}

impl Drop for Clusters {
    fn drop(&mut self) {
        if let Err(error) = self.each(&["down", "--name"]) {
            say::note(format!("could not take the clusters down: {error:#}"));
        }
    }
}
