//! Which object a request is about, as an API server names it in its errors.

use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub group: String,
    pub resource: String,
    /// Empty where the request names no object.
    pub name: String,
}

/// What the path of a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiPath<'p> {
    /// Empty for the core group.
    pub group: &'p str,
    pub namespace: Option<&'p str>,
    pub resource: &'p str,
    pub name: Option<&'p str>,
    pub subresource: Option<&'p str>,
}

impl<'p> ApiPath<'p> {
    /// `None` for what is no resource.
    pub fn of(path: &'p str) -> Option<ApiPath<'p>> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let (group, rest) = match segments.as_slice() {
            ["api", _version, rest @ ..] => ("", rest),
            ["apis", group, _version, rest @ ..] => (*group, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, resource, ..] if !matches!(*resource, "status" | "finalize") => {
                (Some(*namespace), &rest[2..])
            }
            _ => (None, rest),
        };
        let (name, subresource) = (rest.get(1).copied(), rest.get(2).copied());
        rest.first().map(|&resource| ApiPath { group, namespace, resource, name, subresource })
    }
}

impl Named {
    /// A new object is named by its body.
    pub fn of(path: &str, body: &[u8]) -> Self {
        let Some(path) = ApiPath::of(path) else { return Self::default() };
        let name = path.name.map_or_else(|| name_in(body), str::to_owned);
        Self { group: path.group.to_owned(), resource: path.resource.to_owned(), name }
    }

    /// `deployments.apps`
    pub fn qualified(&self) -> String {
        let Self { group, resource, .. } = self;
        if group.is_empty() { resource.clone() } else { format!("{resource}.{group}") }
    }
}

fn name_in(body: &[u8]) -> String {
    let object: Value = serde_json::from_slice(body).unwrap_or_default();
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_path_is_understood() {
        for (path, expected) in [
            ("/api/v1/namespaces/a/configmaps/b", ("configmaps", "b")),
            ("/apis/apps/v1/namespaces/a/deployments/b/scale", ("deployments.apps", "b")),
            ("/api/v1/nodes/b", ("nodes", "b")),
            ("/api/v1/namespaces/b", ("namespaces", "b")),
            ("/api/v1/namespaces/b/finalize", ("namespaces", "b")),
            ("/api/v1/namespaces/a/configmaps", ("configmaps", "new")),
            ("/version", ("", "")),
        ] {
            let named = Named::of(path, br#"{"metadata": {"name": "new"}}"#);
            assert_eq!((named.qualified().as_str(), named.name.as_str()), expected, "{path}");
        }
    }
}
