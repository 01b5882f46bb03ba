//! `cargo cluster …`: one file for each command.

mod ci;
mod demo;
mod down;
mod exec;
mod forward;
mod kubeconfig;
mod load;
mod logs;
mod release_site;
mod status;
mod up;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

/// A real Kubernetes on this machine, for tests and demos
#[derive(Parser)]
#[command(name = "cargo cluster", bin_name = "cargo cluster", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Which cluster a command means.
#[derive(Args)]
struct Named {
    /// The cluster's name; clusters of different names run side by side
    #[arg(long, default_value = "dev")]
    name: String,
}

#[derive(Subcommand)]
enum Command {
    Up(up::Up),
    Down(down::Down),
    Status(status::Status),
    Kubeconfig(kubeconfig::Kubeconfig),
    Exec(exec::Exec),
    Load(load::Load),
    Logs(logs::Logs),
    ReleaseSite(release_site::ReleaseSite),
    Demo(demo::Demo),
    Ci(ci::Ci),
    #[command(hide = true)]
    Forward(forward::Forward),
}

impl Cli {
    pub fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Up(up) => up.run(),
            Command::Down(down) => down.run(),
            Command::Status(status) => status.run(),
            Command::Kubeconfig(kubeconfig) => kubeconfig.run(),
            Command::Exec(exec) => exec.run(),
            Command::Load(load) => load.run(),
            Command::Logs(logs) => logs.run(),
            Command::ReleaseSite(site) => site.run(),
            Command::Demo(demo) => demo.run(),
            Command::Ci(ci) => ci.run(),
            Command::Forward(forward) => forward.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
