use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::ci;

/// Every check of the project, on clusters of its own
#[derive(Args)]
pub struct Ci {}

impl Ci {
    pub fn run(self) -> Result<ExitCode> {
        ci::run()
    }
}
