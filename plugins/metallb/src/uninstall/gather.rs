//! Looking: what of MetalLB is there and whose it is, who has its addresses, and what would go along.

use k8s_openapi::api::core::v1::Namespace;
use lab::{Reader, Result, Selection, Verb, journal};
use lab_plan::{Kind, Target};
use lab_topics::cascade::is_nobodys;
use serde_json::Value;

use super::facts::{DEFINITION, Facts, NAMESPACE, Stage, WEBHOOK, is_going, stage};
use super::plan::has_addresses_left;
use super::{Uninstall, names};
use crate::controller::down;
use crate::inventory::{self, Ours, is_ours};
use crate::present::{self, Installer, Present};
use crate::resources::name;
use crate::services;

pub async fn gather(reader: &Reader<'_>) -> Result<Facts> {
    let present = present::look_at_work(reader).await?;
    let mut facts = Facts { present, ours: inventory::everywhere(reader).await?, ..Facts::default() };
    facts.services = services::list(reader, None, None).await?;
    facts.wrote = reader.has_written();
    facts.unlabelled = unlabelled(reader, &facts).await?;
    let is_known = facts.present.controller.is_some() || facts.present.speaker.is_some();
    if facts.is_anything_there() && !is_known {
        look_at_pods(reader, &mut facts.present).await?;
    }
    facts.pods = pods(&facts.present);
    facts.contents = reader.contents(&to_be_looked_into(&facts), is_nobodys).await?;
    Ok(facts)
}

/// In the midst of it, what the last stage has removed is looked at again, and what changes by itself. The rest is as it was seen,
/// and is removed only as it was seen. What shows that nothing is left is a look at everything.
pub async fn gather_again(reader: &Reader<'_>, before: &Facts) -> Result<Facts> {
    let worked_at = stage(before);
    if !reader.has_written() || worked_at >= Stage::Namespace {
        return gather(reader).await;
    }
    let mut facts = Facts { wrote: true, ..before.clone() };
    let waits = has_addresses_left(before);
    if worked_at == Stage::Pools || waits {
        present::pools(reader, &mut facts.present).await?;
    }
    if worked_at != Stage::Kinds || waits {
        facts.services = services::list(reader, None, None).await?;
        look_at_pods(reader, &mut facts.present).await?;
        facts.pods = pods(&facts.present);
    }
    let may_differ = |kind: &str| match worked_at {
        // It goes before the pools where nobody answers it.
        Stage::Pools => kind == WEBHOOK && down(&before.present).is_some(),
        Stage::Kinds => [WEBHOOK, DEFINITION, "Deployment", "DaemonSet"].contains(&kind),
        _ => kind != NAMESPACE,
    };
    facts.ours = again(reader, facts.ours, may_differ).await?;
    facts.unlabelled = again(reader, facts.unlabelled, may_differ).await?;
    facts.contents = reader.contents(&to_be_looked_into(&facts), is_nobodys).await?;
    Ok(facts)
}

/// Those that are still there.
async fn again(reader: &Reader<'_>, parts: Vec<Ours>, may_differ: impl Fn(&str) -> bool) -> Result<Vec<Ours>> {
    let in_question = parts.iter().filter(|part| may_differ(&part.target.kind));
    let seen = in_question.map(|part| (part.target.clone(), part.live.clone())).collect();
    let mut now = reader.find_left(seen).await?.into_iter();
    let left = parts.into_iter().filter_map(|part| match may_differ(&part.target.kind) {
        true => now.next().and_then(|(target, live)| Some(Ours { target, live: live? })),
        false => Some(part),
    });
    Ok(left.collect())
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
    let found = reader.find_all(names::all(namespace).collect()).await?;
    Ok(found.into_iter().filter_map(|(target, live)| Some(Ours { target, live: live? })).collect())
}

async fn look_at_pods(reader: &Reader<'_>, present: &mut Present) -> Result<()> {
    let labelled = Selection::in_namespace(present.namespace()).labels("app=metallb");
    let found = reader.list(labelled).await?;
    present.keep_pods(found);
    Ok(())
}

fn pods(present: &Present) -> Vec<String> {
    let pods = present.controller_pods.iter().chain(&present.speaker_pods);
    pods.map(|pod| name(&pod.object.metadata).to_owned()).collect()
}

/// All containers while nothing was removed, and then each once more when its turn has come.
fn to_be_looked_into(facts: &Facts) -> Vec<(Target, Value)> {
    let stage = stage(facts);
    let due = |kind: &str| match kind {
        DEFINITION => !facts.wrote || (stage == Stage::Kinds && !has_addresses_left(facts)),
        NAMESPACE => !facts.wrote || stage == Stage::Namespace,
        _ => false,
    };
    let parts = facts.parts().filter(|part| due(&part.target.kind) && !is_going(&part.live));
    parts.map(|part| (part.target.clone(), part.live.clone())).collect()
}
