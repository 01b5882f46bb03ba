use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Named;
use crate::cluster::Cluster;
use crate::say;

/// Put an image into the cluster's registry, under the names in its tar
#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    named: Named,
    /// A tar as `docker save` writes it
    #[arg(value_name = "IMAGE.tar")]
    image: PathBuf,
}

impl Load {
    pub fn run(self) -> Result<ExitCode> {
        let cluster = Cluster::running(&self.named.name)?;
        for reference in cluster.load(&self.image)? {
            say::note(format!("loaded {reference}"));
        }
        Ok(ExitCode::SUCCESS)
    }
}
