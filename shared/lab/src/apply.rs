//! Carrying out the steps of one round: in order, each write on condition, and an end at the first failure.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use lab_plan::{Change, Condition, Exit, Kind, OnFailure, Plan, Settle, Step, Target};

use crate::accepted;
use crate::connect::Session;
use crate::error::{Error, Result};
use crate::journal::Keeper;
use crate::reader::{Reader, are_kept_together};
use crate::report::{StepOutcome, StepReport};
use crate::rights::Right;
use crate::rollout;
use crate::show::by_object;
use crate::temporary::{can_go_without, make};
use crate::verb::Reach;
use crate::wait::{self, Deadline};
use crate::writer::{Writer, Written};

/// How a round ended that did not fail.
pub(crate) enum Round {
    Done,
    /// Somebody else was faster; plan anew.
    Conflict(String),
}

/// How a step ended that did not fail outright.
enum Taken {
    Done,
    /// Not one of its temporary objects could be made, and the run goes on without them.
    Without,
    Conflict(String),
    /// Settling failed, and the old values stand again; the error says why.
    Back(Error),
}

/// A plan that would leave behind what it calls temporary, or goes further than its verb says to, is a mistake of the verb;
/// nothing of it is carried out.
pub(crate) fn sound(plan: &Plan, reach: Reach) -> Result<()> {
    let too_far = |step: &Step| match reach {
        Reach::Reads => Some("this verb only reads".to_owned()),
        Reach::Asks => (!step.is_for_this_run()).then(|| "nothing stays of what this verb does".to_owned()),
        Reach::Changes => None,
    };
    let why = |step: &Step| step.misfit().map(|why| why.to_string()).or_else(|| too_far(step));
    let misfit = plan.steps.iter().find_map(|step| why(step).map(|why| format!("step {:?}: {why}", step.id)));
    misfit.map_or(Ok(()), |why| {
        Err(Error::failed("the plan is wrong, and nothing of it was done")
            .cause(why)
            .hint("please report this mistake"))
    })
}

/// Everything that the lasting part of the plan needs the right to, and what `later` rounds will, asked before the first write.
pub(crate) async fn check_rights(session: &Session, reader: &Reader<'_>, plan: &Plan, later: Vec<Right>) -> Result<()> {
    let lasting = plan.steps.iter().filter(|step| !step.is_for_this_run()).flat_map(|step| &step.changes);
    let mut needed = Writer::new(session, false).rights(reader, lasting).await?;
    needed.extend(Writer::new(session, false).restart_rights(reader, plan).await?);
    for right in Keeper::rights(plan).into_iter().chain(later) {
        if !needed.contains(&right) {
            needed.push(right);
        }
    }
    let missing = reader.missing_rights(&needed).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(Exit::Forbidden, "nothing was changed, because a right is missing that the plan needs");
    // Asked by name, because it may be granted for one name only; told and granted for all names of the kind.
    for right in missing {
        let right = if right.resource == "signers" { right } else { Right { name: None, ..right } };
        if !error.missing.contains(&right) {
            error.missing.push(right);
        }
    }
    Err(error)
}

/// Adds what became of each step to `steps`, also when it fails.
pub(crate) async fn apply(
    session: &Session,
    reader: &Reader<'_>,
    plan: &Plan,
    deadline: Deadline,
    steps: &mut Vec<StepReport>,
) -> Result<Round> {
    let writer = Writer::new(session, false);
    for (i, step) in plan.steps.iter().enumerate() {
        let outcome = if step.is_for_this_run() {
            make(&writer, reader, step).await.map(|some| if some { Taken::Done } else { Taken::Without })
        } else {
            take(&writer, reader, step, deadline).await
        };
        let word = match &outcome {
            Ok(Taken::Done) => StepOutcome::Done,
            Ok(Taken::Without) => StepOutcome::Failed,
            Ok(Taken::Conflict(_)) => StepOutcome::Conflict,
            Ok(Taken::Back(_)) => StepOutcome::TakenBack,
            Err(_) => StepOutcome::Failed,
        };
        steps.push(report(step, word));
        match outcome {
            Ok(Taken::Without) => {}
            Ok(Taken::Done) if step.is_for_this_run() => {}
            Ok(Taken::Done) => reader.progress.tell(&format!("done: {}", step.title)),
            Ok(Taken::Conflict(why)) => return Ok(Round::Conflict(why)),
            Ok(Taken::Back(error)) | Err(error) => {
                steps.extend(plan.steps[i + 1..].iter().map(|step| report(step, StepOutcome::NotDone)));
                return Err(error);
            }
        }
    }
    Ok(Round::Done)
}

