use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::Named;
use crate::cluster::{Cluster, From};

/// Run a command, or a shell, inside the cluster's network
///
/// KUBECONFIG is set, and kubectl and the workspace's own programs are on PATH.
#[derive(Args)]
pub struct Exec {
    #[command(flatten)]
    named: Named,
    /// `outside` (a host on the nodes' network that is no node), `control-plane`, or a node's name
    #[arg(long, default_value = "outside")]
    from: String,
    /// The command and its arguments; a shell if there is none
    #[arg(last = true)]
    command: Vec<OsString>,
}

impl Exec {
    pub fn run(self) -> Result<ExitCode> {
        let cluster = Cluster::running(&self.named.name)?;
        let from = From::parse(&self.from);
        let shell = || std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
        let words = if self.command.is_empty() { vec![shell()] } else { self.command };
        let mut command = cluster.command(&from, &words[0])?;
        // Becomes the command: its exit code, its signals and its terminal are then its own.
        let error = command.args(&words[1..]).exec();
        Err(error).context("could not enter the cluster")
    }
}
