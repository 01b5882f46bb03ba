//! Who else writes the ConfigMap: an edit under a manager is undone by its next run, so it is refused unless allowed.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use lab_plan::Refusal;

use crate::facts::Facts;
use crate::instead::says;

pub const MODE_SWITCH: &str = "mode-switch";
pub const UNKNOWN_MODE: &str = "unknown-mode";
pub const UNHEALTHY: &str = "unhealthy";

pub const ALLOWS: [(&str, &str); 6] = [
    (MODE_SWITCH, "restart kube-proxy although it will come up in another mode than it runs in"),
    (
        UNKNOWN_MODE,
        "restart kube-proxy although nothing tells which mode it runs in, so that it may come up in another",
    ),
    (UNHEALTHY, "restart kube-proxy although not all of its pods are well"),
    ("helm-managed", "edit what Helm installed; its next upgrade undoes the edit"),
    ("gitops-managed", "edit what Argo CD or Flux syncs; its next sync undoes the edit"),
    ("addon-managed", "edit an add-on of the distribution; its manager may undo the edit"),
];

pub fn refusal(facts: &Facts, metadata: &ObjectMeta, what: &str) -> Option<Refusal> {
    let labels = metadata.labels.iter().flatten();
    let marks: Vec<(&str, &str)> = labels
        .chain(metadata.annotations.iter().flatten())
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let prefixed = |prefix: &str| marks.iter().any(|(key, _)| key.starts_with(prefix));
    if says(facts, "+k0s") || prefixed("k0s.k0sproject.io/") {
        let reason = format!("{what} is owned by k0s, whose controller would undo the edit");
        return Some(
            Refusal::refused(reason, Some("addon-managed"))
                .hint("set it in the k0s configuration instead: spec.network.kubeProxy.ipvs.strictARP: true"),
        );
    }
    if prefixed("argocd.argoproj.io/")
        || prefixed("kustomize.toolkit.fluxcd.io/")
        || prefixed("helm.toolkit.fluxcd.io/")
    {
        let reason = format!("{what} is synced by Argo CD or Flux, whose next sync would undo the edit");
        return Some(
            Refusal::refused(reason, Some("gitops-managed")).hint("change ipvs.strictARP in its source instead"),
        );
    }
    if prefixed("meta.helm.sh/") || marks.contains(&("app.kubernetes.io/managed-by", "Helm")) {
        let reason = format!("{what} is managed by Helm, whose next upgrade would undo the edit");
        return Some(Refusal::refused(reason, Some("helm-managed")).hint("change the release's values instead"));
    }
    if marks.contains(&("addonmanager.kubernetes.io/mode", "Reconcile")) {
        let reason = format!("{what} is an add-on of the distribution, whose manager may undo the edit");
        return Some(Refusal::refused(reason, Some("addon-managed")).hint("change the add-on's configuration instead"));
    }
    None
}
