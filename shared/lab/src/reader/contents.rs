//! Everything that goes along when Namespaces and CustomResourceDefinitions are deleted.

use futures::stream::{self, StreamExt as _};
use http::StatusCode;
use kube::core::discovery::v2::{APIGroupDiscovery, APIResourceDiscovery, APIVersionDiscovery};
use lab_plan::{Condition, Contents, Item, Progress, Target, Unseen};
use serde_json::Value;

use super::pages::{Pages, items};
use super::{Reader, text_at};
use crate::error::Result;
use crate::request::Failed;
use crate::resource::{collection, name_of};
use crate::rights::Right;

/// Requests at the same time.
const AT_ONCE: usize = 8;
/// So many objects of one resource are looked at; where there are more, it is said.
const MOST: usize = 5000;
/// They are computed when asked for, and nothing of them can be deleted.
const COMPUTED: [&str; 3] = ["metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"];

/// The objects of one resource, in one namespace or in all.
struct Collection {
    group: String,
    resource: String,
    api_version: String,
    kind: String,
    /// All there are where there is none.
    namespace: Option<String>,
    uri: String,
}

/// What a look at one collection has brought.
enum Looked {
    Items(Vec<Item>),
    Unseen(Unseen),
}

impl Reader<'_> {
    /// What lies in each of these Namespaces, and is of the kinds that each of these CustomResourceDefinitions defines, as it is now;
    /// of the containers themselves what was seen of them is enough. Objects of a resource that `is_nobodys` (`events`,
    /// `widgets.example.com`) are left out. Of other objects nothing goes along that the API server would not say itself.
    ///
    /// A kind is looked into even if its objects are nobody's: one of which nothing was ever asked for may take minutes to go. The API
    /// server begins to keep its objects in memory only then, fails to list them meanwhile, and may not try again for long.
    pub async fn contents(
        &self,
        containers: &[(Target, Value)],
        is_nobodys: fn(&str) -> bool,
    ) -> Result<Vec<(Target, Contents)>> {
        let mut kinds = Vec::new();
        for (target, live) in containers.iter().filter(|(target, _)| target.kind == "CustomResourceDefinition") {
            let contents = self.of_kind(live).await?;
            kinds.push((target, if is_nobodys(&target.name) { Contents::default() } else { contents }));
        }
        let mut found = Vec::new();
        for (target, _) in containers {
            let of_kind = kinds.iter().find(|(kind, _)| *kind == target).map(|(_, contents)| contents.clone());
            let contents = match (of_kind, target.kind.as_str()) {
                (Some(contents), _) => contents,
                (None, "Namespace") => self.in_namespace(&target.name, &kinds, is_nobodys).await?,
                (None, _) => Contents::default(),
            };
            found.push((target.clone(), contents));
        }
        Ok(found)
    }

    /// What was seen of whole kinds is not looked at again.
    async fn in_namespace(
        &self,
        namespace: &str,
        kinds: &[(&Target, Contents)],
        is_nobodys: fn(&str) -> bool,
    ) -> Result<Contents> {
        let mut contents = Contents::default();
        let mut collections = Vec::new();
        for group in self.kinds.groups(self.session).await? {
            collections.extend(namespaced(&group, namespace, &mut contents.unseen));
        }
        collections.retain(|collection| !is_nobodys(&collection.full_name()));
        collections.retain(|collection| match kinds.iter().find(|(kind, _)| kind.name == collection.full_name()) {
            Some((_, of_kind)) => {
                let within = |item: &&Item| item.target.namespace.as_deref() == Some(namespace);
                contents.items.extend(of_kind.items.iter().filter(within).cloned());
                contents.unseen.extend(of_kind.unseen.iter().cloned());
                contents.kinds.extend(of_kind.kinds.iter().cloned());
                false
            }
            None => true,
        });
        self.look_into(&collections, &mut contents).await?;
        Ok(contents)
    }

    async fn of_kind(&self, definition: &Value) -> Result<Contents> {
        let mut contents = Contents::default();
        match defined(definition) {
            Defined::Served(collection) => self.look_into(&[collection], &mut contents).await?,
            Defined::Never => {}
            Defined::Hidden(hidden) => contents.unseen.push(hidden),
        }
        Ok(contents)
    }

    async fn look_into(&self, collections: &[Collection], contents: &mut Contents) -> Result<()> {
        contents.kinds.extend(collections.iter().map(|collection| collection.kind.clone()));
        let mut looks = stream::iter(collections).map(|collection| self.look(collection)).buffer_unordered(AT_ONCE);
        while let Some(looked) = looks.next().await {
            match looked? {
                Looked::Items(items) => contents.items.extend(items),
                Looked::Unseen(unseen) => contents.unseen.push(unseen),
            }
        }
        Ok(())
    }

    async fn look(&self, collection: &Collection) -> Result<Looked> {
        if let Some(items) = self.known(collection) {
            return Ok(Looked::Items(items));
        }
        let mut found = Vec::new();
        let mut pages = collection.pages();
        loop {
            match pages.next(self.session).await {
                Ok(Some(page)) => found.extend(items(&page).map(|object| collection.item(object))),
                Ok(None) => return Ok(Looked::Items(found)),
                // The resource itself has gone meanwhile, and with it what was of it.
                Err(failed) if failed.is(StatusCode::NOT_FOUND) => return Ok(Looked::Items(found)),
                Err(failed) => return self.not_seen(collection, failed),
            }
            if found.len() >= MOST && pages.has_more() {
                return Ok(Looked::Unseen(collection.unseen(format!("more than {MOST}"), false)));
            }
        }
    }

    /// What the same round has seen of it already.
    fn known(&self, collection: &Collection) -> Option<Vec<Item>> {
        if self.listed.borrow().contains(&collection.uri) {
            let seen = self.seen.borrow();
            let of_it = seen.iter().filter(|(target, _)| collection.holds(target));
            return Some(of_it.map(|(_, object)| collection.item(object)).collect());
        }
        let read = self.collections.borrow().get(&collection.uri).filter(|_| !collection.is_of_leases()).cloned()?;
        Some(read.iter().map(|object| collection.item(object)).collect())
    }

    /// Where no answer came at all, the cluster is out of reach, and not this resource.
    fn not_seen(&self, collection: &Collection, failed: Failed) -> Result<Looked> {
        let why = match failed.code() {
            Some(403) => "you have no right to list them".to_owned(),
            Some(code) if code >= 500 => format!("its API server does not answer: {}", failed.message()),
            Some(_) => failed.message(),
            None if matches!(failed, Failed::Kube(_)) => {
                let what = format!("could not look at what is there of {}", collection.resource);
                return Err(failed.explain(self.session, &what, None));
            }
            None => failed.message(),
        };
        Ok(Looked::Unseen(collection.unseen(crate::harmless::one_line(&why), failed.is(StatusCode::FORBIDDEN))))
    }
}

