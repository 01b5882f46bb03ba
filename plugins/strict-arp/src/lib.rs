//! `kubectl lab strict-arp`: finds kube-proxy's configuration, says whether strictARP matters at all, changes that one
//! value in the text and nothing else, and restarts kube-proxy only where it has to.

mod args;
mod facts;
mod gather;
mod instead;
mod look;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod odd_configurations;
mod plan;
mod report;
#[cfg(test)]
mod rules;

use lab::{Reach, Reader, Result, Verb};
use lab_plan::Plan;

pub struct StrictArp;

impl Verb for StrictArp {
    const NAME: &'static str = "strict-arp";
    const ABOUT: &'static str = "Show or set kube-proxy's strictARP, which MetalLB needs in ipvs mode";
    const ALLOWS: &'static [(&'static str, &'static str)] = &lab_topics::kube_proxy::ALLOWS;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::StrictArpReport;

    async fn gather(reader: &Reader<'_>, _args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader).await
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn reach(args: &args::Args) -> Reach {
        if args.want == args::Want::Status { Reach::Asks } else { Self::REACH }
    }

    fn report(args: &args::Args, facts: &facts::Facts, plan: &Plan) -> report::StrictArpReport {
        report::report(args, facts, plan)
    }
}
