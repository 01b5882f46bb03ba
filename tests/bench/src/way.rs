//! The ways to get from a bare cluster to MetalLB with a pool.

use std::process::Output;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use lab_e2e::{DocumentedWay, POOL};

use crate::bare_ground::BareGround;

const LIMIT: Duration = Duration::from_secs(180);

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// kubectl apply, kubectl wait, and the pool in a loop
    Documented,
    /// kubectl apply, and the pool at once
    AtOnce,
    /// kubectl lab metallb install
    Verb,
}

/// A way with what it needs at hand: nothing of this is measured.
pub struct Ready<'g> {
    way: Way,
    ground: &'g BareGround,
    documented: DocumentedWay,
}

impl Way {
    pub fn title(self) -> &'static str {
        match self {
            Self::Documented => "kubectl apply, wait, retry",
            Self::AtOnce => "kubectl apply, and at once",
            Self::Verb => "kubectl lab metallb install",
        }
    }

    pub fn ready(self, ground: &BareGround) -> Result<Ready<'_>> {
        let documented = DocumentedWay::new(&ground.cluster, &ground.kubeconfig(), ground.release)?;
        Ok(Ready { way: self, ground, documented })
    }
}

impl Ready<'_> {
    /// MetalLB with the pool, or why not.
    pub fn install(&self) -> Result<()> {
        match self.way {
            Way::Documented => self.documented.install(POOL, Instant::now() + LIMIT).map(drop),
            Way::AtOnce => {
                self.documented.apply_manifest()?;
                succeeded(&self.documented.try_pool(POOL)?)
            }
            Way::Verb => {
                let mut command = self.ground.kubectl();
                command.args(["lab", "metallb", "install", "--pool", POOL, "--manifest"]).arg(self.ground.manifest());
                succeeded(&command.output().context("could not run kubectl")?)
            }
        }
    }
}

/// The last thing that it said is why.
fn succeeded(output: &Output) -> Result<()> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let why = said.lines().rev().find(|line| line.starts_with("error") || line.starts_with("Error"));
        bail!("{}: {}", output.status, why.or(said.lines().last()).unwrap_or("it said nothing"));
    }
    Ok(())
}
