//! Everything that is only true if a real cluster says so.

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
