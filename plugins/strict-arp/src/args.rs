//! What can be typed after `kubectl lab strict-arp`.

use clap::ValueEnum;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Turn it on or off, or only say how it is
    #[arg(value_name = "on|off|status", value_enum, default_value_t, hide_possible_values = true)]
    pub want: Want,
    /// Restart kube-proxy also where its mode makes strictARP irrelevant, so that it reads the new configuration
    #[arg(long)]
    pub restart: bool,
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

  # Turn it on, as MetalLB in layer 2 mode needs it where kube-proxy is in ipvs mode
  kubectl lab strict-arp on

  # See the exact change of the ConfigMap first
  kubectl lab strict-arp on --dry-run=server --diff";
