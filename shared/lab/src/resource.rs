//! Where the API server keeps objects of a kind: the URL of a typed kind, and of a [`Target`] through discovery.

use std::cell::{Cell, RefCell};

use k8s_openapi::Resource;
use kube::core::discovery::v2::{APIGroupDiscovery, APIResourceDiscovery};
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
    groups: RefCell<Vec<APIGroupDiscovery>>,
    /// They were asked for, and nothing was written and no round has begun since.
    are_fresh: Cell<bool>,
}

impl Kinds {
    /// # Errors
    /// Also where the cluster does not know the kind.
    pub async fn locate(&self, session: &Session, target: &Target) -> Result<Located> {
        if let Some(known) = located(&self.groups.borrow(), target) {
            return Ok(known);
        }
        self.may_have_changed();
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
        if let Some(known) = located(&self.groups.borrow(), target) {
            return Ok(Some(known));
        }
        self.refresh(session).await?;
        Ok(located(&self.groups.borrow(), target))
    }

    /// Every group with its versions and resources, as they are in this round.
    pub async fn groups(&self, session: &Session) -> Result<Vec<APIGroupDiscovery>> {
        self.refresh(session).await?;
        Ok(self.groups.borrow().clone())
    }

    /// What was asked before may no longer be all.
    pub fn may_have_changed(&self) {
        self.are_fresh.set(false);
    }

    async fn refresh(&self, session: &Session) -> Result<()> {
        if !self.are_fresh.get() {
            self.groups.replace(discover(session).await?);
            self.are_fresh.set(true);
        }
        Ok(())
    }
}

/// A subresource has the kind of what it answers with, and is listed with the resource that it is of.
fn located(groups: &[APIGroupDiscovery], target: &Target) -> Option<Located> {
    let (group, version) = target.api_version.rsplit_once('/').unwrap_or(("", &target.api_version));
    let group = groups.iter().find(|known| name_of(known) == group)?;
    let version = group.versions.iter().find(|known| known.version.as_deref() == Some(version))?;
    let is_of_kind = |resource: &&APIResourceDiscovery| {
        resource.response_kind.as_ref().and_then(|kind| kind.kind.as_deref()) == Some(&target.kind)
    };
    let resource = version.resources.iter().find(is_of_kind)?;
    Some(Located { plural: resource.resource.clone()?, namespaced: resource.scope.as_deref() == Some("Namespaced") })
}

/// None for the core group.
pub(crate) fn name_of(group: &APIGroupDiscovery) -> &str {
    group.metadata.as_ref().and_then(|metadata| metadata.name.as_deref()).unwrap_or_default()
}

const DISCOVERY: &str = "could not ask the API server which kinds it knows";

async fn discover(session: &Session) -> Result<Vec<APIGroupDiscovery>> {
    let explained = |error: kube::Error| Failed::from(error).explain(session, DISCOVERY, None);
    let named = session.client.list_api_groups_aggregated().await.map_err(explained)?;
    let core = session.client.list_core_api_versions_aggregated().await.map_err(explained)?;
    Ok(core.items.into_iter().chain(named.items).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn groups() -> Vec<APIGroupDiscovery> {
        let resource = |plural: &str, kind: &str, scope: &str| json!({ "resource": plural, "responseKind": { "kind": kind }, "scope": scope });
        let of = json!([
            { "metadata": {}, "versions": [{ "version": "v1", "resources": [
                resource("namespaces", "Namespace", "Cluster"), resource("pods", "Pod", "Namespaced"),
            ] }] },
            { "metadata": { "name": "example.com" }, "versions": [
                { "version": "v2", "resources": [resource("widgets", "Widget", "Namespaced")] },
                { "version": "v1", "resources": [] },
            ] },
        ]);
        serde_json::from_value(of).unwrap()
    }

    #[test]
    fn a_kind_is_found_in_its_own_version_only() {
        let url = |api_version: &str, kind: &str| {
            let target = Target::namespaced(api_version, kind, "lecture", "one");
            located(&groups(), &target).map(|located| located.object(&target))
        };
        assert_eq!(url("v1", "Pod").as_deref(), Some("/api/v1/namespaces/lecture/pods/one"));
        let widget = "/apis/example.com/v2/namespaces/lecture/widgets/one";
        assert_eq!(url("example.com/v2", "Widget").as_deref(), Some(widget));
        assert_eq!(url("example.com/v1", "Widget"), None);
        assert_eq!(url("v1", "Widget"), None);
        assert_eq!(url("v1", "Namespace").as_deref(), Some("/api/v1/namespaces/one"));
    }
}
