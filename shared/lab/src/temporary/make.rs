//! Making a step's Jobs, each remembered before the request that makes it.

use lab_plan::{Exit, OnFailure, Step};

use super::sweep::sweep;
use crate::accepted;
use crate::error::{Error, Result};
use crate::reader::Reader;
use crate::writer::{Writer, Written};

/// False where not one of them could be made, and the run goes on without.
pub(crate) async fn make(writer: &Writer<'_>, reader: &Reader<'_>, step: &Step) -> Result<bool> {
    reader.progress.tell(&format!("for this run only: {}", step.title));
    sweep(reader, step).await;
    let mut some = step.changes.is_empty();
    for change in &step.changes {
        reader.made.begin(change)?;
        let written = match writer.write(reader, &[change]).await {
            Ok(Written::Unready(why)) => Err(accepted::unready(&change.target, &why)),
            other => other,
        };
        match written {
            // Its name is this run's: one that exists is ours, made by a request whose answer was lost.
            Ok(_) => {
                reader.made.confirm(&change.target);
                some = true;
            }
            Err(error) if can_go_without(step, &error) => reader.made.give_up(&change.target, error.to_string()),
            Err(error) => return Err(error),
        }
    }
    Ok(some)
}

/// A cluster that does not answer is no matter of this step alone.
pub(crate) fn can_go_without(step: &Step, error: &Error) -> bool {
    step.on_failure == OnFailure::GoOn && !matches!(error.exit, Exit::Unreachable | Exit::TimedOut)
}
