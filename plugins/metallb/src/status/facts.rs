//! What `gather` has seen, as plain values.

use crate::chain::World;
use crate::services::LoadBalancer;

#[derive(Clone, Debug)]
pub struct Facts {
    pub world: World,
    /// The Services that were asked for, with all that is known of them.
    pub services: Vec<LoadBalancer>,
    /// Not all Services of the cluster were asked for.
    pub chosen: bool,
}
