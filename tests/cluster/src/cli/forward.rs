use std::net::SocketAddrV4;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::forward;

/// The listener on 127.0.0.1 that `up` starts: not for people
#[derive(Args)]
pub struct Forward {
    #[arg(long)]
    holder: u32,
    #[arg(long)]
    target: SocketAddrV4,
    #[arg(long)]
    port_file: PathBuf,
}

impl Forward {
    pub fn run(self) -> Result<ExitCode> {
        forward::serve(self.holder, self.target, &self.port_file)?;
        Ok(ExitCode::SUCCESS)
    }
}
