//! What can be typed after `kubectl lab metallb install`.

use clap::ValueHint;
use lab::download::ReleaseSite;
use lab::{Live, Objects, Scope};

use crate::addresses::range::Range;
use crate::network;
use crate::resources::{IPAddressPool, L2Advertisement};

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Addresses for Services: A-B or a CIDR; can be repeated. Without it a range is proposed
    #[arg(long, value_name = "A-B|CIDR")]
    pub pool: Vec<Range>,
    /// Name of the IPAddressPool
    #[arg(long, value_name = "NAME", default_value = "lecture", value_parser = name)]
    pub pool_name: String,
    /// Name of the L2Advertisement
    #[arg(long, value_name = "NAME", default_value = "external-access", value_parser = name)]
    pub advertisement: String,
    /// Release to install, such as v0.16.2, or "latest"; without it the newest where there is no MetalLB yet, else the one
    /// that is there
    #[arg(long, value_name = "VERSION", conflicts_with = "manifest")]
    pub version: Option<String>,
    /// Manifest to install instead of a downloaded one: a file, or an https URL
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::AnyPath)]
    pub manifest: Option<String>,
    /// Interface of the nodes to announce on; can be repeated. Without it all
    #[arg(long, value_name = "NAME")]
    pub interface: Vec<String>,
    #[command(flatten)]
    pub network: network::Given,
    /// Registry to pull MetalLB's images from, in place of quay.io
    #[arg(long, value_name = "HOST")]
    pub image_registry: Option<String>,
    /// Prove that an address answers, with a Service of type LoadBalancer for the length of the run
    #[arg(long)]
    pub prove: bool,
    #[command(flatten)]
    pub site: ReleaseSite,
}

/// What the cluster has for them.
pub const LIVE: &[(&str, Live)] = &[
    ("pool_name", Live::Objects(&[Objects::of::<IPAddressPool>(Scope::AllNamespaces)])),
    ("advertisement", Live::Objects(&[Objects::of::<L2Advertisement>(Scope::AllNamespaces)])),
];

/// As the API server wants names of objects.
pub fn name(text: &str) -> Result<String, String> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let at_the_ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = !text.is_empty()
        && text.len() <= 253
        && text.chars().all(is_inner)
        && text.starts_with(at_the_ends)
        && text.ends_with(at_the_ends);
    if fits { Ok(text.to_owned()) } else { Err("a name has small letters, digits, '-' and '.'".into()) }
}

const EXAMPLES: &str = "Examples:
  # The newest release, with 21 addresses for Services
  kubectl lab metallb install --pool 172.30.0.200-172.30.0.220

  # The same, and an answer at an address of the pool, from a pod and from this machine
  kubectl lab metallb install --pool 172.30.0.200-172.30.0.220 --prove

  # See everything that would be done first
  kubectl lab metallb install --pool 172.30.0.200-172.30.0.220 --dry-run=client

  # Without a network: a manifest that was downloaded before, images from a registry of one's own
  kubectl lab metallb install --manifest metallb-native.yaml --image-registry registry.lecture-hall.example --pool 172.30.0.200/29

  # Another release of a MetalLB that this command has installed
  kubectl lab metallb install --version v0.16.2";

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_are_those_of_the_api_server() {
        for good in ["lecture", "a", "pool-1.b"] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "Lecture", "-a", "a-", "a_b", "a b", "ä"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
