//! `kubectl lab probe`: asks a Service many times from inside the cluster, says who answered, and whether that is fair.

mod args;
mod asked;
mod conclude;
mod event;
mod expected;
mod explain;
mod facts;
mod gather;
mod job;
mod lines;
mod observe;
mod place;
mod plan;
mod report;
mod shown;
mod tally;
mod target;
mod who;

use lab::{Live, Observe, Reach, Reader, Result, Verb};
use lab_plan::Plan;

pub struct Probe;

impl Verb for Probe {
    const NAME: &'static str = "probe";
    const ABOUT: &'static str = "Ask a Service many times: who answers, is that fair, and if nobody does, why";
    const LIVE: &'static [(&'static str, Live)] = args::LIVE;
    const REACH: Reach = Reach::Asks;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::ProbeReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader, args).await
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn report(args: &args::Args, facts: &facts::Facts, _plan: &Plan) -> report::ProbeReport {
        report::report(args, facts)
    }
}

impl Observe for Probe {
    type Event = event::Event;

    async fn observe(
        reader: &Reader<'_>,
        args: &args::Args,
        facts: &facts::Facts,
        tell: &mut dyn FnMut(event::Event),
    ) -> Result<()> {
        observe::observe(reader, args, facts, tell).await
    }

    fn fold(report: &mut report::ProbeReport, event: &event::Event) {
        report.take(event);
    }

    fn meanwhile(report: &report::ProbeReport) -> String {
        report.meanwhile()
    }
}
