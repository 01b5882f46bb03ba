//! Which object a change is about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One object of the cluster by its names; `subresource` where a write goes to a part with rules of its own
/// (for example `approval` of a CertificateSigningRequest).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    pub api_version: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subresource: Option<String>,
}

impl Target {
    pub fn namespaced(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Target {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: Some(namespace.into()),
            name: name.into(),
            subresource: None,
        }
    }

    pub fn cluster_wide(api_version: &str, kind: &str, name: &str) -> Self {
        Target {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: None,
            name: name.into(),
            subresource: None,
        }
    }

    #[must_use]
    pub fn subresource(mut self, subresource: &str) -> Self {
        self.subresource = Some(subresource.into());
        self
    }
}

/// `Deployment kube-system/metrics-server`, as people say it.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        write!(f, "{}", self.name)?;
        match &self.subresource {
            Some(subresource) => write!(f, " ({subresource})"),
            None => Ok(()),
        }
    }
}
