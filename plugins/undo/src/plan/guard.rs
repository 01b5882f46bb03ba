//! What a journal may ask for: whoever can write one must not be able to steer an administrator's undo.

use lab::journal::CLUSTER_WIDE;
use lab_plan::{Change, Condition, Entry, Refusal, Settle, Target};

/// A journal reaches its own namespace only, and no value that no verb changes.
pub fn allowed(journal: &Target, change: &Change) -> Result<(), Refusal> {
    let home = journal.namespace.as_deref().unwrap_or_default();
    if home != CLUSTER_WIDE && change.target.namespace.as_deref() != Some(home) {
        let reason = format!("the journal in namespace {home} asks to change {}, outside its namespace", change.target);
        return Err(Refusal::refused(reason, None));
    }
    if lab_topics::touchable(change) {
        return Ok(());
    }
    Err(Refusal::refused(format!("the journal asks to change {} at a place where no verb writes", change.target), None)
        .hint("somebody may have edited the journal; look at it before you trust it"))
}

/// Restarts and waits are taken from the journal too, and are held to the same rules as its changes.
pub fn settled(journal: &Target, entry: &Entry) -> Result<Vec<Settle>, Refusal> {
    let home = journal.namespace.as_deref().unwrap_or_default();
    for settle in &entry.settle {
        let target = settles_what(settle);
        let outside = home != CLUSTER_WIDE && target.namespace.as_deref() != Some(home);
        if outside || !lab_topics::settles(settle) {
            let reason = format!("the journal asks to restart or to wait for {target}, which no verb does there");
            let hint = "somebody may have edited the journal; look at it before you trust it";
            return Err(Refusal::refused(reason, None).hint(hint));
        }
    }
    // What an undo deleted is not made again, so it does not have to go again either.
    Ok(entry.settle.iter().filter(|settle| !matches!(settle, Settle::Until(Condition::Gone, _))).cloned().collect())
}

pub fn settles_what(settle: &Settle) -> &Target {
    match settle {
        Settle::Restart(target) | Settle::Until(_, target) => target,
    }
}
