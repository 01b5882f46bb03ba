//! From journals and live objects to a plan that takes back what stands.

#[cfg(test)]
mod cascade_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod undo_of_undo_tests;
#[cfg(test)]
mod unfinished_tests;

mod containers;
mod guard;
mod mark;
mod work;

use lab::journal::{Stored, UNDONE};
use lab_plan::{Announcement, Kind, Plan, Refusal, State, Target, Then};
use serde_json::Value;

use crate::args::Args;
use crate::facts::{Case, Facts};
use mark::{MARK, mark, undone_by};
use work::Work;

/// The journals of the run whose turn it is, newest first: those that are not undone yet, or else all. What this run
/// has finished with stays its case, so that it does not go on to the next.
pub fn choose<'f>(args: &Args, facts: &'f Facts) -> Vec<&'f Stored> {
    let newest_first = || facts.journals.iter().rev();
    let pending = || newest_first().find(|stored| is_pending(stored));
    let id = match &args.id {
        Some(id) => Some(id.as_str()),
        None if args.last => {
            let mine = newest_first().find(|stored| undone_by(stored) == Some(facts.run.as_str()));
            mine.or_else(pending).map(|stored| stored.journal.id.as_str())
        }
        None if args.all => pending().map(|stored| stored.journal.id.as_str()),
        None => None,
    };
    let of_run: Vec<&Stored> = newest_first().filter(|stored| Some(stored.journal.id.as_str()) == id).collect();
    let left: Vec<&Stored> = of_run.iter().copied().filter(|stored| stored.state != UNDONE).collect();
    if left.is_empty() { of_run } else { left }
}

/// An undo is taken back by its ID only: that puts back what another run had done.
fn is_pending(stored: &Stored) -> bool {
    stored.state != UNDONE && stored.journal.verb != "undo"
}

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    if args.only_lists() {
        return Plan::done();
    }
    let Some(case) = &facts.case else { return nothing(args, facts) };
    if case.parts.iter().all(|part| part.stored.state == UNDONE) {
        let done_now = case.parts.iter().any(|part| undone_by(&part.stored) == Some(facts.run.as_str()));
        let note = format!("run {} was taken back before", case.run().0);
        return Plan { notes: if done_now { Vec::new() } else { vec![note] }, ..Plan::done() };
    }
    take_back(args, facts, case)
}

fn nothing(args: &Args, facts: &Facts) -> Plan {
    if let Some(id) = &args.id {
        let refusal = Refusal::refused(format!("there is no journal of a run {id:?}"), None);
        return Plan::refuse(refusal.hint("see which there are with: kubectl lab undo --list"));
    }
    let unreadable = facts.unreadable.iter().map(|(target, why)| format!("{target} is no readable journal: {why}"));
    Plan { notes: unreadable.collect(), ..Plan::done() }
}

fn take_back(args: &Args, facts: &Facts, case: &Case) -> Plan {
    let leaving = created(case).map(|(target, _)| target.clone()).collect();
    let mut work = Work { leaving, holders: case.holders.clone(), begun: has_begun(facts, case), ..Work::default() };
    for part in &case.parts {
        let mut index = part.live.len();
        for entry in part.stored.journal.entries.iter().rev() {
            index -= entry.changes.len();
            work.entry(&part.stored, entry, &part.live[index..index + entry.changes.len()]);
        }
    }
    if !work.refusals.is_empty() {
        let refusals = with_what_stays(args, facts, case, work.refusals);
        return Plan { refusals, notes: work.notes, ..Plan::done() };
    }
    let refusals = with_what_stays(args, facts, case, containers::refusals(case));
    let mut may_follow = announced(args, facts, case);
    let last = containers::step(case, work.containers);
    let (steps, why) = if !work.steps.is_empty() {
        if let Some(last) = last {
            may_follow.insert(0, Announcement { id: last.id, title: last.title });
        }
        (work.steps, "look again whether all of it is taken back".to_owned())
    } else if let Some(last) = last {
        // It is waited for until it is gone, so where nothing else goes there is nothing to be seen in between.
        let end = work.waiting.is_empty().then(|| mark(facts, case));
        (std::iter::once(last).chain(end).collect(), "look whether anything is left".to_owned())
    } else if !work.waiting.is_empty() {
        (Vec::new(), work.waiting.join("; "))
    } else {
        (vec![mark(facts, case)], "look whether anything is left".to_owned())
    };
    Plan { steps, refusals, notes: work.notes, may_follow, then: Then::LookAgain { why } }
}

/// The rest of the same consent: of all runs the older ones, and the marks on the journals.
fn announced(args: &Args, facts: &Facts, case: &Case) -> Vec<Announcement> {
    let title = |other: &Stored| format!("take back run {} of {}", other.journal.id, other.journal.verb);
    let others = others(args, facts, case);
    let mut announced: Vec<Announcement> =
        others.map(|other| Announcement { id: step_id(&other.journal.id), title: title(other) }).collect();
    announced.push(Announcement { id: MARK.into(), title: "mark each of these journals as undone".into() });
    announced
}

/// With --all: what is left to be taken back after this one.
fn others<'f>(args: &Args, facts: &'f Facts, case: &'f Case) -> impl Iterator<Item = &'f Stored> {
    let (all, (id, _)) = (args.all, case.run());
    facts.journals.iter().rev().filter(move |other| all && is_pending(other) && other.journal.id != id)
}

/// Of several runs the newest go first; where one is refused, nobody has to guess which are left.
fn with_what_stays(args: &Args, facts: &Facts, case: &Case, mut refusals: Vec<Refusal>) -> Vec<Refusal> {
    let others = others(args, facts, case).map(|other| (other.journal.id.as_str(), other.journal.verb.as_str()));
    let left: Vec<String> =
        std::iter::once(case.run()).chain(others).map(|(id, verb)| format!("run {id} of {verb}")).collect();
    if args.all
        && let Some(first) = refusals.first_mut()
    {
        first.hints.push(format!("not taken back: {}", left.join(", ")));
    }
    refusals
}

/// An undo that was interrupted has left a journal of its own that names this run. What this very run has taken back, it has
/// settled, too.
fn has_begun(facts: &Facts, case: &Case) -> bool {
    let of_this = step_id(case.run().0);
    let undos = facts.journals.iter().filter(|stored| stored.journal.verb == "undo" && stored.state != UNDONE);
    !facts.has_written && undos.flat_map(|stored| &stored.journal.entries).any(|entry| entry.step == of_this)
}

fn step_id(journal: &str) -> String {
    format!("undo-{journal}")
}

/// What this run created, as far as it still is that very object, each with how it is now.
pub fn created(case: &Case) -> impl Iterator<Item = (&Target, &Value)> {
    let with_live = case.parts.iter().flat_map(|part| part.stored.journal.changes().zip(&part.live));
    let ours =
        with_live.filter(|(change, live)| change.kind() == Kind::Create && change.state(live.as_ref()) == State::After);
    ours.filter_map(|(change, live)| Some((&change.target, live.as_ref()?)))
}

/// It is deleted already, and something still holds it.
pub fn is_going(live: &Value) -> bool {
    live.pointer("/metadata/deletionTimestamp").is_some()
}

fn did_it(run: &str, verb: &str) -> String {
    format!("run {run} of {verb} did it")
}
