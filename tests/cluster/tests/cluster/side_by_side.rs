//! Clusters of different names do not notice each other.

use crate::alone;
use crate::own_cluster::{OwnCluster, succeeded};

#[test]
fn two_light_clusters_run_side_by_side_and_end_one_by_one() {
    let _alone = alone();
    let one = OwnCluster::named("one");
    // The names begin alike, as directories and cgroups do.
    let other = OwnCluster::named("one-two");
    one.up(&["--light", "--nodes=1"]);
    other.up(&["--light", "--nodes=2"]);
    let nodes = |cluster: &OwnCluster| succeeded(&cluster.exec(&["kubectl", "get", "nodes", "-o", "name"]));
    assert_eq!(nodes(&one).lines().count(), 1);
    assert_eq!(nodes(&other).lines().count(), 2);
    one.down();
    assert_eq!(nodes(&other).lines().count(), 2);
}

#[test]
fn another_shape_under_a_running_clusters_name_is_refused_and_can_replace_it() {
    let _alone = alone();
    let cluster = OwnCluster::named("shape");
    cluster.up(&["--light", "--nodes=1"]);
    let refused = cluster.command("up").args(["--light", "--nodes=2"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(errors.contains("is up already, and is another") && errors.contains("hint: add --replace"), "{errors}");
    cluster.up(&["--light", "--nodes=2", "--replace"]);
    let nodes = succeeded(&cluster.exec(&["kubectl", "get", "nodes", "-o", "name"]));
    assert_eq!(nodes.lines().count(), 2);

    cluster.up(&["--light", "--nodes=2", "--kubernetes=1.33", "--replace"]);
    let versions = succeeded(&cluster.exec(&["kubectl", "version"]));
    assert!(versions.contains("Client Version: v1.33.") && versions.contains("Server Version: v1.33."), "{versions}");
}

#[test]
fn a_cluster_whose_files_are_elsewhere_is_not_taken_for_a_leftover() {
    let _alone = alone();
    let cluster = OwnCluster::named("mine");
    cluster.up(&["--light", "--nodes=1"]);
    let elsewhere = tempfile::TempDir::new().unwrap();
    let mut up = cluster.command("up");
    let refused = up.args(["--light", "--nodes=1"]).env("XDG_STATE_HOME", elsewhere.path()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("whose files are not in"), "{refused:?}");
    succeeded(&cluster.exec(&["kubectl", "get", "nodes"]));
}
