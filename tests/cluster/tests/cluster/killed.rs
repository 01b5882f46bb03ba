//! `down` leaves the machine as it was, also where `up` was killed at any moment.

use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use lab_cluster::spec::ClusterSpec;
use lab_cluster::up::Parts;

use crate::alone;
use crate::machine_state::MachineState;
use crate::own_cluster::OwnCluster;

#[test]
fn a_light_cluster_leaves_nothing() {
    let _alone = alone();
    let cluster = OwnCluster::named("gone");
    let before = MachineState::now(&cluster.name);
    cluster.up(&["--light"]);
    assert!(!before.differences().is_empty(), "a cluster that is up must be visible, or this test sees nothing");
    cluster.down();
    before.assert_is_back();
}

#[test]
fn a_real_cluster_leaves_nothing() {
    let _alone = alone();
    let cluster = OwnCluster::named("gone");
    let before = MachineState::now(&cluster.name);
    cluster.up(&["--nodes=2"]);
    assert!(!before.differences().is_empty());
    cluster.down();
    before.assert_is_back();
}

#[test]
fn killed_at_any_moment_a_light_cluster_leaves_nothing() {
    let _alone = alone();
    for milliseconds in [20, 80, 200, 500, 1000, 2000, 3500] {
        kill_after(milliseconds, &["--light"]);
    }
}

#[test]
fn killed_at_any_moment_a_real_cluster_leaves_nothing() {
    let _alone = alone();
    for milliseconds in [150, 400, 800, 1500, 3000, 5000, 8000, 12_000, 17_000] {
        kill_after(milliseconds, &["--nodes=2"]);
    }
}

#[test]
fn after_a_kill_the_next_up_starts_afresh() {
    let _alone = alone();
    let cluster = OwnCluster::named("again");
    let before = MachineState::now(&cluster.name);
    start_and_kill(&cluster, 1500, &["--light"]);
    cluster.up(&["--light", "--nodes=2"]);
    cluster.down();
    before.assert_is_back();
}

/// A kill while programs are built would show nothing of clusters.
fn make_parts(settings: &[&str]) {
    let light = settings.contains(&"--light");
    Parts::ensure(&ClusterSpec { light, ..ClusterSpec::named("parts") }).unwrap();
}

fn kill_after(milliseconds: u64, settings: &[&str]) {
    let cluster = OwnCluster::named("killed");
    make_parts(settings);
    let before = MachineState::now(&cluster.name);
    start_and_kill(&cluster, milliseconds, settings);
    cluster.down();
    before.assert_is_back();
    assert!(!cluster.state().join("kubectl-lab-cluster").join(&cluster.name).exists());
}

fn start_and_kill(cluster: &OwnCluster, milliseconds: u64, settings: &[&str]) {
    let mut up = cluster.command("up");
    let mut child = up.args(settings).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_millis(milliseconds));
    child.kill().unwrap();
    child.wait().unwrap();
}
