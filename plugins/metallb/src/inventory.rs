//! What this program has brought of MetalLB, found by the label that it put on every object. Journals may be deleted, and
//! other people's objects may have the names of ours; the label says it of the object itself.

use k8s_openapi::Resource;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, Service, ServiceAccount};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use lab::{Reader, Result, Selection};
use lab_plan::{RUN_ANNOTATION, Target};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::present::INVENTORY;

/// An object that bears our label.
#[derive(Clone, Debug, PartialEq)]
pub struct Ours {
    pub target: Target,
    pub live: Value,
}

/// Whether a run of this program has made it, the manifest's objects and pools alike.
pub fn is_ours(metadata: &ObjectMeta) -> bool {
    metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(RUN_ANNOTATION))
}

/// Of all kinds that a manifest of MetalLB has, in the order in which they are applied.
pub async fn list(reader: &Reader<'_>, namespace: &str) -> Result<Vec<Ours>> {
    within(reader, Some(namespace)).await
}

/// The same, wherever it was put.
pub async fn everywhere(reader: &Reader<'_>) -> Result<Vec<Ours>> {
    within(reader, None).await
}

async fn within(reader: &Reader<'_>, namespace: Option<&str>) -> Result<Vec<Ours>> {
    let mut found = Vec::new();
    of_kind::<Namespace>(reader, None, &mut found).await?;
    of_kind::<CustomResourceDefinition>(reader, None, &mut found).await?;
    of_kind::<ServiceAccount>(reader, namespace, &mut found).await?;
    of_kind::<ClusterRole>(reader, None, &mut found).await?;
    of_kind::<ClusterRoleBinding>(reader, None, &mut found).await?;
    of_kind::<Role>(reader, namespace, &mut found).await?;
    of_kind::<RoleBinding>(reader, namespace, &mut found).await?;
    of_kind::<ConfigMap>(reader, namespace, &mut found).await?;
    of_kind::<Secret>(reader, namespace, &mut found).await?;
    of_kind::<Service>(reader, namespace, &mut found).await?;
    of_kind::<ValidatingWebhookConfiguration>(reader, None, &mut found).await?;
    of_kind::<Deployment>(reader, namespace, &mut found).await?;
    of_kind::<DaemonSet>(reader, namespace, &mut found).await?;
    Ok(found)
}

async fn of_kind<K: Resource + DeserializeOwned>(
    reader: &Reader<'_>,
    namespace: Option<&str>,
    found: &mut Vec<Ours>,
) -> Result<()> {
    let label = format!("{}={}", INVENTORY.0, INVENTORY.1);
    let selection = Selection { namespace, labels: Some(&label), ..Selection::default() };
    for seen in reader.list::<K>(selection).await? {
        let text = |pointer: &str| seen.raw.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let target = Target {
            api_version: K::API_VERSION.into(),
            kind: K::KIND.into(),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name").unwrap_or_default(),
            subresource: None,
        };
        found.push(Ours { target, live: seen.raw });
    }
    Ok(())
}
