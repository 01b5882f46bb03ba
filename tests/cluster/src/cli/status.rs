use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::kubectl::Kubectl;
use crate::say::{self, Hinted};
use crate::state::{self, Phase, Place, Record};
use crate::{down, up};

/// Show which clusters there are and whether they are well; exit code 1 if one that was asked for is not
#[derive(Args)]
pub struct Status {
    /// One cluster in detail; without it, a line for each
    #[arg(long)]
    name: Option<String>,
}

impl Status {
    pub fn run(self) -> Result<ExitCode> {
        match self.name {
            Some(name) => detail(&name),
            None => overview(),
        }
    }
}

fn overview() -> Result<ExitCode> {
    let names = state::names()?;
    if names.is_empty() {
        say::note("no cluster is up");
    }
    for name in names {
        let place = Place::of(&name)?;
        let line = match Record::read(&place)? {
            Some(record) => format!("{name}: {}, {}", condition(&record), record.spec),
            None => format!("{name}: left over from an `up` that was killed"),
        };
        say::data(line);
    }
    Ok(ExitCode::SUCCESS)
}

fn condition(record: &Record) -> String {
    let dead = record.dead();
    match record.phase {
        _ if !dead.is_empty() => format!("broken (not running: {})", dead.join(", ")),
        Phase::Starting => "starting, or `up` was killed".to_owned(),
        Phase::Up => "up".to_owned(),
    }
}

fn detail(name: &str) -> Result<ExitCode> {
    let place = Place::of(name)?;
    let Some(record) = Record::read(&place)? else {
        let hint = if down::leaves_traces(&place)? { "cargo cluster down" } else { "cargo cluster up" };
        return Err(Hinted::new(format!("cluster `{name}` is not up"), format!("{hint} --name {name}")).into());
    };
    say::data(format!("{name}: {}, {}", condition(&record), record.spec));
    say::data(format!("kubeconfig: {}", place.kubeconfig().display()));
    for process in &record.processes {
        let life = if process.is_alive() { "running" } else { "ended" };
        say::data(format!("  {:<26} {life:<8} process {}", process.name, process.id));
    }
    let nodes_are_well = match up::unready_nodes(&Kubectl::of(&place)) {
        Ok(unready) if unready.is_empty() => {
            say::data("nodes: all Ready");
            true
        }
        Ok(unready) => {
            say::data(format!("nodes not Ready: {}", unready.join("; ")));
            false
        }
        Err(error) => {
            say::data(format!("nodes: unknown ({error:#})"));
            false
        }
    };
    let well = record.is_whole() && nodes_are_well;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
