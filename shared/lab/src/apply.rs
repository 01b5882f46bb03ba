//! Carrying out the steps of one round: in order, each write on condition, and an end at the first failure.

use lab_plan::{Exit, Plan, Settle, Step};

use crate::connect::Session;
use crate::error::{Error, Result};
use crate::journal::Keeper;
use crate::reader::Reader;
use crate::report::{StepOutcome, StepReport};
use crate::show::by_object;
use crate::wait::{self, Deadline};
use crate::writer::{Writer, Written};

/// How a round ended that did not fail.
pub(crate) enum Round {
    Done,
    /// Somebody else was faster; plan anew.
    Conflict(String),
}

/// Everything the plan needs the right to, asked before the first write.
pub(crate) async fn check_rights(session: &Session, reader: &Reader<'_>, plan: &Plan) -> Result<()> {
    let mut needed = Writer::new(session, false).rights(reader, plan.changes()).await?;
    let journal = Keeper::rights(plan).into_iter().filter(|right| !needed.contains(right)).collect::<Vec<_>>();
    needed.extend(journal);
    let missing = reader.missing_rights(&needed).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(Exit::Forbidden, "nothing was changed, because a right is missing that the plan needs");
    error.missing = missing;
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
        let outcome = take(&writer, reader, step, deadline).await;
        let word = match &outcome {
            Ok(Round::Done) => StepOutcome::Done,
            Ok(Round::Conflict(_)) => StepOutcome::Conflict,
            Err(_) => StepOutcome::Failed,
        };
        steps.push(report(step, word));
        if let Ok(Round::Done) = outcome {
            reader.progress.say(&format!("done: {}", step.title));
            continue;
        }
        if outcome.is_err() {
            steps.extend(plan.steps[i + 1..].iter().map(|step| report(step, StepOutcome::NotDone)));
        }
        return outcome;
    }
    Ok(Round::Done)
}

async fn take(writer: &Writer<'_>, reader: &Reader<'_>, step: &Step, deadline: Deadline) -> Result<Round> {
    for (_, changes) in by_object(step) {
        match writer.write(reader, &changes).await? {
            Written::Done => reader.note_write(),
            Written::Conflict(why) => return Ok(Round::Conflict(why)),
        }
    }
    for Settle::Until(condition, target) in &step.settle {
        wait::until(reader, *condition, target, deadline).await?;
    }
    Ok(Round::Done)
}

/// Lets the API server check every change without making it. What builds on an earlier step cannot be checked.
pub(crate) async fn check(session: &Session, reader: &Reader<'_>, plan: &Plan) -> Result<Vec<StepReport>> {
    let writer = Writer::new(session, true);
    let mut reports = Vec::new();
    for (i, step) in plan.steps.iter().enumerate() {
        if let Some(earlier) = needs(plan, i) {
            reader.progress.say(&format!("not checked: step {} needs step {}", i + 1, earlier + 1));
            reports.push(report(step, StepOutcome::NotChecked));
            continue;
        }
        for (_, changes) in by_object(step) {
            if let Written::Conflict(why) = writer.write(reader, &changes).await? {
                return Err(Error::new(Exit::Refused, format!("the plan no longer fits: {why}"))
                    .hint("run the same command again: it plans anew"));
            }
        }
        reader.progress.say(&format!("checked by the API server: {}", step.title));
        reports.push(report(step, StepOutcome::Checked));
    }
    Ok(reports)
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
    StepReport { id: step.id.clone(), title: step.title.clone(), outcome }
}
