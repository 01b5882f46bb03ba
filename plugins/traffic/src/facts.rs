//! What there is to measure.

use crate::pod::Pod;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// `Service lecture/demo-app`, `namespace lecture`.
    pub of: String,
    pub scope: Scope,
    /// The pods that are meant; absent where all are, and the kubelets tell which these are.
    pub pods: Option<Vec<Pod>>,
    /// Whether kubelets may be asked.
    pub kubelets: bool,
}

/// Which pods are meant, in the API's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// All namespaces without it.
    pub namespace: Option<String>,
    pub labels: Option<String>,
    pub fields: Option<String>,
    /// Only these, where a Service without selector names its endpoints.
    pub names: Option<Vec<String>>,
}

impl Scope {
    /// All pods of the cluster.
    pub fn is_everything(&self) -> bool {
        *self == Scope::default()
    }

    pub fn has(&self, pod: &Pod) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(&pod.name.name))
    }
}
