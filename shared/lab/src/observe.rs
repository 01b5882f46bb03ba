//! Verbs whose data arises over time: they watch what happens, and their report is a fold over the events.

use std::process::ExitCode;
use std::time::Duration;

use crate::entry;
use crate::error::Result;
use crate::flags::DryRun;
use crate::reader::Reader;
use crate::report::Ending;
use crate::run::{Progress, Run};
use crate::showing::Showing;
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

    /// Pure: whether the whole report is to be seen again and again, and not only when it is over.
    fn is_live(_args: &Self::Args) -> bool {
        false
    }

    /// Pure: whether the report is worth being seen after this event, where it is seen again and again.
    fn is_worth_showing(_event: &Self::Event) -> bool {
        true
    }

    /// Pure: no more events come, whoever has ended it.
    fn end(_report: &mut Self::Report) {}

    /// Pure: how long watching may take, where so much of the command's time is left; `None` is without end.
    fn takes(_args: &Self::Args, left: Duration) -> Option<Duration> {
        Some(left)
    }
}

/// The `main` of a verb that observes.
pub fn main<V: Observe>() -> ExitCode {
    entry::start::<V, Watching>()
}

/// What follows when nothing is left to do in the cluster.
pub(crate) trait Afterwards<V: Verb> {
    /// Nothing more comes, however it ended.
    fn end(_: &mut V::Report) {}

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
    fn end(report: &mut V::Report) {
        V::end(report);
    }

    async fn go_on(run: &Run<'_>, reader: &Reader<'_>, args: &V::Args, progress: &mut Progress<V>) -> Result<()> {
        let Progress { facts: Some(facts), plan: Some(plan), steps, report, given_out } = progress else {
            return Ok(());
        };
        if run.conduct.plan.dry_run != DryRun::None {
            return Ok(());
        }
        let report = report.insert(V::report(args, facts, plan));
        let showing = Showing::of(V::is_live(args), run.conduct.outcome.output)?;
        *given_out = showing.is_stream().then_some(0);
        let mut tell = |event: V::Event| {
            V::fold(report, &event);
            if !showing.is_on() {
                run.terminal.progress(&V::meanwhile(report));
            } else if V::is_worth_showing(&event) {
                let session = Some(run.session);
                let ending = Ending {
                    session,
                    dry_run: DryRun::None,
                    plan: Some(&*plan),
                    steps,
                    report: Some(&*report),
                    error: None,
                };
                showing.show(&ending, run.conduct.outcome.output, given_out);
            }
        };
        let watched = V::observe(reader, args, facts, &mut tell);
        let outcome = tokio::select! {
            observed = in_time(V::takes(args, run.deadline.get().left()), watched) => observed,
            left = showing.left() => Some(left),
        };
        outcome.unwrap_or_else(|| Err(run.deadline.get().error(&V::meanwhile(report))))
    }
}

/// `None` where it was not done in time.
async fn in_time<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}
