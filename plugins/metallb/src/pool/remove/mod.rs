//! `kubectl lab metallb pool remove`: takes a pool away, and waits until MetalLB has taken its addresses back.

mod facts;
mod plan;
mod report;

use lab::{Live, Objects, Reader, Result, Scope, Verb};
use lab_plan::Plan;

use crate::install::object_name;
use crate::resources::IPAddressPool;

pub struct Remove;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Name of the IPAddressPool
    #[arg(value_name = "NAME", value_parser = object_name)]
    pub name: String,
}

/// What the cluster has for them.
const LIVE: &[(&str, Live)] = &[("name", Live::Objects(&[Objects::of::<IPAddressPool>(Scope::AllNamespaces)]))];

const EXAMPLES: &str = "Examples:
  # Which Services would lose their address?
  kubectl lab metallb pool remove lecture --dry-run=client

  # Without being asked
  kubectl lab metallb pool remove lecture --yes";

impl Verb for Remove {
    const NAME: &'static str = "metallb pool remove";
    const ABOUT: &'static str = "Take a pool away from MetalLB, and its addresses from the Services that have them";
    const ALLOWS: &'static [(&'static str, &'static str)] = &plan::ALLOWS;
    const LIVE: &'static [(&'static str, Live)] = LIVE;

    type Args = Args;
    type Facts = facts::Facts;
    type Report = report::PoolRemoveReport;

    async fn gather(reader: &Reader<'_>, _args: &Args) -> Result<facts::Facts> {
        facts::gather(reader).await
    }

    fn plan(args: &Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn report(args: &Args, facts: &facts::Facts, _plan: &Plan) -> report::PoolRemoveReport {
        report::report(args, facts)
    }
}
