//! `kubectl lab metallb status`: what MetalLB is, has and does in this cluster, and what is wrong with it.

mod args;
mod facts;
mod gather;
mod nodes;
mod report;
mod services;
#[cfg(test)]
mod tests;
mod warnings;

use lab::{Reach, Reader, Result, Verb};
use lab_plan::Plan;

pub struct Status;

impl Verb for Status {
    const NAME: &'static str = "metallb status";
    const ABOUT: &'static str = "Show MetalLB's versions, pools, nodes and Services, and what is wrong with them";
    const REACH: Reach = Reach::Reads;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::StatusReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader, args).await
    }

    fn plan(_args: &args::Args, _facts: &facts::Facts) -> Plan {
        Plan::done()
    }

    fn report(_args: &args::Args, facts: &facts::Facts, _plan: &Plan) -> report::StatusReport {
        report::report(facts)
    }
}
