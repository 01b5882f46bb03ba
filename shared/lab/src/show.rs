//! A plan in words, and as the diff of the objects it would change.

use std::fmt::Write as _;

use lab_plan::{Change, OnFailure, Plan, Settle, Step, Target, Then, diff};

use crate::connect::Session;
use crate::error::Result;
use crate::reader::Reader;

/// With what the plan would act: every plan names context, server and user.
pub(crate) fn cluster(session: &Session) -> String {
    let context = session.context.as_deref().map(|context| format!("context {context}, ")).unwrap_or_default();
    let user = session.user.as_deref().map(|user| format!(", user {user}")).unwrap_or_default();
    format!("cluster: {context}server {}{user}", session.server)
}

pub(crate) fn plan(plan: &Plan) -> String {
    let mut text = String::from("plan:\n");
    for (i, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", i + 1, step.title);
        let _ = writeln!(text, "     why: {}", step.why);
        for settle in &step.settle {
            if let Settle::Restart(target) = settle {
                let _ = writeln!(text, "     then: restart {target}, and wait until it is rolled out");
            }
        }
        if step.is_for_this_run() {
            let _ = writeln!(text, "     for this run only: removed when it ends");
        }
        match step.on_failure {
            OnFailure::Stop => {}
            OnFailure::TakeBack => text.push_str("     if that fails: put the old value back\n"),
            OnFailure::GoOn => text.push_str("     if that fails: go on without\n"),
        }
        if let Some(why) = &step.cannot_be_undone {
            let _ = writeln!(text, "     cannot be undone: {why}");
        }
    }
    for note in &plan.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    if let Then::LookAgain { why } = &plan.then {
        let _ = writeln!(text, "  then: {why}");
    }
    for may in &plan.may_follow {
        let _ = writeln!(text, "  may follow: {}", may.title);
    }
    text.truncate(text.trim_end().len());
    text
}

/// The diff of every object that the plan changes, in the plan's order.
pub(crate) async fn diffs(reader: &Reader<'_>, plan: &Plan) -> Result<String> {
    let mut text = String::new();
    for (target, changes) in plan.steps.iter().flat_map(by_object) {
        let seen = match reader.remembered(target) {
            Some(seen) => Some(seen),
            None if changes.iter().any(|change| change.kind() == lab_plan::Kind::Patch) => reader.find(target).await?,
            None => None,
        };
        match diff(&changes, seen.as_ref()) {
            Ok(diff) => text.push_str(&diff),
            Err(mismatch) => {
                let _ = writeln!(text, "# {target} was changed meanwhile: {mismatch}");
            }
        }
    }
    Ok(text)
}

/// The changes of a step, those to one object together, in order.
pub(crate) fn by_object(step: &Step) -> Vec<(&Target, Vec<&Change>)> {
    let mut groups: Vec<(&Target, Vec<&Change>)> = Vec::new();
    for change in &step.changes {
        match groups.iter_mut().find(|(target, _)| **target == change.target) {
            Some((_, changes)) => changes.push(change),
            None => groups.push((&change.target, vec![change])),
        }
    }
    groups
}
