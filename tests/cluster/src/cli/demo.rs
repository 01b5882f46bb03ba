use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::demo;

/// Show what the verbs do: on a cluster of the demo's own, or on one of yours
#[derive(Args)]
pub struct Demo {
    /// A context of your kubeconfig; needs neither root nor Go, and asks before it changes anything
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Do not ask
    #[arg(long, requires = "context")]
    yes: bool,
}

impl Demo {
    pub fn run(self) -> Result<ExitCode> {
        match self.context {
            Some(context) => demo::on_context(&context, self.yes)?,
            None => demo::on_own_cluster()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
