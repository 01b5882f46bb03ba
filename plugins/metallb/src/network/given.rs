//! What can be typed about the nodes' network.

use ipnet::IpNet;

#[derive(clap::Args, Clone, Debug, Default)]
pub struct Given {
    /// The nodes' network, which the cluster itself does not know; addresses outside of it are refused
    #[arg(long, value_name = "CIDR")]
    pub subnet: Option<IpNet>,
    /// Look at the nodes' network with a short pod on a host network also where no addresses are to be proposed, or where pools
    /// suggest which network it is
    #[arg(long)]
    pub look_at_nodes: bool,
    /// Image of the short pods that the run makes
    #[arg(long, value_name = "IMAGE", default_value = lab::temporary::IMAGE)]
    pub image: String,
}
