//! `kubectl lab metallb verify SERVICE`: hop by hop from the Service to an answer, and the first hop that fails.

mod answer;
mod args;
mod facts;
mod gather;
mod here;
mod look;
mod plan;
mod report;
#[cfg(test)]
mod tests;

use lab::{Live, Reach, Reader, Result, Verb};
use lab_plan::Plan;

pub use args::{Args, From, Named};
pub use facts::Facts;
#[cfg(test)]
pub use facts::{FromHere, Place};
pub use gather::gather as look;
pub use plan::plan;
pub use report::{Shown, VerifyReport, hops, report, shown};

pub struct Verify;

impl Verb for Verify {
    const NAME: &'static str = "metallb verify";
    const ABOUT: &'static str =
        "Prove that a LoadBalancer Service answers, or name the first thing that keeps it from that";
    const LIVE: &'static [(&'static str, Live)] = args::LIVE;
    const REACH: Reach = Reach::Asks;

    type Args = args::Args;
    type Facts = facts::Facts;
    type Report = report::VerifyReport;

    async fn gather(reader: &Reader<'_>, args: &args::Args) -> Result<facts::Facts> {
        gather::gather(reader, args).await
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Plan {
        plan::plan(args, facts)
    }

    fn report(args: &args::Args, facts: &facts::Facts, _plan: &Plan) -> report::VerifyReport {
        report::report(args, facts)
    }
}
