//! Looking: which journals there are, whose turn it is, and how its objects are now.

use k8s_openapi::api::core::v1::Service;
use lab::journal::{self, Stored};
use lab::rights::Right;
use lab::{Error, Reader, Result, Selection};
use lab_plan::{Contents, Exit, Target};
use lab_topics::{cascade, metallb};

use crate::args::Args;
use crate::facts::{Case, Facts, Part};
use crate::plan::{choose, created, is_going};

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let (journals, unreadable) = everywhere(reader).await?;
    let (now, run, has_written) = (reader.now(), reader.run_id().to_owned(), reader.has_written());
    let mut facts = Facts { now, run, has_written, journals, unreadable, case: None };
    let parts: Vec<Stored> = choose(args, &facts).into_iter().cloned().collect();
    if !parts.is_empty() {
        facts.case = Some(case(reader, parts).await?);
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

async fn case(reader: &Reader<'_>, parts: Vec<Stored>) -> Result<Case> {
    let mut case = Case::default();
    for stored in parts {
        let mut live = Vec::new();
        for change in stored.journal.changes() {
            live.push(reader.find(&change.target).await?);
        }
        case.parts.push(Part { stored, live });
    }
    case.holders = holders(reader, &case).await?;
    let targets = created(&case).filter(|(target, live)| cascade::holds_others(target) && !is_going(live));
    let containers: Vec<Target> = targets.map(|(target, _)| target.clone()).collect();
    may_delete(reader, &containers).await?;
    for container in containers {
        let contents: Contents = reader.contents(&container).await?;
        case.contents.push((container, contents));
    }
    Ok(case)
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
async fn may_delete(reader: &Reader<'_>, containers: &[Target]) -> Result<()> {
    let right = |target: &Target| match target.kind.as_str() {
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
