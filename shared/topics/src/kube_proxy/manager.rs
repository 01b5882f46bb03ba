//! Who else writes the ConfigMap: an edit under a manager is undone by its next run, so it is refused unless allowed.

use k8s_openapi::api::core::v1::Node;
use lab_plan::Refusal;

use super::configuration::Place;

pub const ALLOWS: [(&str, &str); 3] = [
    ("helm-managed", "edit what Helm installed; its next upgrade undoes the edit"),
    ("gitops-managed", "edit what Argo CD or Flux syncs; its next sync undoes the edit"),
    ("addon-managed", "edit an add-on of the distribution; its manager may undo the edit"),
];

pub fn managed(nodes: &[Node], place: &Place<'_>) -> Option<Refusal> {
    let (metadata, what) = (&place.seen.object.metadata, place.target());
    let labels = metadata.labels.iter().flatten();
    let marks: Vec<(&str, &str)> = labels
        .chain(metadata.annotations.iter().flatten())
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let prefixed = |prefix: &str| marks.iter().any(|(key, _)| key.starts_with(prefix));
    if is_reported(nodes, "+k0s") || prefixed("k0s.k0sproject.io/") {
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

/// Whether the nodes report a version with this word in it.
pub fn is_reported(nodes: &[Node], word: &str) -> bool {
    let mut infos = nodes.iter().filter_map(|node| node.status.as_ref()?.node_info.as_ref());
    infos.any(|info| info.kubelet_version.contains(word) || info.os_image.contains(word))
}
