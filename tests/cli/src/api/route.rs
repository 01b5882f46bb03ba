//! What a request is about: a path of the Kubernetes API taken apart.

use serde_json::Value;

use super::kinds::{self, Resource};
use super::wire::Request;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Object(Object),
    Collection(Collection),
    /// `/api` and `/apis`
    Groups {
        core: bool,
    },
    Group(String),
    GroupVersion {
        group: String,
        version: String,
    },
    Version,
    Health,
    /// A resource that its group version does not have.
    UnknownResource,
    UnknownPath,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub resource: &'static Resource,
    pub namespace: Option<String>,
    pub name: String,
    pub subresource: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    pub resource: &'static Resource,
    /// `None` for a kind that has no namespace, and for all namespaces at once.
    pub namespace: Option<String>,
}

impl Route {
    pub fn of(path: &str) -> Route {
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        match *steps.as_slice() {
            ["version"] => Route::Version,
            ["readyz" | "livez" | "healthz", ..] => Route::Health,
            ["api"] => Route::Groups { core: true },
            ["apis"] => Route::Groups { core: false },
            ["api", version] => Route::GroupVersion { group: String::new(), version: version.into() },
            ["apis", group] => Route::Group(group.into()),
            ["apis", group, version] => Route::GroupVersion { group: group.into(), version: version.into() },
            ["api", version, ref rest @ ..] => resource(("", version), rest),
            ["apis", group, version, ref rest @ ..] => resource((group, version), rest),
            _ => Route::UnknownPath,
        }
    }

    /// The verb of Kubernetes that a request is, as RBAC names it; the lower-case method outside resources.
    pub fn verb(&self, request: &Request) -> String {
        let one = matches!(self, Route::Object(_));
        match (request.method.as_str(), self) {
            ("GET", Route::Collection(_)) if request.flag("watch") => "watch".into(),
            ("GET", Route::Collection(_)) => "list".into(),
            ("POST", Route::Object(_) | Route::Collection(_)) => "create".into(),
            ("PUT", Route::Object(_)) => "update".into(),
            ("DELETE", Route::Collection(_)) if !one => "deletecollection".into(),
            (method, _) => method.to_ascii_lowercase(),
        }
    }
}

fn resource(version: (&str, &str), rest: &[&str]) -> Route {
    let (namespace, rest) = match *rest {
        ["namespaces", namespace, ref inner @ ..]
            if inner.first().is_some_and(|plural| is_resource(version, plural)) =>
        {
            (Some(namespace.to_owned()), inner)
        }
        _ => (None, rest),
    };
    let [plural, rest @ ..] = rest else { return Route::UnknownPath };
    let Some(resource) = kinds::by_path(version.0, version.1, plural) else {
        return if is_known(version) { Route::UnknownResource } else { Route::UnknownPath };
    };
    match *rest {
        [] => Route::Collection(Collection { resource, namespace }),
        [name, ref rest @ ..] => {
            let subresource = rest.first().map(|&name| name.to_owned());
            Route::Object(Object { resource, namespace, name: name.into(), subresource })
        }
    }
}

fn is_resource((group, version): (&str, &str), plural: &str) -> bool {
    kinds::by_path(group, version, plural).is_some_and(|resource| resource.namespaced)
}

fn is_known((group, version): (&str, &str)) -> bool {
    kinds::RESOURCES.iter().any(|resource| (resource.group, resource.version) == (group, version))
}

/// Where an object of this kind and namespace is created; `None` for a kind that is not served.
pub fn collection_path(object: &Value) -> Option<String> {
    let (version, kind) = (object["apiVersion"].as_str()?, object["kind"].as_str()?);
    let resource = kinds::by_kind(version, kind)?;
    let root = if resource.group.is_empty() { "/api" } else { "/apis" };
    let namespace = object["metadata"]["namespace"].as_str().filter(|_| resource.namespaced);
    let namespace = namespace.map(|name| format!("/namespaces/{name}")).unwrap_or_default();
    Some(format!("{root}/{version}{namespace}/{}", resource.plural))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(path: &str) -> (String, Option<String>, String, Option<String>) {
        match Route::of(path) {
            Route::Object(object) => (object.resource.qualified(), object.namespace, object.name, object.subresource),
            other => panic!("{path} is {other:?}"),
        }
    }

    #[test]
    fn tells_a_namespace_from_what_is_in_it() {
        assert_eq!(object("/api/v1/namespaces/a"), ("namespaces".into(), None, "a".into(), None));
        assert_eq!(object("/api/v1/namespaces/a/status").3, Some("status".into()));
        assert_eq!(
            object("/api/v1/namespaces/a/pods/p/log"),
            ("pods".into(), Some("a".into()), "p".into(), Some("log".into()))
        );
    }

    #[test]
    fn tells_an_unknown_resource_from_an_unknown_path() {
        assert_eq!(Route::of("/apis/apps/v1/namespaces/a/foos"), Route::UnknownResource);
        assert_eq!(Route::of("/apis/nope.io/v1/foos"), Route::UnknownPath);
    }
}
