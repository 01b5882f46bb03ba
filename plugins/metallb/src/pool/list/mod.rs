//! `kubectl lab metallb pool list`: the pools, how much of each is used, and who announces it.

use lab::{Reach, Reader, Report, Result, Verb};
use lab_plan::Plan;
use serde::Serialize;

use super::row::{Row, rows, table};
use crate::present::{self, Present};
use crate::services::{self, LoadBalancer};

pub struct List;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {}

const EXAMPLES: &str = "Examples:
  # How full are the pools?
  kubectl lab metallb pool list

  # And which Services have their addresses?
  kubectl lab metallb pool list -o wide";

pub struct Facts {
    present: Present,
    services: Vec<LoadBalancer>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolListReport {
    /// MetalLB's kinds are there.
    installed: bool,
    pools: Vec<Row>,
}

impl Verb for List {
    const NAME: &'static str = "metallb pool list";
    const ABOUT: &'static str = "List the pools: their addresses, how many are free, and who announces them";
    const REACH: Reach = Reach::Reads;

    type Args = Args;
    type Facts = Facts;
    type Report = PoolListReport;

    async fn gather(reader: &Reader<'_>, _args: &Args) -> Result<Facts> {
        let present = present::look_at_work(reader).await?;
        let services = if present.pools.is_empty() { Vec::new() } else { services::list(reader, None, None).await? };
        Ok(Facts { present, services })
    }

    fn plan(_args: &Args, _facts: &Facts) -> Plan {
        Plan::done()
    }

    fn report(_args: &Args, facts: &Facts, _plan: &Plan) -> PoolListReport {
        PoolListReport { installed: facts.present.kinds, pools: rows(&facts.present, &facts.services) }
    }
}

impl Report for PoolListReport {
    const KIND: &'static str = "MetalLBPoolListReport";

    fn table(&self, wide: bool) -> String {
        match (self.installed, self.pools.is_empty()) {
            (false, _) => "MetalLB is not installed; install it with: kubectl lab metallb install\n".into(),
            (true, true) => "MetalLB has no pool; see what is free with: kubectl lab metallb pool propose\n".into(),
            (true, false) => table(&self.pools, wide),
        }
    }
}
