//! Who else writes the Deployment: a patch under a manager is undone by its next run, so it is refused unless allowed.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use lab_plan::Refusal;

pub const ALLOWS: [(&str, &str); 4] = [
    ("helm-managed", "patch what Helm installed; its next upgrade undoes the patch"),
    ("argocd-managed", "patch what Argo CD syncs; its next sync undoes the patch"),
    ("flux-managed", "patch what Flux reconciles; its next run undoes the patch"),
    ("addon-managed", "patch an add-on of the distribution; its manager may undo the patch"),
];

/// `None` where nobody else is known to manage it. `values` is the Helm setting that does what the patch would do,
/// empty where the chart as it is does it.
pub fn refusal(metadata: &ObjectMeta, what: &str, values: &str) -> Option<Refusal> {
    let empty = BTreeMap::new();
    let labels = metadata.labels.as_ref().unwrap_or(&empty);
    let annotations = metadata.annotations.as_ref().unwrap_or(&empty);
    let has = |key: &str| labels.contains_key(key) || annotations.contains_key(key);
    let values = if values.is_empty() { String::new() } else { format!(": {values}") };
    let prefixed = |prefix: &str| labels.keys().chain(annotations.keys()).any(|key| key.starts_with(prefix));
    if has("argocd.argoproj.io/instance") || has("argocd.argoproj.io/tracking-id") {
        let reason = format!("{what} is synced by Argo CD, whose next sync would undo a patch");
        return Some(
            Refusal::refused(reason, Some("argocd-managed"))
                .hint(format!("change the source of the Application{values}")),
        );
    }
    if prefixed("helm.toolkit.fluxcd.io/") || prefixed("kustomize.toolkit.fluxcd.io/") {
        let reason = format!("{what} is reconciled by Flux, whose next run would undo a patch");
        return Some(
            Refusal::refused(reason, Some("flux-managed")).hint(format!("change the source that Flux reads{values}")),
        );
    }
    let set = values.strip_prefix(": ").map(|values| format!(" --set '{values}'")).unwrap_or_default();
    let helm =
        labels.get("app.kubernetes.io/managed-by").is_some_and(|by| by == "Helm") || has("meta.helm.sh/release-name");
    if helm {
        let release = annotations.get("meta.helm.sh/release-name").or_else(|| labels.get("app.kubernetes.io/instance"));
        let namespace = annotations.get("meta.helm.sh/release-namespace").or(metadata.namespace.as_ref());
        // The line is there to be copied into a shell; a name that Helm would not take does not get into it.
        let name = |text: &&String| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
        let release = release.filter(name).map_or("RELEASE", String::as_str);
        let namespace = namespace.filter(name).map_or("NAMESPACE", String::as_str);
        let reason = format!("{what} is managed by Helm (release {release}), whose next upgrade would undo a patch");
        let line = format!("helm upgrade {release} metrics-server/metrics-server -n {namespace} --reuse-values{set}");
        return Some(Refusal::refused(reason, Some("helm-managed")).hint(line));
    }
    let addon = labels.get("addonmanager.kubernetes.io/mode").is_some_and(|mode| mode == "Reconcile");
    if addon || prefixed("objectset.rio.cattle.io/") || prefixed("k0s.k0sproject.io/") {
        let reason = format!("{what} is an add-on of the distribution, whose manager may undo a patch");
        return Some(Refusal::refused(reason, Some("addon-managed")).hint("change the add-on's configuration instead"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal_of(metadata: serde_json::Value) -> Option<Refusal> {
        refusal(&serde_json::from_value(metadata).unwrap(), "Deployment a/b", "args={--kubelet-insecure-tls}")
    }

    #[test]
    fn helm_is_told_with_the_line_that_does_it_right() {
        let refusal = refusal_of(json!({
            "labels": { "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "ms" },
            "annotations": { "meta.helm.sh/release-name": "ms", "meta.helm.sh/release-namespace": "monitoring" },
        }))
        .unwrap();
        assert_eq!(refusal.allowed_by, Some("helm-managed"));
        assert_eq!(
            refusal.hints,
            [
                "helm upgrade ms metrics-server/metrics-server -n monitoring --reuse-values --set 'args={--kubelet-insecure-tls}'"
            ]
        );
    }

    #[test]
    fn a_name_that_is_none_does_not_reach_the_shell() {
        let refusal = refusal_of(json!({ "annotations": {
            "meta.helm.sh/release-name": "$(reboot)", "meta.helm.sh/release-namespace": "a;b",
        } }));
        assert!(
            refusal.unwrap().hints[0].starts_with("helm upgrade RELEASE metrics-server/metrics-server -n NAMESPACE ")
        );
    }

    #[test]
    fn each_manager_has_its_own_code() {
        for (metadata, code) in [
            (json!({ "annotations": { "argocd.argoproj.io/tracking-id": "x" } }), "argocd-managed"),
            (json!({ "labels": { "kustomize.toolkit.fluxcd.io/name": "x" } }), "flux-managed"),
            (json!({ "labels": { "addonmanager.kubernetes.io/mode": "Reconcile" } }), "addon-managed"),
            (json!({ "annotations": { "objectset.rio.cattle.io/id": "x" } }), "addon-managed"),
        ] {
            assert_eq!(refusal_of(metadata).unwrap().allowed_by, Some(code));
            assert!(ALLOWS.iter().any(|(known, _)| *known == code));
        }
        assert_eq!(refusal_of(json!({ "labels": { "k8s-app": "metrics-server" } })), None);
    }
}
