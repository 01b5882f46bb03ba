//! The commands that use a cluster.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::alone;
use crate::own_cluster::{OwnCluster, succeeded};

#[test]
fn a_light_cluster_is_used_from_the_machine_and_from_inside() {
    let _alone = alone();
    let cluster = OwnCluster::named("used");
    cluster.up(&["--light", "--nodes=2"]);

    // Twice is once.
    let again = cluster.command("up").args(["--light", "--nodes=2"]).output().unwrap();
    assert!(String::from_utf8_lossy(&again.stderr).contains("is up"), "{again:?}");

    // The exit code is the command's own.
    assert_eq!(cluster.exec(&["sh", "-c", "exit 7"]).status.code(), Some(7));

    // From the machine, by way of 127.0.0.1, with any kubectl.
    let kubeconfig = succeeded(&cluster.command("kubeconfig").output().unwrap());
    let kubectl = succeeded(&cluster.exec(&["sh", "-c", "command -v kubectl"]));
    let mut version = Command::new(kubectl.trim());
    version.args(["version", "--kubeconfig", kubeconfig.trim()]);
    assert!(succeeded(&version.output().unwrap()).contains("Server Version: v1.37.2"));

    // From inside, the nodes' network is there and the machine's is not.
    let devices = succeeded(&cluster.exec(&["ip", "-brief", "address"]));
    assert!(devices.contains("172.30.0.1/24"), "{devices}");

    let status = succeeded(&cluster.command("status").output().unwrap());
    assert!(status.contains("kube-apiserver") && status.contains("nodes: all Ready"), "{status}");
    let log = succeeded(&cluster.command("logs").arg("etcd").output().unwrap());
    assert!(!log.is_empty());
}

#[test]
fn a_broken_cluster_is_noticed_and_made_anew() {
    let _alone = alone();
    let cluster = OwnCluster::named("broken");
    cluster.up(&["--light", "--nodes=1"]);
    let status = succeeded(&cluster.command("status").output().unwrap());
    let scheduler = status.lines().find(|line| line.contains("kube-scheduler")).unwrap();
    let id = scheduler.split_whitespace().last().unwrap();
    assert!(Command::new("kill").args(["-9", id]).status().unwrap().success());

    let named = || {
        let broken = cluster.command("status").output().unwrap();
        broken.status.code() == Some(1)
            && String::from_utf8_lossy(&broken.stdout).contains("not running: kube-scheduler")
    };
    // The kernel needs a moment to end it.
    assert!(
        (0..50).any(|_| named() || {
            sleep(Duration::from_millis(100));
            false
        }),
        "the dead scheduler is not named"
    );
    cluster.up(&["--light", "--nodes=1"]);
    succeeded(&cluster.command("status").output().unwrap());
}

#[test]
fn what_is_not_there_is_said_with_a_way_on() {
    let cluster = OwnCluster::named("absent");
    for verb in ["kubeconfig", "status"] {
        let output = cluster.command(verb).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("is not up") && errors.contains("hint: "), "{errors}");
    }
    let usage = cluster.command("up").arg("--nodes=many").output().unwrap();
    assert_eq!(usage.status.code(), Some(2));
}
