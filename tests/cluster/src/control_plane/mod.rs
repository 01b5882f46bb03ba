//! etcd, the API server and its two companions, in the network of node 1, where they reach pods, Services and kubelets.

mod api_server;
mod companions;

use std::time::Duration;

use anyhow::Result;

use crate::ground::Ground;
use crate::machine::{Launch, Namespace};
use crate::say::brief;
use crate::wait::{self, Look};

/// Starts all of it at once: the others try again until the API server answers.
pub fn start(ground: &Ground<'_>, home: &Namespace) -> Result<()> {
    let network = home.network_only();
    ground.start(&etcd(ground).inside(&network))?;
    ground.start(&api_server::launch(ground).inside(&network))?;
    ground.start(&companions::controller_manager(ground).inside(&network))?;
    ground.start(&companions::scheduler(ground).inside(&network))?;
    Ok(())
}

/// Data is lost with the cluster anyway, so etcd need not wait for the disk.
fn etcd(ground: &Ground<'_>) -> Launch<'static> {
    let data = ground.place.dir().join("etcd");
    Launch::new("etcd", ground.program("etcd")).arg("--data-dir").arg(data).args([
        "--name=lab",
        "--listen-client-urls=http://127.0.0.1:2379",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=lab=http://127.0.0.1:2380",
        "--unsafe-no-fsync",
    ])
}

pub fn wait_until_ready(ground: &Ground<'_>) -> Result<()> {
    let kubectl = ground.kubectl();
    wait::until("the API server", Duration::from_secs(90), || {
        ground.check_alive()?;
        Ok(match kubectl.run(&["get", "--raw=/readyz", "--request-timeout=2s"]) {
            Ok(_) => Look::Done,
            Err(error) => Look::Waiting(brief(&error)),
        })
    })
}
