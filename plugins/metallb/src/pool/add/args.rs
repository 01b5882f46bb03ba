//! What can be typed after `kubectl lab metallb pool add`.

use lab::{Live, Objects, Scope};

use crate::addresses::range::Range;
use crate::install::object_name;
use crate::network;
use crate::resources::L2Advertisement;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Name of the IPAddressPool
    #[arg(value_name = "NAME", value_parser = object_name)]
    pub name: String,
    /// Its addresses: A-B, a CIDR, or one address
    #[arg(value_name = "RANGE", required = true)]
    pub ranges: Vec<Range>,
    /// Name of the L2Advertisement, where none announces the pool yet; without it external-access, or the pool's own
    /// name where that is taken
    #[arg(long, value_name = "NAME", value_parser = object_name)]
    pub advertisement: Option<String>,
    #[command(flatten)]
    pub network: network::Given,
}

/// What the cluster has for them.
pub const LIVE: &[(&str, Live)] =
    &[("advertisement", Live::Objects(&[Objects::of::<L2Advertisement>(Scope::AllNamespaces)]))];

const EXAMPLES: &str = "Examples:
  # What would be free?
  kubectl lab metallb pool propose

  # The lecture's pool
  kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220

  # Held against the nodes' network, which a short pod looks at
  kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220 --look-at-nodes

  # One of two families
  kubectl lab metallb pool add dual 172.30.0.224/29 fd00::100-fd00::10f";
