//! `kubectl lab metallb uninstall`: takes all of MetalLB away that this command has brought, in an order in which nothing
//! hangs and no Service keeps an address that nobody gives any more.

mod facts;
mod gather;
mod names;
mod plan;
mod report;

use lab::rights::Right;
use lab::{Reader, Result, Verb};
use lab_plan::Plan;

pub struct Uninstall;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {}

const EXAMPLES: &str = "Examples:
  # What would go, and which Services would lose their address?
  kubectl lab metallb uninstall --dry-run=client

  # Without being asked
  kubectl lab metallb uninstall --yes

  # Also where kubectl apply has installed it
  kubectl lab metallb uninstall --allow adopt";

impl Verb for Uninstall {
    const NAME: &'static str = "metallb uninstall";
    const ABOUT: &'static str = "Take MetalLB away, with its pools, its kinds and its namespace";
    const ALLOWS: &'static [(&'static str, &'static str)] = &plan::ALLOWS;

    type Args = Args;
    type Facts = facts::Facts;
    type Report = report::UninstallReport;

    async fn gather(reader: &Reader<'_>, _args: &Args) -> Result<facts::Facts> {
        gather::gather(reader).await
    }

    async fn gather_again(reader: &Reader<'_>, _args: &Args, before: &facts::Facts) -> Result<facts::Facts> {
        gather::gather_again(reader, before).await
    }

    fn plan(_args: &Args, facts: &facts::Facts) -> Plan {
        plan::plan(facts)
    }

    fn later_rights(_args: &Args, facts: &facts::Facts) -> Vec<Right> {
        plan::rights(facts)
    }

    fn report(_args: &Args, facts: &facts::Facts, _plan: &Plan) -> report::UninstallReport {
        report::report(facts)
    }
}