impl Collection {
    /// What the objects say is nobody's business here; but who holds a Lease stands in its specification, which is small.
    fn pages(&self) -> Pages<'static> {
        if self.is_of_leases() { Pages::of(&self.uri, Vec::new()) } else { Pages::of_metadata(&self.uri, Vec::new()) }
    }

    fn is_of_leases(&self) -> bool {
        self.kind == "Lease"
    }

    fn holds(&self, target: &Target) -> bool {
        let within = self.namespace.is_none() || self.namespace == target.namespace;
        within && (&self.api_version, &self.kind) == (&target.api_version, &target.kind)
    }

    fn item(&self, object: &Value) -> Item {
        let target = Target {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: text_at(object, "/metadata/namespace"),
            name: text_at(object, "/metadata/name").unwrap_or_default(),
            subresource: None,
        };
        Item::of(target, &self.full_name(), object)
    }

    /// As kubectl takes it, which is also the name of its definition.
    fn full_name(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        format!("{}{dot}{}", self.resource, self.group)
    }

    fn unseen(&self, why: String, forbidden: bool) -> Unseen {
        Unseen { group: self.group.clone(), resource: self.resource.clone(), why, forbidden }
    }
}

/// The right to see what could not be seen for lack of it.
pub fn right_to_see(container: &Target, unseen: &Unseen) -> Option<Right> {
    let namespace = (container.kind == "Namespace").then_some(container.name.as_str());
    unseen.forbidden.then(|| Right::new("list", &unseen.group, &unseen.resource, namespace))
}

/// Of each resource of a group that lies in namespaces and can be deleted the collection by which it can be listed.
fn namespaced(group: &APIGroupDiscovery, namespace: &str, unseen: &mut Vec<Unseen>) -> Vec<Collection> {
    let name = name_of(group).to_owned();
    let mut found: Vec<Collection> = Vec::new();
    if COMPUTED.contains(&name.as_str()) {
        return found;
    }
    let unknown = |resource: &str, why: String| Unseen {
        group: name.clone(),
        resource: resource.to_owned(),
        why,
        forbidden: false,
    };
    for version in &group.versions {
        let api_version = api_version(&name, version);
        if version.resources.is_empty() && version.freshness.as_deref() == Some("Stale") {
            unseen.push(unknown("*", format!("the API server of {api_version} does not answer")));
        }
        for resource in version.resources.iter().filter(|resource| is_kept(resource)) {
            let plural = resource.resource.clone().unwrap_or_default();
            if found.iter().any(|known| known.resource == plural) {
                continue;
            }
            if !can(resource, "list") {
                unseen.push(unknown(&plural, "they cannot be listed".to_owned()));
                continue;
            }
            let kind = resource.response_kind.as_ref().and_then(|kind| kind.kind.clone()).unwrap_or_default();
            let uri = collection(&api_version, &plural, Some(namespace));
            found.push(Collection {
                group: name.clone(),
                resource: plural,
                api_version: api_version.clone(),
                kind,
                namespace: Some(namespace.to_owned()),
                uri,
            });
        }
    }
    found
}

