use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;

use super::Named;
use crate::say::Hinted;
use crate::state::{self, Place};

/// Print what a component of the cluster said
#[derive(Args)]
pub struct Logs {
    #[command(flatten)]
    named: Named,
    /// For example etcd, kube-apiserver, kubelet-1; `cargo cluster status` lists them
    component: String,
    /// Go on printing what comes
    #[arg(long, short)]
    follow: bool,
}

impl Logs {
    pub fn run(self) -> Result<ExitCode> {
        let (place, _) = state::running(&self.named.name)?;
        let log = place.log(&self.component);
        if self.component.contains('/') || !log.exists() {
            let message = format!("cluster `{}` has no component `{}`", place.name(), self.component);
            let hints = vec![
                format!("these have a log: {}", components(&place).join(", ")),
                "kube-proxy and CoreDNS are pods: cargo cluster exec -- kubectl logs -n kube-system -l k8s-app=kube-proxy".to_owned(),
            ];
            return Err(Hinted::with_hints(message, hints).into());
        }
        let mut command = Command::new(if self.follow { "tail" } else { "cat" });
        if self.follow {
            command.args(["--lines=+1", "--follow"]);
        }
        Err(command.arg(log).exec()).context("could not show the log")
    }
}

fn components(place: &Place) -> Vec<String> {
    let entries = std::fs::read_dir(place.logs()).into_iter().flatten().filter_map(std::result::Result::ok);
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}
