//! What can be typed after `kubectl lab strict-arp`.

use clap::ValueEnum;
use lab::temporary::IMAGE;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Turn it on or off, or only say how it is
    #[arg(value_name = "on|off|status", value_enum, default_value_t, hide_possible_values = true)]
    pub want: Want,
    /// Restart kube-proxy also where its mode makes strictARP irrelevant, so that it reads the new configuration
    #[arg(long)]
    pub restart: bool,
    /// Ask the kube-proxy of each node what it runs, by a short pod on the host network of each; without this flag that is
    /// done after a restart only
    #[arg(long)]
    pub look: bool,
    /// Make no such pods, also after a restart; what kube-proxy runs may then stay unproven
    #[arg(long, conflicts_with = "look")]
    pub no_look: bool,
    /// Image of these pods; it needs sh, timeout and wget
    #[arg(long, value_name = "IMAGE", default_value = IMAGE)]
    pub image: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Want {
    On,
    Off,
    #[default]
    Status,
}

const EXAMPLES: &str = "Examples:
  # How is it, and does it matter in this cluster?
  kubectl lab strict-arp

  # What does the running kube-proxy use? A short pod asks it on each node
  kubectl lab strict-arp --look

  # Turn it on, as MetalLB in layer 2 mode needs it where kube-proxy is in ipvs mode
  kubectl lab strict-arp on

  # See the exact change of the ConfigMap first
  kubectl lab strict-arp on --dry-run=server --diff";
