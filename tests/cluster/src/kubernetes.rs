//! The releases of Kubernetes that a cluster can be made of, and everything in which their clusters differ: what is built, and by which
//! names it goes. Flags, configuration files and objects are the same so far, and so are etcd, containerd, CoreDNS and kwok beside them.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::programs::{Program, versions};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
pub enum Kubernetes {
    /// The newest that there is
    #[default]
    #[serde(rename = "1.37")]
    #[value(name = "1.37")]
    Newest,
    /// The oldest that is still looked after
    #[serde(rename = "1.33")]
    #[value(name = "1.33")]
    Oldest,
}

impl Kubernetes {
    /// The newest first.
    pub const ALL: [Kubernetes; 2] = [Kubernetes::Newest, Kubernetes::Oldest];

    /// Without a leading `v`.
    pub fn version(self) -> &'static str {
        match self {
            Self::Newest => versions::KUBERNETES,
            Self::Oldest => versions::KUBERNETES_OLD,
        }
    }

    /// What its servers and its kubectl are built as.
    pub fn program(self) -> Program {
        match self {
            Self::Newest => Program::Kubernetes,
            Self::Oldest => Program::KubernetesOld,
        }
    }

    /// The name that kubeadm gives the image of its kube-proxy.
    pub fn proxy_image(self) -> String {
        format!("registry.k8s.io/kube-proxy:v{}", self.version())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_goes_by_its_minor_version() {
        for release in Kubernetes::ALL {
            let (minor, _) = release.version().rsplit_once('.').unwrap();
            assert_eq!(release.to_possible_value().unwrap().get_name(), minor);
            assert_eq!(serde_json::to_value(release).unwrap(), minor);
        }
    }
}
