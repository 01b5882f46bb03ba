//! Why kube-proxy must not be restarted: a restart reads the whole configuration, the mode too, and what was ill before
//! cannot be told from what the restart has broken.

use lab_plan::{Condition, Progress, Refusal};

use super::configuration::{Config, Place};
use super::facts::{KubeProxy, MOST_ASKED, NAMESPACE, Proxy, daemon_set};

const MODE_SWITCH: &str = "mode-switch";
const UNKNOWN_MODE: &str = "unknown-mode";
const UNHEALTHY: &str = "unhealthy";

pub const ALLOWS: [(&str, &str); 3] = [
    (MODE_SWITCH, "restart kube-proxy although it will come up in another mode than it runs in"),
    (
        UNKNOWN_MODE,
        "restart kube-proxy although nothing tells which mode it runs in, so that it may come up in another",
    ),
    (UNHEALTHY, "restart kube-proxy although not all of its pods are well"),
];

/// Why a restart cannot work, or why its outcome could not be told from what is wrong already.
pub fn cannot_restart(kube_proxy: &KubeProxy) -> Option<Refusal> {
    let set = daemon_set();
    let Some(seen) = &kube_proxy.daemon_set else {
        return Some(Refusal::cannot_mend(format!("kube-proxy has to be restarted for this, and there is no {set}")));
    };
    if seen.raw.pointer("/spec/updateStrategy/type").is_some_and(|strategy| strategy == "OnDelete") {
        return Some(
            Refusal::cannot_mend(format!(
                "kube-proxy has to be restarted for this, and the update strategy of {set} is OnDelete: its pods stay until somebody deletes them"
            ))
            .hint("set it back to the usual: kubectl patch daemonset kube-proxy -n kube-system --type=merge -p '{\"spec\":{\"updateStrategy\":{\"type\":\"RollingUpdate\"}}}'"),
        );
    }
    match Condition::RolledOut.judge(Some(&seen.raw)) {
        Progress::Done => None,
        Progress::Waiting(why) | Progress::Hopeless(why) => Some(
            Refusal::refused(
                format!("kube-proxy is not well before anything was changed: {set}: {why}"),
                Some(UNHEALTHY),
            )
            .hint("see why with: kubectl get pods -n kube-system -l k8s-app=kube-proxy -o wide"),
        ),
    }
}

/// Some would come up in another mode than they run in.
pub fn mode_switch(kube_proxy: &KubeProxy, place: &Place<'_>, config: &Config) -> Option<Refusal> {
    let configured = &config.mode;
    let is_other = |proxy: &&Proxy| proxy.mode.as_ref().is_ok_and(|mode| mode != configured);
    let others: Vec<&Proxy> = kube_proxy.proxies.iter().filter(is_other).collect();
    let running = others.first()?.mode.as_ref().ok()?;
    Some(
        Refusal::refused(
            format!(
                "kube-proxy runs in {running} mode on {}, but {} says {configured}: the restart that this needs would switch modes",
                listed(&others),
                place.target()
            ),
            Some(MODE_SWITCH),
        )
        .hint(format!("if {configured} mode is not meant, set `mode: {running}` first: kubectl edit configmap {} -n {NAMESPACE}", place.name)),
    )
}

/// Nothing tells which mode would be left by the restart. Of a large cluster only a part was looked at.
pub fn unknown_mode(kube_proxy: &KubeProxy, config: &Config) -> Option<Refusal> {
    let looked_at = kube_proxy.proxies.iter().take(MOST_ASKED);
    let unknown: Vec<&Proxy> = looked_at.filter(|proxy| proxy.mode.is_err()).collect();
    let why = reasons(unknown.iter().filter_map(|proxy| proxy.mode.as_ref().err()));
    (!unknown.is_empty()).then(|| {
        Refusal::refused(
            format!(
                "which mode kube-proxy runs in could not be seen on {} ({why}): the restart that this needs might switch modes, to {}",
                listed(&unknown),
                config.mode
            ),
            Some(UNKNOWN_MODE),
        )
        .hint(format!(
            "see what each says of itself: kubectl get pods -n {NAMESPACE} -l k8s-app=kube-proxy -o wide, and on its node: curl http://127.0.0.1:10249/proxyMode"
        ))
    })
}

/// The nodes of these, the first few by name.
pub fn listed(proxies: &[&Proxy]) -> String {
    let nodes: Vec<&str> = proxies.iter().map(|proxy| proxy.node.as_str()).take(5).collect();
    let more = proxies.len() - nodes.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", nodes.join(", "))
}

/// Each reason once, and of many the first few: where kubelets cannot be reached, each has one of its own.
pub fn reasons<'r>(reasons: impl Iterator<Item = &'r String>) -> String {
    const MOST: usize = 2;
    let mut reasons: Vec<&str> = reasons.map(String::as_str).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let more = reasons.len().saturating_sub(MOST);
    reasons.truncate(MOST);
    let more = if more > 0 { format!("; and {more} more of the kind") } else { String::new() };
    format!("{}{more}", reasons.join("; "))
}
