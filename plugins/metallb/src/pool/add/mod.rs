//! `kubectl lab metallb pool add`: addresses for MetalLB to hand out, checked before anything is written, and announced.

mod args;
mod facts;
mod plan;
mod report;

use lab::{Live, Reader, Result, Verb};
use lab_plan::Plan;

use crate::addresses::check;

pub struct Add;

impl Verb for Add {
    const NAME: &'static str = "metallb pool add";
    const ABOUT: &'static str = "Give MetalLB a pool of addresses, and have it announced";
    const ALLOWS: &'static [(&'static str, &'static str)] = &check::ALLOWS;
    const LIVE: &'static [(&'static str, Live)] = args::LIVE;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::PoolAddReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        facts::gather(reader, args).await
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn report(args: &args::Args, facts: &facts::Facts, _plan: &Plan) -> report::PoolAddReport {
        report::report(args, facts)
    }
}