fn api_version(group: &str, version: &APIVersionDiscovery) -> String {
    let version = version.version.as_deref().unwrap_or_default();
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// What cannot be deleted is computed, or a question that is asked, and does not go along.
fn is_kept(resource: &APIResourceDiscovery) -> bool {
    resource.scope.as_deref() == Some("Namespaced") && can(resource, "delete")
}

fn can(resource: &APIResourceDiscovery, verb: &str) -> bool {
    resource.verbs.iter().any(|known| known == verb)
}

/// Where the objects of a kind are that a CustomResourceDefinition defines.
enum Defined {
    Served(Collection),
    /// Its names are taken by another, or it is too new: there never was an object of it.
    Never,
    Hidden(Unseen),
}

fn defined(definition: &Value) -> Defined {
    let text = |pointer: &str| text_at(definition, pointer).unwrap_or_default();
    let (group, resource) = (text("/spec/group"), text("/spec/names/plural"));
    if Condition::Established.judge(Some(definition)) != Progress::Done {
        return Defined::Never;
    }
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
    let served = versions.into_iter().find(|version| version.get("served") == Some(&Value::Bool(true)));
    let Some(version) = served.and_then(|version| version.get("name")?.as_str()) else {
        let why = "no version of it is served".to_owned();
        return Defined::Hidden(Unseen { group, resource, why, forbidden: false });
    };
    let api_version = format!("{group}/{version}");
    let uri = collection(&api_version, &resource, None);
    let kind = text("/spec/names/kind");
    Defined::Served(Collection { group, resource, api_version, kind, namespace: None, uri })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn group(value: Value) -> APIGroupDiscovery {
        serde_json::from_value(value).unwrap()
    }

    fn resource(name: &str, scope: &str, verbs: &[&str]) -> Value {
        json!({ "resource": name, "responseKind": { "kind": "Widget" }, "scope": scope, "verbs": verbs })
    }

    const ALL: [&str; 3] = ["delete", "get", "list"];

    #[test]
    fn only_what_lies_in_namespaces_and_can_be_deleted_is_listed_once() {
        let widgets = resource("widgets", "Namespaced", &ALL);
        let resources =
            json!([widgets, resource("racks", "Cluster", &ALL), resource("questions", "Namespaced", &["create"]),]);
        let of = json!({ "metadata": { "name": "example.com" }, "versions": [
            { "version": "v2", "freshness": "Current", "resources": resources },
            { "version": "v1", "freshness": "Current", "resources": [widgets] },
        ] });
        let mut unseen = Vec::new();
        let found = namespaced(&group(of), "monitoring", &mut unseen);
        let uris: Vec<&str> = found.iter().map(|collection| collection.uri.as_str()).collect();
        assert_eq!(uris, ["/apis/example.com/v2/namespaces/monitoring/widgets"]);
        assert_eq!(unseen, []);
    }

    #[test]
    fn what_nobody_can_tell_is_named() {
        let hidden = resource("secretive", "Namespaced", &["delete"]);
        let of = json!({ "metadata": { "name": "example.com" }, "versions": [
            { "version": "v1", "freshness": "Current", "resources": [hidden] },
            { "version": "v1alpha1", "freshness": "Stale" },
        ] });
        let mut unseen = Vec::new();
        assert!(namespaced(&group(of), "monitoring", &mut unseen).is_empty());
        let named: Vec<String> = unseen.iter().map(ToString::to_string).collect();
        assert_eq!(
            named,
            [
                "secretive.example.com (they cannot be listed)",
                "*.example.com (the API server of example.com/v1alpha1 does not answer)"
            ]
        );
    }

    #[test]
    fn metrics_that_are_out_of_order_hide_nothing() {
        let of = json!({ "metadata": { "name": "metrics.k8s.io" }, "versions": [
            { "version": "v1beta1", "freshness": "Stale" },
        ] });
        let mut unseen = Vec::new();
        assert!(namespaced(&group(of), "monitoring", &mut unseen).is_empty());
        assert_eq!(unseen, []);
    }

    fn definition(established: &str, served: bool) -> Value {
        json!({
            "spec": {
                "group": "example.com", "names": { "plural": "widgets", "kind": "Widget" },
                "versions": [{ "name": "v1alpha1", "served": false }, { "name": "v1", "served": served }],
            },
            "status": { "conditions": [{ "type": "Established", "status": established }] },
        })
    }

    #[test]
    fn a_kind_is_looked_at_in_all_namespaces() {
        let Defined::Served(collection) = defined(&definition("True", true)) else { panic!("it is served") };
        assert_eq!((collection.uri.as_str(), collection.kind.as_str()), ("/apis/example.com/v1/widgets", "Widget"));
        assert!(matches!(defined(&definition("False", true)), Defined::Never));
        assert!(matches!(defined(&definition("True", false)), Defined::Hidden(_)));
    }
}
