//! What two verbs need to know, by noun.

pub mod cascade;
pub mod kube_proxy;
pub mod manager;
pub mod metallb;
pub mod metrics;
pub mod service;

use lab_plan::{Change, Kind, Settle};

/// Whether a change is one that some verb makes. Whoever can write a journal could otherwise let an administrator's
/// undo write anything; so undo makes only changes of this closed table, or deletes what a run has created.
pub fn touchable(change: &Change) -> bool {
    match change.kind() {
        // Judged by the run's name on the live object.
        Kind::Create | Kind::Delete => true,
        Kind::Declare => false,
        Kind::Patch => metrics::touchable(change) || kube_proxy::touchable(change) || metallb::touchable(change),
    }
}

/// Whether an undo may settle this way: a restart is a write too.
pub fn settles(settle: &Settle) -> bool {
    match settle {
        Settle::Restart(target) => kube_proxy::restartable(target),
        Settle::Until(..) => true,
    }
}
