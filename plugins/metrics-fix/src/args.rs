//! What can be typed after `kubectl lab metrics-fix`.

use clap::ValueHint;
use lab::download::ReleaseSite;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Install metrics-server where nothing serves metrics
    #[arg(long)]
    pub install: bool,
    /// With --install: the release, such as v0.9.0; "latest" is the newest that supports this cluster
    #[arg(long, value_name = "VERSION", default_value = "latest", requires = "install")]
    pub version: String,
    /// With --install: a manifest instead of a release, as a file or an https URL
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::AnyPath, requires = "install", conflicts_with = "version")]
    pub manifest: Option<String>,
    /// Repair without the insecure flag: approve the kubelets' pending requests for serving certificates
    #[arg(long)]
    pub secure: bool,
    #[command(flatten)]
    pub site: ReleaseSite,
}

const EXAMPLES: &str = "Examples:
  # Say why `kubectl top nodes` does not work, and repair it
  kubectl lab metrics-fix

  # See the exact change first, checked by the API server
  kubectl lab metrics-fix --dry-run=server --diff

  # Nothing is installed yet
  kubectl lab metrics-fix --install

  # Kubelets that ask for serving certificates (serverTLSBootstrap): approve these
  kubectl lab metrics-fix --secure";
