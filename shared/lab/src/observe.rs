//! Verbs whose data arises over time: they watch what happens, and their report is a fold over the events.

use std::process::ExitCode;

use crate::entry;
use crate::error::Result;
use crate::flags::DryRun;
use crate::reader::Reader;
use crate::run::{Progress, Run};
use crate::verb::Verb;

/// A verb that watches when nothing is left to do: its plan is empty then, and what it needs for watching is there.
pub trait Observe: Verb {
    type Event;

    /// Tells each event as it happens, and ends when nothing more is to come. Like `gather` it only reads; it may ask from this
    /// very machine.
    fn observe(
        reader: &Reader<'_>,
        args: &Self::Args,
        facts: &Self::Facts,
        tell: &mut dyn FnMut(Self::Event),
    ) -> impl Future<Output = Result<()>>;

    /// Pure: the report after one more event. It can be shown after each, so that a run that is interrupted has a report too.
    fn fold(report: &mut Self::Report, event: &Self::Event);

    /// Pure: the state of things in a line, shown while more is to come.
    fn meanwhile(report: &Self::Report) -> String;
}

/// The `main` of a verb that observes.
pub fn main<V: Observe>() -> ExitCode {
    entry::start::<V, Watching>()
}

/// What follows when nothing is left to do in the cluster.
pub(crate) trait Afterwards<V: Verb> {
    fn go_on(
        run: &Run<'_>,
        reader: &Reader<'_>,
        args: &V::Args,
        progress: &mut Progress<V>,
    ) -> impl Future<Output = Result<()>>;
}

pub(crate) struct Nothing;

impl<V: Verb> Afterwards<V> for Nothing {
    async fn go_on(_: &Run<'_>, _: &Reader<'_>, _: &V::Args, _: &mut Progress<V>) -> Result<()> {
        Ok(())
    }
}

pub(crate) struct Watching;

impl<V: Observe> Afterwards<V> for Watching {
    async fn go_on(run: &Run<'_>, reader: &Reader<'_>, args: &V::Args, progress: &mut Progress<V>) -> Result<()> {
        let (Some(facts), Some(plan)) = (&progress.facts, &progress.plan) else { return Ok(()) };
        if run.conduct.plan.dry_run != DryRun::None {
            return Ok(());
        }
        let report = progress.report.insert(V::report(args, facts, plan));
        let mut tell = |event: V::Event| {
            V::fold(report, &event);
            run.terminal.progress(&V::meanwhile(report));
        };
        let observed =
            tokio::time::timeout(run.deadline.get().left(), V::observe(reader, args, facts, &mut tell)).await;
        match observed {
            Ok(observed) => observed,
            Err(_) => Err(run.deadline.get().error(&V::meanwhile(report))),
        }
    }
}
