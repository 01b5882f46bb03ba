//! Looking: which journals there are, whose turn it is, and how its objects are now.

use lab::journal::{self, Stored};
use lab::{Reader, Result};
use lab_plan::Exit;

use crate::args::Args;
use crate::facts::{Case, Facts};
use crate::plan::choose;

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let (journals, unreadable) = everywhere(reader).await?;
    let mut facts = Facts { now: reader.now(), run: reader.run_id().to_owned(), journals, unreadable, case: None };
    if let Some(stored) = choose(args, &facts).cloned() {
        facts.case = Some(case(reader, stored).await?);
    }
    Ok(facts)
}

/// Of all namespaces, or where that is forbidden of the user's own.
async fn everywhere(reader: &Reader<'_>) -> Result<(Vec<Stored>, Vec<(lab_plan::Target, String)>)> {
    match journal::list(reader, None).await {
        Err(error) if error.exit == Exit::Forbidden => journal::list(reader, Some(reader.namespace())).await,
        other => other,
    }
}

async fn case(reader: &Reader<'_>, stored: Stored) -> Result<Case> {
    let mut live = Vec::new();
    for change in stored.journal.changes() {
        live.push(reader.find(&change.target).await?);
    }
    Ok(Case { stored, live })
}