async fn take(writer: &Writer<'_>, reader: &Reader<'_>, step: &Step, deadline: Deadline) -> Result<Taken> {
    let mut written = Vec::new();
    for (target, changes) in by_object(step) {
        let outcome = if step.once_accepted {
            accepted::write(writer, reader, &changes, deadline).await
        } else {
            writer.write(reader, &changes).await
        };
        match outcome.map_err(|error| with_part(error, &written))? {
            Written::Done => reader.note_write(),
            Written::Conflict(why) => return Ok(Taken::Conflict(why)),
            Written::Unready(why) => return Err(with_part(accepted::unready(target, &why), &written)),
        }
        written.push(target.to_string());
    }
    match settle(writer, reader, &step.settle, deadline).await {
        Ok(()) => Ok(Taken::Done),
        Err(error) if step.on_failure == OnFailure::TakeBack && !step.changes.is_empty() => {
            take_back(writer, reader, step, error).await.map(Taken::Back)
        }
        Err(error) => Err(error),
    }
}

async fn settle(writer: &Writer<'_>, reader: &Reader<'_>, settle: &[Settle], deadline: Deadline) -> Result<()> {
    let mut left = settle;
    while let [first, rest @ ..] = left {
        left = rest;
        match first {
            Settle::Restart(target) => {
                rollout::restart(writer, reader, target).await?;
                reader.note_write();
            }
            Settle::Until(Condition::Gone, target) => {
                let beside = rest.iter().map_while(|next| goes_beside(next, target));
                let together: Vec<&Target> = iter::once(target).chain(beside).collect();
                left = &rest[together.len() - 1..];
                wait::until_gone(reader, &together, deadline).await?;
            }
            Settle::Until(condition, target) => wait::until(reader, *condition, target, deadline).await?,
        }
    }
    Ok(())
}

/// What has to be gone too, and is of the same kind and place.
fn goes_beside<'s>(settle: &'s Settle, target: &Target) -> Option<&'s Target> {
    match settle {
        Settle::Until(Condition::Gone, other) if are_kept_together(other, target) => Some(other),
        _ => None,
    }
}

/// The command's own time may be up; leaving things broken for that would be the worse.
const TO_TAKE_BACK: Duration = Duration::from_secs(180);

/// What this run has done turned out to be no good: steps that are taken back on failure are taken back now, the last one
/// first. The error says why it came to that.
pub(crate) async fn take_all_back(
    session: &Session,
    reader: &Reader<'_>,
    taken: &[Step],
    why: &str,
    steps: &mut [StepReport],
) -> Error {
    let writer = Writer::new(session, false);
    let mut cause = Error::failed(why);
    let to_take_back = |step: &&Step| step.on_failure == OnFailure::TakeBack && !step.changes.is_empty();
    for step in taken.iter().rev().filter(to_take_back) {
        match take_back(&writer, reader, step, cause).await {
            Ok(error) => {
                let reports =
                    steps.iter_mut().filter(|report| report.id == step.id && report.outcome == StepOutcome::Done);
                reports.for_each(|report| report.outcome = StepOutcome::TakenBack);
                cause = error;
            }
            Err(error) => return error,
        }
    }
    cause
}

/// Puts the old values back into the objects as they are now and settles again. The error says why it came to that, or
/// why even that failed.
async fn take_back(writer: &Writer<'_>, reader: &Reader<'_>, step: &Step, cause: Error) -> Result<Error> {
    reader.progress.tell(&format!("failed: {cause}"));
    reader.progress.tell(&format!("taking it back: {}", step.title));
    match put_back(writer, reader, step).await {
        Ok(()) => Ok(cause.while_trying(format!("could not {}; the old value is back", step.title))),
        Err(failed) => Err(Error::failed(format!("could not take back: {}", step.title))
            .cause(failed)
            .cause(format!("it was to be taken back because: {cause}"))
            .hint("see what the run has changed with: kubectl lab undo --list, and take it back with: kubectl lab undo --last")),
    }
}

