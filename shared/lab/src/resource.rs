//! Where the API server keeps objects of a kind: the URL of a typed kind, and of a [`Target`] through discovery.

use std::cell::RefCell;

use k8s_openapi::Resource;
use kube::core::discovery::v2::APIGroupDiscovery;
use kube::discovery::{ApiCapabilities, ApiResource, Discovery, Scope};
use lab_plan::Target;

use crate::connect::Session;
use crate::error::{Error, Result};
use crate::request::Failed;
use crate::rights::Right;

/// The URL of a collection, or of one object in it.
pub(crate) fn typed<K: Resource>(namespace: Option<&str>, name: Option<&str>) -> String {
    url(K::API_VERSION, K::URL_PATH_SEGMENT, namespace, name)
}

fn url(api_version: &str, plural: &str, namespace: Option<&str>, name: Option<&str>) -> String {
    let root = if api_version.contains('/') { "apis" } else { "api" };
    let namespace = namespace.map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
    let name = name.map(|name| format!("/{name}")).unwrap_or_default();
    format!("/{root}/{api_version}{namespace}/{plural}{name}")
}

/// The URL of all objects of a resource, in one namespace or in all.
pub(crate) fn collection(api_version: &str, plural: &str, namespace: Option<&str>) -> String {
    url(api_version, plural, namespace, None)
}

/// What discovery says about the kind of a target.
pub(crate) struct Located {
    plural: String,
    namespaced: bool,
}

impl Located {
    pub fn collection(&self, target: &Target) -> String {
        url(&target.api_version, &self.plural, self.namespace(target), None)
    }

    pub fn object(&self, target: &Target) -> String {
        url(&target.api_version, &self.plural, self.namespace(target), Some(&target.name))
    }

    fn namespace<'t>(&self, target: &'t Target) -> Option<&'t str> {
        target.namespace.as_deref().filter(|_| self.namespaced)
    }

    /// The right that `verb` on the target needs.
    pub fn right(&self, verb: &str, target: &Target) -> Right {
        let group = target.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let resource = match &target.subresource {
            Some(subresource) => format!("{}/{subresource}", self.plural),
            None => self.plural.clone(),
        };
        Right::new(verb, group, &resource, self.namespace(target))
    }
}

/// Kinds by discovery, asked only when they are needed, and again where a kind is not among them: it may be new.
#[derive(Default)]
pub(crate) struct Kinds {
    discovery: RefCell<Option<Discovery>>,
}

impl Kinds {
    /// # Errors
    /// Also where the cluster does not know the kind.
    pub async fn locate(&self, session: &Session, target: &Target) -> Result<Located> {
        match self.look_up(session, target).await? {
            Some(located) => Ok(located),
            None => Err(Error::failed(format!(
                "the cluster does not know the kind {} of {}",
                target.kind, target.api_version
            ))
            .hint("list what it knows with: kubectl api-resources")),
        }
    }

    /// `None` where the cluster does not know the kind.
    pub async fn look_up(&self, session: &Session, target: &Target) -> Result<Option<Located>> {
        let known = self.resolve(target);
        if known.is_some() {
            return Ok(known);
        }
        let fresh = discover(session).await?;
        self.discovery.replace(Some(fresh));
        Ok(self.resolve(target))
    }

    fn resolve(&self, target: &Target) -> Option<Located> {
        let (group, version) = target.api_version.rsplit_once('/').unwrap_or(("", &target.api_version));
        let gvk = kube::core::GroupVersionKind::gvk(group, version, &target.kind);
        self.discovery.borrow().as_ref()?.resolve_gvk(&gvk).map(located)
    }
}

fn located((resource, capabilities): (ApiResource, ApiCapabilities)) -> Located {
    Located { plural: resource.plural, namespaced: capabilities.scope == Scope::Namespaced }
}

const DISCOVERY: &str = "could not ask the API server which kinds it knows";

async fn discover(session: &Session) -> Result<Discovery> {
    match Discovery::new(session.client.clone()).run_aggregated().await {
        Ok(discovery) => Ok(discovery),
        Err(error) => Err(Failed::Kube(Box::new(error)).explain(session, DISCOVERY, None)),
    }
}

/// Every group with its versions and resources, as they are now.
pub(crate) async fn groups(session: &Session) -> Result<Vec<APIGroupDiscovery>> {
    let explained = |error: kube::Error| Failed::Kube(Box::new(error)).explain(session, DISCOVERY, None);
    let core = session.client.list_core_api_versions_aggregated().await.map_err(explained)?;
    let named = session.client.list_api_groups_aggregated().await.map_err(explained)?;
    Ok(core.items.into_iter().chain(named.items).collect())
}
