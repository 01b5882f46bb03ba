//! The steps of a light cluster: control plane and kwok.

use std::time::Duration;

use anyhow::Result;

use super::{create_objects, hold_outside, start_control_plane, wait_for_nodes};
use crate::ground::Ground;
use crate::machine::{Namespace, Network};
use crate::spec::ClusterSpec;
use crate::{control_plane, light};

pub fn run(ground: &Ground<'_>) -> Result<()> {
    let outside = hold_outside(ground)?;
    let network = Network::build(&outside)?;
    let holder = ground.start(&Namespace::network_holder("control-plane"))?;
    let home = Namespace::of_network(holder.id);
    home.wait_until_separate()?;
    network.plug_in(&home, 0, ClusterSpec::api_address())?;
    light::take_pods_addresses(&home)?;
    start_control_plane(ground, &outside, &home)?;
    control_plane::wait_until_ready(ground)?;
    create_objects(ground)?;
    light::give_addresses(ground)?;
    light::start(ground, &home)?;
    wait_for_nodes(ground, Duration::from_secs(60 + u64::from(ground.spec.nodes)))
}
