//! Looking: what of MetalLB is there and whose it is, who has its addresses, and what would go along.

use k8s_openapi::api::core::v1::{Namespace, Pod};
use lab::{Reader, Result, Selection, Verb, journal};
use lab_plan::{Contents, Kind, Target};

use super::facts::{DEFINITION, Facts, NAMESPACE, Stage, is_going, stage};
use super::{Uninstall, names};
use crate::inventory::{self, Ours, is_ours};
use crate::present::{self, Installer};
use crate::resources::name;
use crate::services;

pub async fn gather(reader: &Reader<'_>) -> Result<Facts> {
    let present = present::look_at_work(reader).await?;
    let mut facts = Facts { present, ours: inventory::everywhere(reader).await?, ..Facts::default() };
    facts.services = services::list(reader, None, None).await?;
    facts.wrote = reader.has_written();
    facts.unlabelled = unlabelled(reader, &facts).await?;
    if facts.is_anything_there() {
        facts.pods = pods(reader, &facts).await?;
    }
    for container in to_be_looked_into(&facts) {
        let own = container.kind == DEFINITION && names::is_written_by_metallb(&container.name);
        let contents = if own { Contents::default() } else { reader.contents(&container).await? };
        facts.contents.push((container, contents));
    }
    Ok(facts)
}

/// By name, and only where something that runs or a kind is not ours: beside ours nobody else's MetalLB can be.
async fn unlabelled(reader: &Reader<'_>, facts: &Facts) -> Result<Vec<Ours>> {
    let mut found = Vec::new();
    let namespace = facts.present.namespace();
    if !facts.ours.is_empty() || matches!(facts.present.installer(), Installer::Helm { .. } | Installer::GitOps(_)) {
        return Ok(found);
    }
    // It goes last, so what is left of a removal that died is there as long as it is.
    let Some(own) = reader.get::<Namespace>(None, namespace).await? else {
        if !facts.present.is_there() {
            return Ok(found);
        }
        return by_name(reader, namespace).await;
    };
    found.extend(by_name(reader, namespace).await?);
    let is_left_over = !found.is_empty() || facts.wrote || was_emptied_by_us(reader, namespace).await?;
    if is_left_over && !is_ours(&own.object.metadata) {
        found.insert(0, Ours { target: names::namespace(namespace), live: own.raw });
    }
    Ok(found)
}

/// Whether an earlier run, which then died, has taken away what was in it.
async fn was_emptied_by_us(reader: &Reader<'_>, namespace: &str) -> Result<bool> {
    let (journals, _) = journal::list(reader, Some(journal::CLUSTER_WIDE)).await?;
    let removals = journals.iter().filter(|stored| stored.journal.verb == Uninstall::NAME);
    let mut deletions =
        removals.flat_map(|stored| stored.journal.changes()).filter(|change| change.kind() == Kind::Delete);
    Ok(deletions.any(|change| change.target.namespace.as_deref() == Some(namespace)))
}

async fn by_name(reader: &Reader<'_>, namespace: &str) -> Result<Vec<Ours>> {
    let mut found = Vec::new();
    for target in names::all(namespace) {
        if let Some(live) = reader.find(&target).await? {
            found.push(Ours { target, live });
        }
    }
    Ok(found)
}

async fn pods(reader: &Reader<'_>, facts: &Facts) -> Result<Vec<String>> {
    let labelled = Selection::in_namespace(facts.present.namespace()).labels("app=metallb");
    let pods = reader.list::<Pod>(labelled).await?;
    Ok(pods.iter().map(|pod| name(&pod.object.metadata).to_owned()).collect())
}

/// All containers while nothing was removed, and then each once more when its turn has come.
fn to_be_looked_into(facts: &Facts) -> Vec<Target> {
    let stage = stage(facts);
    let due = |kind: &str| match kind {
        DEFINITION => !facts.wrote || stage == Stage::Kinds,
        NAMESPACE => !facts.wrote || stage == Stage::Namespace,
        _ => false,
    };
    let parts = facts.parts().filter(|part| due(&part.target.kind) && !is_going(&part.live));
    parts.map(|part| part.target.clone()).collect()
}
