//! Who else writes the ConfigMap: an edit under a manager is undone by its next run, so it is refused unless allowed.

use k8s_openapi::api::core::v1::Node;
use lab_plan::Refusal;

use super::configuration::Place;
use crate::manager::{K0S, Manager};

pub const ALLOWS: [(&str, &str); 3] = [
    ("helm-managed", "edit what Helm installed; its next upgrade undoes the edit"),
    ("gitops-managed", "edit what Argo CD or Flux syncs; its next sync undoes the edit"),
    ("addon-managed", "edit an add-on of the distribution; its manager may undo the edit"),
];

pub fn managed(nodes: &[Node], place: &Place<'_>) -> Option<Refusal> {
    let (metadata, what) = (&place.seen.object.metadata, place.target());
    let is_k0s = metadata.labels.iter().chain(&metadata.annotations).flatten().any(|(key, _)| key.starts_with(K0S));
    let (code, reason, hint) = match Manager::of(metadata) {
        _ if is_k0s || is_reported(nodes, "+k0s") => (
            "addon-managed",
            format!("{what} is owned by k0s, whose controller would undo the edit"),
            "set it in the k0s configuration instead: spec.network.kubeProxy.ipvs.strictARP: true",
        ),
        Some(Manager::ArgoCd | Manager::Flux) => (
            "gitops-managed",
            format!("{what} is synced by Argo CD or Flux, whose next sync would undo the edit"),
            "change ipvs.strictARP in its source instead",
        ),
        Some(Manager::Helm { .. }) => (
            "helm-managed",
            format!("{what} is managed by Helm, whose next upgrade would undo the edit"),
            "change the release's values instead",
        ),
        Some(Manager::Addon) => (
            "addon-managed",
            format!("{what} is an add-on of the distribution, whose manager may undo the edit"),
            "change the add-on's configuration instead",
        ),
        None => return None,
    };
    Some(Refusal::refused(reason, Some(code)).hint(hint))
}

/// Whether the nodes report a version with this word in it.
pub fn is_reported(nodes: &[Node], word: &str) -> bool {
    let mut infos = nodes.iter().filter_map(|node| node.status.as_ref()?.node_info.as_ref());
    infos.any(|info| info.kubelet_version.contains(word) || info.os_image.contains(word))
}
