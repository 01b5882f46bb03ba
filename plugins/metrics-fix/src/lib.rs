//! `kubectl lab metrics-fix`: finds what serves metrics.k8s.io, says in one line why metrics do not work, makes the
//! least change that repairs it, and proves it by reading metrics of every Ready node that is not left out on purpose, and of a pod.

mod args;
mod arguments;
mod deployment;
mod evidence;
mod facts;
mod gather;
mod manager;
mod plan;
mod ports;
mod release;
mod report;
mod requests;
mod selector;

use lab::{Reader, Result, Verb};
use lab_plan::Plan;

pub struct MetricsFix;

impl Verb for MetricsFix {
    const NAME: &'static str = "metrics-fix";
    const ABOUT: &'static str = "Say why metrics do not work, repair metrics-server, prove it";
    const ALLOWS: &'static [(&'static str, &'static str)] = &manager::ALLOWS;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::MetricsFixReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader, args).await
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn report(_args: &args::Args, facts: &facts::Facts, plan: &Plan) -> report::MetricsFixReport {
        report::report(facts, plan)
    }
}
