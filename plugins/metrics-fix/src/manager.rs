//! Who else writes the Deployment: a patch under a manager is undone by its next run, so it is refused unless allowed.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use lab_plan::Refusal;
use lab_topics::manager::Manager;

pub const ALLOWS: [(&str, &str); 4] = [
    ("helm-managed", "patch what Helm installed; its next upgrade undoes the patch"),
    ("argocd-managed", "patch what Argo CD syncs; its next sync undoes the patch"),
    ("flux-managed", "patch what Flux reconciles; its next run undoes the patch"),
    ("addon-managed", "patch an add-on of the distribution; its manager may undo the patch"),
];

/// `None` where nobody else is known to manage it. `values` is the Helm setting that does what the patch would do,
/// empty where the chart as it is does it.
pub fn refusal(metadata: &ObjectMeta, what: &str, values: &str) -> Option<Refusal> {
    let told = if values.is_empty() { String::new() } else { format!(": {values}") };
    let (code, reason, hints) = match Manager::of(metadata)? {
        Manager::ArgoCd => (
            "argocd-managed",
            format!("{what} is synced by Argo CD, whose next sync would undo a patch"),
            vec![format!("change the source of the Application{told}")],
        ),
        Manager::Flux => (
            "flux-managed",
            format!("{what} is reconciled by Flux, whose next run would undo a patch"),
            vec![format!("change the source that Flux reads{told}")],
        ),
        Manager::Helm { release, namespace } => (
            "helm-managed",
            format!(
                "{what} is managed by Helm (release {}), whose next upgrade would undo a patch",
                release.as_deref().unwrap_or(RELEASE)
            ),
            helm_lines(release.as_deref(), namespace.as_deref(), values),
        ),
        Manager::Addon => (
            "addon-managed",
            format!("{what} is an add-on of the distribution, whose manager may undo a patch"),
            vec!["change the add-on's configuration instead".to_owned()],
        ),
    };
    Some(hints.into_iter().fold(Refusal::refused(reason, Some(code)), Refusal::hint))
}

const RELEASE: &str = "RELEASE";

fn helm_lines(release: Option<&str>, namespace: Option<&str>, values: &str) -> Vec<String> {
    let set = if values.is_empty() { String::new() } else { format!(" --set '{values}'") };
    let (name, place) = (release.unwrap_or(RELEASE), namespace.unwrap_or("NAMESPACE"));
    let mut lines = vec![format!("helm upgrade {name} metrics-server/metrics-server -n {place} --reuse-values{set}")];
    // A list is set as a whole.
    if release.is_some() && namespace.is_some() && values.contains("args={") {
        lines.push(format!(
            "if the release sets args already, name them between the braces too: helm get values {name} -n {place}"
        ));
    }
    lines
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
                "helm upgrade ms metrics-server/metrics-server -n monitoring --reuse-values --set 'args={--kubelet-insecure-tls}'",
                "if the release sets args already, name them between the braces too: helm get values ms -n monitoring"
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
