//! `kubectl lab undo`: takes back what a verb has changed, in the present objects, and nothing else.

mod args;
mod facts;
mod gather;
mod plan;
mod report;

use lab::{Live, Reach, Reader, Result, Verb};
use lab_plan::Plan;

pub struct Undo;

impl Verb for Undo {
    const NAME: &'static str = "undo";
    const ABOUT: &'static str = "Take back what a verb has changed, or list what could be";

    const ALLOWS: &'static [(&'static str, &'static str)] = &[lab_topics::cascade::CASCADE];
    const LIVE: &'static [(&'static str, Live)] = args::LIVE;
    const REPORTS_JOURNALS: bool = true;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::UndoReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader, args).await
    }

    async fn gather_again(reader: &Reader<'_>, args: &args::Args, before: &facts::Facts) -> Result<facts::Facts> {
        gather::gather_again(reader, args, before).await
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn reach(args: &args::Args) -> Reach {
        if args.only_lists() { Reach::Reads } else { Self::REACH }
    }

    fn report(_args: &args::Args, facts: &facts::Facts, _plan: &Plan) -> report::UndoReport {
        report::report(facts)
    }
}
