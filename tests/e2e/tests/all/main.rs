//! Everything that is only true if a real cluster says so.

/// Namespaces and kinds that a run has made: what would go along with them.
mod cascades;
/// Killed, once at each kind of step.
mod interrupted;
/// The states that `kubectl lab metrics-fix` only explains.
mod metrics_fix_explains;
/// Nothing is there yet.
mod metrics_fix_installs;
/// The states that it mends.
mod metrics_fix_mends;
/// What belongs to others, and clusters that cannot be reached.
mod metrics_fix_respects;
/// Without the insecure flag.
mod metrics_fix_secures;
/// kube-proxy's strictARP, in each mode.
mod strict_arp;
/// Taking back.
mod undo;
