//! `kubectl lab traffic`: how much each pod receives and sends, now or over some time, and each one's share.

mod access_log;
mod args;
mod bytes;
mod cadvisor;
mod event;
mod facts;
mod gather;
mod meter;
mod netdev;
mod observe;
mod pod;
mod reading;
mod report;
mod sample;
mod selector;
mod shown;
mod source;
mod summary;
mod target;

use std::time::Duration;

use lab::{Live, Observe, Reach, Reader, Result, Verb};
use lab_plan::Plan;

pub struct Traffic;

impl Verb for Traffic {
    const NAME: &'static str = "traffic";
    const ABOUT: &'static str = "Show what each pod receives and sends, live or over some time, and its share";
    const LIVE: &'static [(&'static str, Live)] = args::LIVE;
    const REACH: Reach = Reach::Reads;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::TrafficReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader, args).await
    }

    fn plan(_args: &args::Args, _facts: &facts::Facts) -> Plan {
        Plan::done()
    }

    fn report(args: &args::Args, facts: &facts::Facts, _plan: &Plan) -> report::TrafficReport {
        report::report(args, facts)
    }
}

impl Observe for Traffic {
    type Event = event::Event;

    async fn observe(
        reader: &Reader<'_>,
        args: &args::Args,
        facts: &facts::Facts,
        tell: &mut dyn FnMut(event::Event),
    ) -> Result<()> {
        observe::observe(reader, args, facts, tell).await
    }

    fn fold(report: &mut report::TrafficReport, event: &event::Event) {
        report.take(event);
    }

    fn meanwhile(report: &report::TrafficReport) -> String {
        report.meanwhile()
    }

    fn is_live(args: &args::Args) -> bool {
        args.watch
    }

    fn is_worth_showing(event: &event::Event) -> bool {
        matches!(event, event::Event::Round(_))
    }

    fn end(report: &mut report::TrafficReport) {
        report.take(&event::Event::Over);
    }

    fn takes(args: &args::Args, left: Duration) -> Option<Duration> {
        if args.is_endless() { None } else { Some(left.saturating_add(args.measure.unwrap_or_default())) }
    }
}
