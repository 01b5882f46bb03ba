//! What a verb has to bring; everything else is the loop's.

use lab_plan::Plan;

use crate::complete::Live;
use crate::error::Result;
use crate::reader::Reader;
use crate::report::Report;
use crate::rights::Right;

/// How far a verb reaches into the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It only reads: there is never a plan to show, nor anything to ask about.
    Reads,
    /// It makes something for the length of the run, such as a pod that asks; nothing of it stays.
    Asks,
    /// It changes what stays.
    Changes,
}

pub trait Verb: 'static {
    /// The words after `kubectl lab`.
    const NAME: &'static str;
    /// What it is for, in one line: the dispatcher's list shows it.
    const ABOUT: &'static str;
    /// The codes that `--allow` takes, each with what it allows.
    const ALLOWS: &'static [(&'static str, &'static str)] = &[];

    /// Which arguments, by the names of their fields, take what the cluster has: offered when TAB is pressed.
    const LIVE: &'static [(&'static str, Live)] = &[];

    /// With any arguments. It decides over the flags that the verb has.
    const REACH: Reach = Reach::Changes;
    /// Whether the report is about journals: then it has to look once more when the run's own one is closed.
    const REPORTS_JOURNALS: bool = false;

    type Args: clap::Args + Clone;
    /// Plain values that a test can write by hand.
    type Facts;
    type Report: Report;

    /// The verb's only input; it cannot write.
    fn gather(reader: &Reader<'_>, args: &Self::Args) -> impl Future<Output = Result<Self::Facts>>;

    /// Looks again after a round that was carried out. Of what `before` holds, a verb may keep what its own changes cannot
    /// have changed; after a conflict everything is gathered anew.
    fn gather_again(
        reader: &Reader<'_>,
        args: &Self::Args,
        _before: &Self::Facts,
    ) -> impl Future<Output = Result<Self::Facts>> {
        Self::gather(reader, args)
    }

    /// Pure: what to do, given what is. An empty plan says that the goal is reached.
    fn plan(args: &Self::Args, facts: &Self::Facts) -> Plan;

    /// Pure: with these arguments, which may only ask where others change.
    fn reach(_args: &Self::Args) -> Reach {
        Self::REACH
    }

    /// Pure: rights that steps of later rounds need, as far as that is known; asked for before the first write, beside those of
    /// the plan itself.
    fn later_rights(_args: &Self::Args, _facts: &Self::Facts) -> Vec<Right> {
        Vec::new()
    }

    /// Takes what was chosen of a plan's question as if it had been typed.
    fn choose(_args: &mut Self::Args, _choice: &str) {}

    /// Pure: what the user gets to see of it. `plan` is the last one that was made from these facts.
    fn report(args: &Self::Args, facts: &Self::Facts, plan: &Plan) -> Self::Report;
}
