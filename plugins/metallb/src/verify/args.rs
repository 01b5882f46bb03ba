//! What can be typed after `kubectl lab metallb verify`.

use std::str::FromStr;

use clap::ValueEnum;
use k8s_openapi::api::core::v1::Service;
use lab::{Live, Objects, Scope};

use crate::install::object_name;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The Service: NAME, svc/NAME or NAMESPACE/NAME
    #[arg(value_name = "SERVICE")]
    pub service: Named,
    /// From where to ask for an answer; can be repeated
    #[arg(long, value_name = "here|node|pod", value_enum, value_delimiter = ',', default_values = ["pod", "here"], hide_possible_values = true)]
    pub from: Vec<From>,
    /// Number or name of the port to ask; without it the Service's first TCP port
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Image of the pods that ask
    #[arg(long, value_name = "IMAGE", default_value = lab::temporary::IMAGE)]
    pub image: String,
}

/// What the cluster has for them.
pub const LIVE: &[(&str, Live)] = &[(
    "service",
    Live::Objects(&[Objects::of::<Service>(Scope::Namespace), Objects::of::<Service>(Scope::Namespace).after("svc/")]),
)];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// This machine.
    Here,
    /// A node's own network: a pod with host network.
    Node,
    /// A pod.
    Pod,
}

/// A Service by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub namespace: Option<String>,
    pub name: String,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Named, String> {
        let (namespace, name) = match text.split_once('/') {
            None | Some(("svc" | "service" | "services", _)) => (None, text.rsplit('/').next().unwrap_or(text)),
            Some((namespace, name)) => (Some(object_name(namespace)?), name),
        };
        Ok(Named { namespace, name: object_name(name)? })
    }
}

const EXAMPLES: &str = "Examples:
  # Does it answer, from a pod and from this machine? If not, why?
  kubectl lab metallb verify web

  # In another namespace, from this machine alone: nothing is made in the cluster
  kubectl lab metallb verify lecture/web --from here

  # From a node's network too, and on a certain port
  kubectl lab metallb verify svc/web -n lecture --from pod,node,here --port https

An answer from a pod or a node proves kube-proxy alone, which short-cuts the address on every node. That the address is \
announced on the nodes' network is proven by an answer to a machine that is none of them; a container or a virtual \
machine on a node is as good as that node, and this command cannot tell it from another machine.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_as_in_kubectl() {
        let named = |namespace: Option<&str>, name: &str| {
            Ok(Named { namespace: namespace.map(str::to_owned), name: name.into() })
        };
        assert_eq!("web".parse(), named(None, "web"));
        assert_eq!("svc/web".parse(), named(None, "web"));
        assert_eq!("service/web".parse(), named(None, "web"));
        assert_eq!("lecture/web".parse(), named(Some("lecture"), "web"));
        for odd in ["", "lecture/", "a/b/c", "../web", "Web", "svc/"] {
            assert!(odd.parse::<Named>().is_err(), "{odd}");
        }
    }
}
