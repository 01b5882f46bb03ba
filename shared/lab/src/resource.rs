//! Where the API server keeps objects of a kind: the URL of a typed kind, and of a [`Target`] through discovery.

use std::cell::OnceCell;

use k8s_openapi::Resource;
use kube::discovery::{Discovery, Scope};
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

/// Kinds by discovery, asked once and only when something is to be written.
#[derive(Default)]
pub(crate) struct Kinds {
    discovery: OnceCell<Discovery>,
}

impl Kinds {
    pub async fn locate(&self, session: &Session, target: &Target) -> Result<Located> {
        if self.discovery.get().is_none() {
            // Two that ask at once would only ask twice.
            let _ = self.discovery.set(discover(session).await?);
        }
        let (group, version) = target.api_version.rsplit_once('/').unwrap_or(("", &target.api_version));
        let gvk = kube::core::GroupVersionKind::gvk(group, version, &target.kind);
        let known = self.discovery.get().and_then(|discovery| discovery.resolve_gvk(&gvk));
        let Some((resource, capabilities)) = known else {
            return Err(Error::failed(format!(
                "the cluster does not know the kind {} of {}",
                target.kind, target.api_version
            ))
            .hint("list what it knows with: kubectl api-resources"));
        };
        Ok(Located { plural: resource.plural, namespaced: capabilities.scope == Scope::Namespaced })
    }
}

async fn discover(session: &Session) -> Result<Discovery> {
    let what = "could not ask the API server which kinds it knows";
    match Discovery::new(session.client.clone()).run_aggregated().await {
        Ok(discovery) => Ok(discovery),
        Err(error) => Err(Failed::Kube(Box::new(error)).explain(session, what, None)),
    }
}
