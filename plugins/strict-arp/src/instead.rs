//! Clusters whose kube-proxy is configured elsewhere, or that have none: what they are, and where the setting is there.

use lab_plan::Refusal;
use lab_topics::kube_proxy::is_reported;

use crate::facts::Facts;

/// Programs that do kube-proxy's work themselves, by the DaemonSet they run as.
const REPLACEMENTS: [(&str, &str); 4] = [
    ("cilium", "Cilium"),
    ("kube-router", "kube-router"),
    ("ovnkube-node", "OVN-Kubernetes"),
    ("antrea-agent", "Antrea"),
];

/// By a word in the versions that the nodes report, what a cluster is, and how it sets strictARP.
const DISTRIBUTIONS: [(&str, &str, &str); 4] = [
    (
        "+k3s",
        "this is k3s, whose kube-proxy runs inside the k3s process",
        "on each server and agent, in /etc/rancher/k3s/config.yaml: kube-proxy-arg: [\"ipvs-strict-arp=true\"]; then: systemctl restart k3s (or k3s-agent)",
    ),
    (
        "+rke2",
        "this is RKE2, whose kube-proxy is a static pod on each node",
        "on each node, in /etc/rancher/rke2/config.yaml: kube-proxy-arg: [\"ipvs-strict-arp=true\"]; then: systemctl restart rke2-server (or rke2-agent)",
    ),
    (
        "Talos",
        "this is Talos, whose kube-proxy takes its settings from the machine configuration",
        "in the machine configuration: cluster.proxy.extraArgs: {ipvs-strict-arp: \"true\"}; then: talosctl apply-config",
    ),
    (
        "-gke.",
        "this is GKE, whose kube-proxy is not configured by its users",
        "GKE's own load balancer is used there; MetalLB is not needed",
    ),
];

/// What the nodes say the cluster is, if that tells anything here.
pub fn distribution(facts: &Facts) -> Option<(&'static str, &'static str)> {
    DISTRIBUTIONS.iter().find(|(word, ..)| is_reported(&facts.nodes, word)).map(|(_, what, how)| (*what, *how))
}

/// There is no ConfigMap of kube-proxy.
pub fn nothing_to_change(facts: &Facts) -> Refusal {
    if let Some((what, how)) = distribution(facts) {
        return Refusal::cannot_mend(format!("there is no ConfigMap with kube-proxy's configuration: {what}"))
            .hint(how);
    }
    if let Some(set) = &facts.kube_proxy.daemon_set {
        let flags = set.raw.pointer("/spec/template/spec/containers/0").map(ToString::to_string).unwrap_or_default();
        let by = if flags.contains("--config") { "from elsewhere" } else { "by its flags" };
        return Refusal::cannot_mend(format!(
            "there is no ConfigMap with kube-proxy's configuration; DaemonSet kube-system/kube-proxy is configured {by}"
        ))
        .hint("with flags it is --ipvs-strict-arp, and matters only beside --proxy-mode=ipvs")
        .hint("look at it with: kubectl get daemonset kube-proxy -n kube-system -o yaml");
    }
    if let Some((_, what)) = replacement(facts) {
        let reason =
            format!("this cluster has no kube-proxy; its work is done by {what}, for which strictARP means nothing");
        return Refusal::cannot_mend(reason);
    }
    Refusal::cannot_mend("there is no kube-proxy to be found: neither its ConfigMap nor its DaemonSet in kube-system")
        .hint("without kube-proxy strictARP means nothing; see what runs with: kubectl get pods -n kube-system")
}

pub fn replacement(facts: &Facts) -> Option<(&'static str, &'static str)> {
    REPLACEMENTS.into_iter().find(|(name, _)| facts.daemon_sets.iter().any(|set| set == name))
}
