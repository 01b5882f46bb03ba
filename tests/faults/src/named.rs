//! Which object a request is about, as an API server names it in its errors.

use serde_json::Value;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub group: String,
    pub resource: String,
    /// Empty where the request names no object.
    pub name: String,
}

impl Named {
    /// A new object is named by its body.
    pub fn of(path: &str, body: &[u8]) -> Self {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let (group, rest) = match segments.as_slice() {
            ["api", _version, rest @ ..] => ("", rest),
            ["apis", group, _version, rest @ ..] => (*group, rest),
            _ => return Self::default(),
        };
        let (resource, name) = match rest {
            ["namespaces", _namespace, resource, rest @ ..] if !matches!(*resource, "status" | "finalize") => {
                (*resource, rest.first())
            }
            [resource, rest @ ..] => (*resource, rest.first()),
            [] => return Self::default(),
        };
        let name = name.map_or_else(|| name_in(body), |&name| name.to_owned());
        Self { group: group.to_owned(), resource: resource.to_owned(), name }
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
