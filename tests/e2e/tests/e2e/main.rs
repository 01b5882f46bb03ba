//! Everything that is only true if a real cluster says so.

/// Namespaces and kinds that a run has made: what would go along with them.
mod cascades;
/// What the documents tell their reader to type.
mod documented_lines;
/// As a program of the archive in somebody's container.
mod in_a_container;
/// From the archive to the cluster, as krew lays it out.
mod installed_by_krew;
/// Killed, once at each kind of step.
mod interrupted;
/// Installing it, upgrading it, and taking it back.
mod metallb_install;
/// What an installation proves by a Service of its own.
mod metallb_proof;
/// Which manifest of MetalLB is taken, from a stand-in for the release site with the real manifests.
mod metallb_release;
/// Pools that come and go, and taking all of it away.
mod metallb_uninstall;
/// Why a Service does not answer, and what an answer shows.
mod metallb_verify;
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
/// Every verb with the oldest Kubernetes that is still looked after, and its kubectl.
mod oldest_kubernetes;
/// Who answers, and why nobody does.
mod probe;
/// kube-proxy's strictARP, in each mode.
mod strict_arp;
/// What pods receive and send, against what their own kernels have counted.
mod traffic;
/// Taking back.
mod undo;
