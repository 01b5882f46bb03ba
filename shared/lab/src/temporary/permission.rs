//! Whether a temporary object may be made, read and removed: one that could only be made would be left behind.

use lab_plan::{Exit, OnFailure, Plan, Step};

use crate::error::{Error, Result};
use crate::reader::Reader;
use crate::rights::Right;

/// False where the right to a step that can be gone without is missing; the next look says so.
pub(crate) async fn permitted(reader: &Reader<'_>, plan: &Plan) -> Result<bool> {
    let mut permitted = true;
    for step in plan.steps.iter().filter(|step| step.is_for_this_run()) {
        let missing = reader.missing_rights(&rights(step)).await?;
        if missing.is_empty() {
            continue;
        }
        if step.on_failure != OnFailure::GoOn {
            let message = "a right is missing that the plan needs for its temporary objects; this step was not taken";
            return Err(Error { missing, ..Error::new(Exit::Forbidden, message) });
        }
        let words: Vec<String> = missing.iter().map(Right::to_string).collect();
        for change in &step.changes {
            reader.made.begin(change)?;
            reader.made.give_up(&change.target, format!("missing right: {}", words.join(", ")));
        }
        permitted = false;
    }
    Ok(permitted)
}

fn rights(step: &Step) -> Vec<Right> {
    let mut targets: Vec<(&str, &str)> = step
        .changes
        .iter()
        .map(|change| (change.target.namespace.as_deref().unwrap_or_default(), change.target.kind.as_str()))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets
        .into_iter()
        .flat_map(|(namespace, kind)| if kind == "Service" { service_rights(namespace) } else { job_rights(namespace) })
        .collect()
}

/// What temporary Jobs in a namespace need.
pub fn job_rights(namespace: &str) -> Vec<Right> {
    let jobs = ["create", "list", "delete"].map(|verb| Right::new(verb, "batch", "jobs", Some(namespace)));
    let pods = [Right::new("list", "", "pods", Some(namespace)), Right::new("get", "", "pods/log", Some(namespace))];
    jobs.into_iter().chain(pods).collect()
}

/// What temporary Services in a namespace need.
pub fn service_rights(namespace: &str) -> Vec<Right> {
    ["create", "list", "delete"].map(|verb| Right::new(verb, "", "services", Some(namespace))).into()
}
