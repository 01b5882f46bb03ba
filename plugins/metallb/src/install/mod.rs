//! `kubectl lab metallb install`: MetalLB in layer 2 mode, a pool of addresses, and who announces it.

mod args;
mod coming_up;
mod facts;
mod gather;
mod ground;
mod objects;
mod plan;
mod pool;
mod proof;
mod proxy;
mod report;
mod waiting;

use lab::rights::Right;
use lab::{Live, Reader, Result, Verb};
use lab_plan::Plan;

pub use args::name as object_name;
pub use pool::create;

pub struct Install;

impl Verb for Install {
    const NAME: &'static str = "metallb install";
    const ABOUT: &'static str =
        "Install MetalLB in layer 2 mode with a pool of addresses, or bring it to another version";
    const ALLOWS: &'static [(&'static str, &'static str)] = &plan::ALLOWS;
    const LIVE: &'static [(&'static str, Live)] = args::LIVE;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::InstallReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader, args).await
    }

    async fn gather_again(reader: &Reader<'_>, args: &args::Args, before: &facts::Facts) -> Result<facts::Facts> {
        gather::gather_again(reader, args, before).await
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn later_rights(args: &args::Args, facts: &facts::Facts) -> Vec<Right> {
        let pool = if pool::will_be_created(args, facts) { pool::rights(facts) } else { Vec::new() };
        pool.into_iter().chain(facts.proof.iter().flat_map(proof::rights)).collect()
    }

    fn choose(args: &mut args::Args, choice: &str) {
        args.pool = choice.split(' ').filter_map(|range| range.parse().ok()).collect();
    }

    fn report(args: &args::Args, facts: &facts::Facts, _plan: &Plan) -> report::InstallReport {
        report::report(args, facts)
    }
}
