//! Objects of the cluster whose names an argument takes, as plain data.

use k8s_openapi::Resource;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Objects {
    pub api_version: &'static str,
    /// The kind's name in URLs.
    pub plural: &'static str,
    pub scope: Scope,
    /// What is typed before the name, such as `svc/`.
    pub before: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// They have no namespace.
    Cluster,
    /// In the namespace that the command works in.
    Namespace,
    /// In whatever namespace they are.
    AllNamespaces,
}

impl Objects {
    pub const fn of<K: Resource>(scope: Scope) -> Objects {
        Objects { api_version: K::API_VERSION, plural: K::URL_PATH_SEGMENT, scope, before: "" }
    }

    #[must_use]
    pub const fn after(self, before: &'static str) -> Objects {
        Objects { before, ..self }
    }
}
