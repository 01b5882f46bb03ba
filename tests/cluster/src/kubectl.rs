//! The cluster's own kubectl: how this crate talks to the API server.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::machine::output;
use crate::state::Place;

pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    cache: PathBuf,
}

impl Kubectl {
    pub fn of(place: &Place) -> Self {
        Self { program: place.bin().join("kubectl"), kubeconfig: place.kubeconfig(), cache: cache_of(place) }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.kubeconfig).env("KUBECACHEDIR", &self.cache);
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = output(self.command().args(arguments))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("kubectl {} failed: {}", arguments.join(" "), complaint.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.run(&[arguments, &["-o", "json"]].concat())?;
        serde_json::from_str(&text).context("kubectl did not answer in JSON")
    }

    /// Gives objects to kubectl's standard input. They are our own, so the server's schema need not be fetched to check them.
    pub fn give(&self, arguments: &[&str], objects: &[Value]) -> Result<()> {
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let mut command = self.command();
        command.args(arguments).args(["--validate=ignore", "-f", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().context("could not run kubectl")?;
        let mut input = child.stdin.take().context("kubectl has no standard input")?;
        input.write_all(list.to_string().as_bytes()).context("could not write to kubectl")?;
        drop(input);
        let output = child.wait_with_output().context("could not wait for kubectl")?;
        if !output.status.success() {
            bail!("kubectl {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }
}

/// Kept apart for each cluster: kubectl's own cache goes by address, and all clusters have the same ones inside.
pub fn cache_of(place: &Place) -> PathBuf {
    place.dir().join("kubectl-cache")
}
