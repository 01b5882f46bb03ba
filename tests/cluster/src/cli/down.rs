use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use super::Named;
use crate::{down, say, state};

/// Take a cluster down and leave nothing of it
#[derive(Args)]
pub struct Down {
    #[command(flatten)]
    named: Named,
    /// Every cluster of this user
    #[arg(long, conflicts_with = "name")]
    all: bool,
}

impl Down {
    pub fn run(self) -> Result<ExitCode> {
        let names = if self.all { state::names()? } else { vec![self.named.name] };
        for name in names {
            let start = Instant::now();
            let was_there = down::down(&name)?;
            let seconds = start.elapsed().as_secs_f64();
            say::note(match was_there {
                true => format!("cluster `{name}` is down after {seconds:.1} s"),
                false => format!("cluster `{name}` is not up: nothing to do"),
            });
        }
        Ok(ExitCode::SUCCESS)
    }
}
