use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Named;
use crate::{say, state};

/// Print the path of the cluster's kubeconfig: export KUBECONFIG=$(cargo cluster kubeconfig)
#[derive(Args)]
pub struct Kubeconfig {
    #[command(flatten)]
    named: Named,
}

impl Kubeconfig {
    pub fn run(self) -> Result<ExitCode> {
        let (place, _) = state::running(&self.named.name)?;
        say::data(place.kubeconfig().display());
        Ok(ExitCode::SUCCESS)
    }
}
