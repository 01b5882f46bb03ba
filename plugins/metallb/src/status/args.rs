//! What can be typed after `kubectl lab metallb status`.

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Services of all namespaces, as without -n
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Only Services with these labels, such as app=web
    #[arg(short = 'l', long, value_name = "LABELS")]
    pub selector: Option<String>,
}

const EXAMPLES: &str = "Examples:
  # Everything at a glance
  kubectl lab metallb status

  # The Services of one namespace, with more columns
  kubectl lab metallb status -n lecture -o wide

  # For a program
  kubectl lab metallb status -o json";