async fn put_back(writer: &Writer<'_>, reader: &Reader<'_>, step: &Step) -> Result<()> {
    let inverse = Step { changes: step.changes.iter().rev().map(Change::inverse).collect(), ..step.clone() };
    for (target, changes) in by_object(&inverse) {
        // The object has changed since the plan was made: by this very step.
        reader.find(target).await?;
        match writer.write(reader, &changes).await? {
            Written::Done => {}
            Written::Conflict(why) => return Err(Error::new(Exit::Refused, why)),
            Written::Unready(why) => return Err(accepted::unready(target, &why)),
        }
    }
    settle(writer, reader, &step.settle, Deadline::after(TO_TAKE_BACK)).await
}

/// A step that fails between two objects leaves the first ones changed.
fn with_part(error: Error, written: &[String]) -> Error {
    if written.is_empty() {
        return error;
    }
    let list = written.join("; ");
    error.hint(format!(
        "done of this step before that, and left in place: {list}; run the same command again for the rest"
    ))
}

/// Lets the API server check every change without making it. What builds on an earlier step cannot be checked.
pub(crate) async fn check(session: &Session, reader: &Reader<'_>, plan: &Plan) -> Result<Vec<StepReport>> {
    let writer = Writer::new(session, true);
    let mut reports = Vec::new();
    for (i, step) in plan.steps.iter().enumerate() {
        if let Some(earlier) = needs(plan, i) {
            reader.progress.tell(&format!("not checked: step {} needs step {}", i + 1, earlier + 1));
            reports.push(report(step, StepOutcome::NotChecked));
            continue;
        }
        let left = match check_step(&writer, reader, step).await {
            Ok(left) => left,
            Err(error) if can_go_without(step, &error) => {
                reader.progress.tell(&format!("not possible, and gone without: {}: {error}", step.title));
                reports.push(report(step, StepOutcome::NotChecked));
                continue;
            }
            Err(error) => return Err(error),
        };
        reader.progress.tell(&format!("checked by the API server: {}", step.title));
        for (namespace, count) in left {
            reader
                .progress
                .tell(&format!("not checked: {count} of them, in Namespace {namespace}, which is yet to come"));
        }
        reports.push(report(step, StepOutcome::Checked));
    }
    Ok(reports)
}

/// How many objects of it cannot be checked, by namespace: a dry run makes none, and nothing is taken into one that is not there.
async fn check_step(writer: &Writer<'_>, reader: &Reader<'_>, step: &Step) -> Result<BTreeMap<String, usize>> {
    let is_made = |namespace: &str| {
        let mut made = step.changes.iter().filter(|change| change.kind() == Kind::Create);
        made.any(|change| change.target.kind == "Namespace" && change.target.name == *namespace)
    };
    let mut left = BTreeMap::new();
    for (target, changes) in by_object(step) {
        if let Some(namespace) = target.namespace.as_ref().filter(|namespace| is_made(namespace)) {
            *left.entry(namespace.clone()).or_default() += 1;
            continue;
        }
        match writer.write(reader, &changes).await? {
            Written::Done => {}
            Written::Conflict(why) => {
                return Err(Error::new(Exit::Refused, format!("the plan no longer fits: {why}"))
                    .hint("run the same command again: it plans anew"));
            }
            Written::Unready(why) => return Err(accepted::unready(target, &why)),
        }
    }
    for one in &step.settle {
        if let Settle::Restart(target) = one {
            rollout::restart(writer, reader, target).await?;
        }
    }
    Ok(left)
}

/// The earlier step that makes an object, or the namespace of an object, that step `i` changes.
fn needs(plan: &Plan, i: usize) -> Option<usize> {
    let later = &plan.steps[i].changes;
    plan.steps[..i].iter().position(|earlier| {
        earlier.changes.iter().any(|made| {
            later.iter().any(|change| {
                change.target == made.target
                    || (made.target.kind == "Namespace" && change.target.namespace.as_ref() == Some(&made.target.name))
            })
        })
    })
}

fn report(step: &Step, outcome: StepOutcome) -> StepReport {
    StepReport { id: step.id.clone(), title: step.title.clone(), outcome, lasts: step.lasts }
}
