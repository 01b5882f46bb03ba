//! Looking: which journals there are, whose turn it is, and how its objects are now.

use k8s_openapi::api::core::v1::Service;
use lab::journal::{self, Stored, UNDONE};
use lab::rights::Right;
use lab::{Error, Reader, Result, Selection};
use lab_plan::{Change, Entry, Exit, Kind, Target};
use lab_topics::{cascade, metallb};
use serde_json::Value;

use crate::args::Args;
use crate::facts::{Case, Facts, Part};
use crate::plan::{choose, created, is_going};

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    look(reader, args, None).await
}

/// Of the run whose turn it still is only what this one has taken back is looked at again.
pub async fn gather_again(reader: &Reader<'_>, args: &Args, before: &Facts) -> Result<Facts> {
    look(reader, args, before.case.as_ref()).await
}

async fn look(reader: &Reader<'_>, args: &Args, before: Option<&Case>) -> Result<Facts> {
    let (journals, unreadable) = everywhere(reader).await?;
    let (now, run, has_written) = (reader.now(), reader.run_id().to_owned(), reader.has_written());
    let mut facts = Facts { now, run, has_written, journals, unreadable, case: None };
    let parts: Vec<Stored> = choose(args, &facts).into_iter().cloned().collect();
    if !parts.is_empty() {
        facts.case = Some(case(reader, parts, before).await?);
    }
    Ok(facts)
}

/// Of all namespaces, or where that is forbidden of the user's own.
async fn everywhere(reader: &Reader<'_>) -> Result<(Vec<Stored>, Vec<(Target, String)>)> {
    match journal::list(reader, None).await {
        Err(error) if error.exit == Exit::Forbidden => journal::list(reader, Some(reader.namespace())).await,
        other => other,
    }
}

async fn case(reader: &Reader<'_>, parts: Vec<Stored>, before: Option<&Case>) -> Result<Case> {
    let (mut case, mut is_new) = (Case::default(), false);
    for stored in parts {
        let known = part_of(before, &stored);
        is_new |= known.is_none();
        let live = match known {
            _ if stored.state == UNDONE => vec![None; stored.journal.changes().count()],
            Some(before) => live_again(reader, before).await?,
            None => live(reader, &stored).await?,
        };
        case.parts.push(Part { stored, live });
    }
    case.holders = holders(reader, &case).await?;
    let targets = created(&case).filter(|(target, live)| cascade::holds_others(target) && !is_going(live));
    let containers: Vec<(Target, Value)> = targets.map(|(target, live)| (target.clone(), live.clone())).collect();
    if is_new {
        may_delete(reader, &containers).await?;
    }
    case.contents = reader.contents(&containers, cascade::is_nobodys).await?;
    Ok(case)
}

/// The same journal as it was in the look before.
fn part_of<'c>(before: Option<&'c Case>, stored: &Stored) -> Option<&'c Part> {
    let is_it = |part: &&Part| part.stored.target == stored.target && part.stored.journal == stored.journal;
    before?.parts.iter().find(is_it)
}

/// How the objects of its changes are now. Those that stay anyway are not looked at.
async fn live(reader: &Reader<'_>, stored: &Stored) -> Result<Vec<Option<Value>>> {
    let matters = |entry: &&Entry| entry.cannot_be_undone.is_none();
    let changes = || stored.journal.entries.iter().filter(matters).flat_map(|entry| &entry.changes);
    let (made, others): (Vec<_>, Vec<_>) = changes().partition(|change| is_told_by_its_metadata(change));
    let targets = |changes: Vec<&Change>| changes.into_iter().map(|change| change.target.clone()).collect();
    let mut made = reader.find_metadata(targets(made)).await?.into_iter();
    let mut others = reader.find_all(targets(others)).await?.into_iter();
    let now = stored.journal.entries.iter().flat_map(|entry| entry.changes.iter().map(move |change| (entry, change)));
    let now = now.map(|(entry, change)| {
        let found = match change {
            _ if !matters(&entry) => None,
            change if is_told_by_its_metadata(change) => made.next(),
            _ => others.next(),
        };
        found.and_then(|(_, live)| live)
    });
    Ok(now.collect())
}

/// Whether what a run has created still is that very object. Of what takes others along more has to be known.
fn is_told_by_its_metadata(change: &Change) -> bool {
    change.kind() == Kind::Create && !cascade::holds_others(&change.target)
}

/// What this run has taken back is looked at again. What was not there does not come back as what the run in question has created;
/// and what takes others along is deleted only as it was seen. Where something was going already, that may have been done by now.
async fn live_again(reader: &Reader<'_>, before: &Part) -> Result<Vec<Option<Value>>> {
    let something_goes = before.live.iter().flatten().any(is_going);
    let matters = |target: &Target| something_goes || !cascade::holds_others(target);
    let targets = || before.stored.journal.changes().map(|change| &change.target);
    let seen = targets().zip(&before.live).filter_map(|(target, live)| Some((target.clone(), live.clone()?)));
    let mut found = reader.find_left(seen.filter(|(target, _)| matters(target)).collect()).await?.into_iter();
    let now = targets().zip(&before.live).map(|(target, live)| match live {
        Some(_) if matters(target) => found.next().and_then(|(_, now)| now),
        kept => kept.clone(),
    });
    Ok(now.collect())
}

/// Who loses an address with the pools that the run has created. Not every version of MetalLB takes it back.
async fn holders(reader: &Reader<'_>, case: &Case) -> Result<Vec<(String, Target)>> {
    let pools: Vec<String> =
        created(case).filter(|(target, _)| metallb::is_pool(target)).map(|(target, _)| target.name.clone()).collect();
    let mut holders = Vec::new();
    if pools.is_empty() {
        return Ok(holders);
    }
    for service in reader.list::<Service>(Selection::default()).await? {
        for pool in pools.iter().filter(|pool| metallb::holds_address_of(&service.raw, pool)) {
            let metadata = &service.object.metadata;
            let [namespace, name] =
                [&metadata.namespace, &metadata.name].map(|part| part.as_deref().unwrap_or_default());
            holders.push((pool.clone(), Target::namespaced("v1", "Service", namespace, name)));
        }
    }
    Ok(holders)
}

/// They go last, in a round of their own; that they may be deleted at all has to be known before the first.
async fn may_delete(reader: &Reader<'_>, containers: &[(Target, Value)]) -> Result<()> {
    let right = |(target, _): &(Target, Value)| match target.kind.as_str() {
        "Namespace" => Right::new("delete", "", "namespaces", None).named(&target.name),
        _ => Right::new("delete", "apiextensions.k8s.io", "customresourcedefinitions", None).named(&target.name),
    };
    let needed: Vec<Right> = containers.iter().map(right).collect();
    let missing = reader.missing_rights(&needed).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let message = "nothing was taken back, because a right is missing that the last of it needs";
    Err(Error { missing, ..Error::new(Exit::Forbidden, message) })
}
