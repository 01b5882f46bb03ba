//! Finding out which pods are meant, and who may be asked about them.

use k8s_openapi::Resource;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Pod as PodKind, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use lab::{Error, Reader, Result, Seen, Selection, nearest, right_to_ask_kubelets};
use lab_topics::service::{SERVICE_NAME, endpoints, pairs};
use serde::de::DeserializeOwned;

use crate::args::Args;
use crate::facts::{Facts, Scope};
use crate::pod::{Object, Pod};
use crate::selector;
use crate::target::{Kind, Target};

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let (of, scope) = scope(reader, args).await?;
    let kubelets = reader.missing_rights(&[right_to_ask_kubelets()]).await?.is_empty();
    // With all pods meant, the kubelets know them; one by one they would be a long list.
    let pods = if kubelets && scope.is_everything() { None } else { Some(pods(reader, &scope).await?) };
    Ok(Facts { of, scope, pods, kubelets })
}

/// The pods that are meant, as they are now.
pub async fn pods(reader: &Reader<'_>, scope: &Scope) -> Result<Vec<Pod>> {
    let selection = Selection {
        namespace: scope.namespace.as_deref(),
        labels: scope.labels.as_deref(),
        fields: scope.fields.as_deref(),
        unwatched: true,
    };
    let all: Vec<Object> = reader.list_brief::<PodKind, _>(selection).await?;
    Ok(all.into_iter().map(Pod::from).filter(|pod| scope.has(pod)).collect())
}

async fn scope(reader: &Reader<'_>, args: &Args) -> Result<(String, Scope)> {
    let namespace = reader.namespace();
    let within = Scope { namespace: Some(namespace.to_owned()), ..Scope::default() };
    if let Some(target) = &args.target {
        return of_target(reader, namespace, target, within).await;
    }
    let scope = if args.all_namespaces { Scope::default() } else { within };
    let place = if args.all_namespaces { "all namespaces".to_owned() } else { format!("namespace {namespace}") };
    let of = match &args.selector {
        Some(labels) => format!("pods with {labels} in {place}"),
        None => format!("pods in {place}"),
    };
    Ok((of, Scope { labels: args.selector.clone(), ..scope }))
}

async fn of_target(reader: &Reader<'_>, namespace: &str, target: &Target, within: Scope) -> Result<(String, Scope)> {
    let name = target.name.as_str();
    let selected = |selector: &LabelSelector| Scope { labels: Some(selector::query(selector)), ..within.clone() };
    let (kind, scope) = match target.kind {
        Kind::Service => ("Service", of_service(reader, namespace, name, within.clone()).await?),
        Kind::Deployment => {
            let seen: Seen<Deployment> = existing(reader, namespace, name).await?;
            ("Deployment", selected(&seen.object.spec.selector))
        }
        Kind::StatefulSet => {
            let seen: Seen<StatefulSet> = existing(reader, namespace, name).await?;
            ("StatefulSet", selected(&seen.object.spec.selector))
        }
        Kind::DaemonSet => {
            let seen: Seen<DaemonSet> = existing(reader, namespace, name).await?;
            ("DaemonSet", selected(&seen.object.spec.selector))
        }
        Kind::Pod => {
            existing::<PodKind>(reader, namespace, name).await?;
            ("pod", Scope { fields: Some(format!("metadata.name={name}")), ..within })
        }
    };
    Ok((format!("{kind} {namespace}/{name}"), scope))
}

/// Its pods by its selector; where somebody has named its endpoints by hand, those of them that are pods.
async fn of_service(reader: &Reader<'_>, namespace: &str, name: &str, within: Scope) -> Result<Scope> {
    let seen: Seen<Service> = existing(reader, namespace, name).await?;
    let selector = seen.object.spec.and_then(|spec| spec.selector).filter(|selector| !selector.is_empty());
    if let Some(selector) = selector {
        return Ok(Scope { labels: Some(pairs(&selector)), ..within });
    }
    let labels = format!("{SERVICE_NAME}={name}");
    let slices = reader.list::<EndpointSlice>(Selection::in_namespace(namespace).labels(&labels)).await?;
    let behind = endpoints(slices.iter().map(|seen| &seen.object));
    Ok(Scope { names: Some(behind.into_iter().filter_map(|endpoint| endpoint.pod).collect()), ..within })
}

async fn existing<K: Resource + DeserializeOwned>(reader: &Reader<'_>, namespace: &str, name: &str) -> Result<Seen<K>> {
    if let Some(seen) = reader.get::<K>(Some(namespace), name).await? {
        return Ok(seen);
    }
    let all = reader.list_names::<K>(Selection::in_namespace(namespace)).await?;
    let error = Error::failed(format!("there is no {} {namespace}/{name}", K::KIND));
    Err(match nearest(name, all.iter().map(|one| one.name.as_str())) {
        Some(near) => error.hint(format!("there is {near}")),
        None => error.hint(format!("list them with: kubectl -n {namespace} get {}", K::URL_PATH_SEGMENT)),
    })
}
