//! The look at what this very run has applied: part after part in the order in which they come up, so that a wait asks for
//! little, and ends only by what it waits for.

use lab::{Reader, Result};

use super::facts::Facts;
use super::waiting;
use crate::present::{self, Present};

/// What was up in the look before is not looked at again: a moment later it still is.
pub async fn look(reader: &Reader<'_>, before: &Facts) -> Result<Present> {
    let mut present = Present { kinds: true, ..before.present.clone() };
    let just_applied = before.manifest.as_ref().is_some_and(|manifest| !manifest.objects.is_empty());
    let namespace = before.manifest.as_ref().map(|manifest| manifest.release.namespace.as_str());
    let namespace = namespace.unwrap_or(before.present.namespace()).to_owned();
    if just_applied || waiting::controller(&before.present).is_some() {
        present.controller = present::in_namespace(reader, &namespace).await?;
        if waiting::controller(&present).is_some() {
            present::pods(reader, &namespace, &mut present).await?;
            // Nor is the speaker of an earlier version what is waited for.
            present.speaker = None;
            return Ok(present);
        }
    }
    if just_applied || waiting::speaker(&before.present).is_some() {
        present.speaker = present::in_namespace(reader, &namespace).await?;
        if waiting::speaker(&present).is_some() {
            present::pods(reader, &namespace, &mut present).await?;
            present.webhook = present::Webhook::default();
            return Ok(present);
        }
    }
    if just_applied || before.present.webhook.waits_for().is_some() {
        present::webhook(reader, &mut present).await?;
        if present.webhook.waits_for().is_some() {
            return Ok(present);
        }
    }
    present::pools(reader, &mut present).await?;
    Ok(present)
}
