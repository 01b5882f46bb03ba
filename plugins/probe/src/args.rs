//! What can be typed after `kubectl lab probe`.

use std::time::Duration;

use clap::ValueEnum;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use lab::flags::{duration, object_name};
use lab::temporary::IMAGE;
use lab::{Live, Objects, Scope};

use crate::target::Target;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// What to ask: svc/NAME, pod/NAME, deploy/NAME (the Service before it), NAME (a Service), or http://…
    #[arg(value_name = "TARGET")]
    pub target: Target,
    /// How many requests, each with a new connection
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub count: u32,
    /// How long to wait between one request and the next, such as 100ms
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration)]
    pub interval: Duration,
    /// How many requests to have under way at the same time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub parallel: u32,
    /// From where to ask: a pod, the network of a node, or this very machine
    #[arg(long, value_name = "pod|node|here", value_enum, default_value_t, hide_possible_values = true)]
    pub from: From,
    /// On this node
    #[arg(long, value_name = "NAME", value_parser = object_name, conflicts_with = "from_each_node")]
    pub node: Option<String>,
    /// From each node that is Ready, with so many requests each
    #[arg(long)]
    pub from_each_node: bool,
    /// And as many requests over one single connection, to see the difference
    #[arg(long)]
    pub keep_alive: bool,
    /// Number or name of the port; without it the first TCP port
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// What to ask for
    #[arg(long, value_name = "PATH", value_parser = path)]
    pub path: Option<String>,
    /// A header to send; can be repeated
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub header: Vec<(String, String)>,
    /// Speak TLS; certificates are not checked
    #[arg(long)]
    pub https: bool,
    /// How long to wait for each answer
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub patience: Duration,
    /// Image of the pods that ask; it needs sh, timeout, wget and nc
    #[arg(long, value_name = "IMAGE", default_value = IMAGE)]
    pub image: String,
}

/// What the cluster has for them.
pub const LIVE: &[(&str, Live)] = &[
    (
        "target",
        Live::Objects(&[
            Objects::of::<Service>(Scope::Namespace),
            Objects::of::<Service>(Scope::Namespace).after("svc/"),
            Objects::of::<Deployment>(Scope::Namespace).after("deploy/"),
            Objects::of::<Pod>(Scope::Namespace).after("pod/"),
        ]),
    ),
    ("node", Live::Objects(&[Objects::of::<Node>(Scope::Cluster)])),
];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// A pod.
    #[default]
    Pod,
    /// A node's own network: a pod with host network.
    Node,
    /// This machine.
    Here,
}

fn path(text: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_graphic();
    match text.starts_with('/') && text.chars().all(fine) {
        true => Ok(text.to_owned()),
        false => Err("a path begins with / and has no spaces".into()),
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as NAME: VALUE")?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) || value.chars().any(char::is_control) {
        return Err(format!("{text:?} is no header"));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

const EXAMPLES: &str = "Examples:
  # Who answers for the Service demo-app, and is that fair?
  kubectl lab probe demo-app

  # More requests, for a sharper verdict; and as many over one connection
  kubectl lab probe svc/demo-app --count 300 --keep-alive

  # From every node: does each of them reach the pods?
  kubectl lab probe demo-app --from-each-node

  # From this machine, by the address of a Service of type LoadBalancer
  kubectl lab probe demo-app --from here

  # By the name that a program would use
  kubectl lab probe http://demo-app.lecture.svc.cluster.local/

Who answered is read from the answer, where it has the name or the address of a pod, and else from the pods' logs, where they \
show the user agent. A pod's clock shows times in steps of 10 ms. Exit code 3: an uneven split, or requests without an answer.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_paths_are_checked() {
        assert_eq!(header("Host: demo.example"), Ok(("Host".into(), "demo.example".into())));
        assert!(header("no colon").is_err() && header("a b: c").is_err() && header("a: b\r\nc: d").is_err());
        assert!(path("/x?y=1").is_ok() && path("x").is_err() && path("/a b").is_err());
    }
}
