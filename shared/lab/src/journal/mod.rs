//! The journal: an object in the cluster that holds what is needed to take a run's changes back.
//!
//! It is written once before the first change of each round, and closed once at the end. A run that dies leaves it
//! open; the next run of the same verb on the same objects goes on with it.

mod keeper;
mod stored;

pub(crate) use keeper::Keeper;
pub use stored::{Stored, list};

/// Changes that concern more than one namespace are journaled here.
pub const CLUSTER_WIDE: &str = "kube-system";

pub(crate) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "kubectl-lab");
pub(crate) const VERB: &str = "kubectl-lab/verb";
/// The label that says how far it is; `kubectl get configmap -L kubectl-lab/state` shows it.
pub const STATE: &str = "kubectl-lab/state";
pub const OPEN: &str = "open";
pub const CLOSED: &str = "closed";
pub const UNDONE: &str = "undone";
