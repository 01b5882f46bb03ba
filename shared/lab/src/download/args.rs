//! The flag that points downloads at another site.

use clap::Args;

#[derive(Args, Clone, Debug, Default)]
pub struct ReleaseSite {
    /// Download releases from this address instead of the real release sites (https, or http on this machine)
    #[arg(long, value_name = "URL", env = "KUBECTL_LAB_RELEASE_SITE")]
    pub release_site: Option<String>,
}
