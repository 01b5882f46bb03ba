//! What only a real cluster can show: containers, packets, images.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use lab_cluster::cluster::{Cluster, From};
use lab_cluster::ground::programs_of;
use lab_cluster::programs;
use lab_cluster::shared::{Shared, shared_by};

use crate::alone;
use crate::own_cluster::succeeded;

/// A namespace of the shared cluster for one test, removed with it.
struct Namespace {
    cluster: Cluster,
    name: String,
}

impl Namespace {
    fn new(what: &str) -> Self {
        let binaries = Path::new(env!("CARGO_BIN_EXE_cluster")).parent().unwrap();
        let cluster = shared_by(binaries, Shared::Full).unwrap();
        let name = format!("{what}-{}", std::process::id());
        let made = cluster.kubectl_command().args(["create", "namespace", &name]).output().unwrap();
        succeeded(&made);
        Self { cluster, name }
    }

    fn kubectl(&self, line: &str) -> String {
        let mut command = self.cluster.kubectl_command();
        command.args(["--namespace", &self.name]).args(line.split(' '));
        succeeded(&command.output().unwrap())
    }

    fn outside(&self, words: &[&str]) -> std::process::Output {
        self.cluster.exec(&From::Outside, words).unwrap()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let mut command = self.cluster.kubectl_command();
        let _ = command.args(["delete", "namespace", "--wait=false", &self.name]).output();
    }
}

fn eventually(limit: u64, what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(limit), "not within {limit} s: {what}");
        sleep(Duration::from_millis(500));
    }
}

#[test]
fn the_lectures_images_run_and_its_service_answers_from_another_pod() {
    let _alone = alone();
    let here = Namespace::new("lecture");
    here.kubectl("create deployment demo-app --image=nginx:latest --replicas=3");
    here.kubectl("expose deployment demo-app --port=80");
    here.kubectl("rollout status deployment demo-app --timeout=90s");
    let nodes = here.kubectl("get pods --selector=app=demo-app -o jsonpath={.items[*].spec.nodeName}");
    let mut nodes: Vec<&str> = nodes.split(' ').collect();
    nodes.sort_unstable();
    assert_eq!(nodes, here.cluster.spec().node_names(), "one pod on each node");
    here.kubectl("run probe --image=busybox:latest --restart=Never -- timeout 20 wget -q -O- demo-app");
    eventually(60, "the probe ends", || here.kubectl("get pod probe -o jsonpath={.status.phase}") == "Succeeded");
    assert!(here.kubectl("logs probe").contains("Welcome to nginx"));
}

#[test]
fn an_image_that_does_not_exist_fails_as_it_does_for_users() {
    let _alone = alone();
    let here = Namespace::new("no-image");
    here.kubectl("run wrong --image=ngnix:latest");
    let mut seen = Vec::new();
    eventually(60, "ErrImagePull, then ImagePullBackOff", || {
        seen.push(here.kubectl("get pod wrong -o jsonpath={.status.containerStatuses[0].state.waiting.reason}"));
        seen.last().is_some_and(|reason| reason == "ImagePullBackOff")
    });
    let events = here.kubectl("get events -o jsonpath={.items[*].message}");
    assert!(events.contains("ErrImagePull") && events.contains("not found"), "{events}");
}

#[test]
fn outside_reaches_nodes_but_no_pods() {
    let _alone = alone();
    let here = Namespace::new("outside");
    here.kubectl("run web --image=nginx:latest --port=80");
    here.kubectl("expose pod web --type=NodePort");
    here.kubectl("wait --for=condition=Ready pod/web --timeout=60s");
    let port = here.kubectl("get service web -o jsonpath={.spec.ports[0].nodePort}");
    let pod = here.kubectl("get pod web -o jsonpath={.status.podIP}");
    for number in here.cluster.spec().numbers() {
        let url = format!("http://{}:{port}", here.cluster.spec().node_address(number));
        // kube-proxy writes its rules a moment after the pod is ready.
        eventually(20, &url, || here.outside(&["curl", "-sS", "--max-time", "5", &url]).status.success());
    }
    let refused = here.outside(&["curl", "-sS", "--max-time", "10", &format!("http://{pod}")]);
    assert!(!refused.status.success());

    // On a node there is a way, and the node knows its name.
    let node = From::Node(here.cluster.spec().node_name(2));
    let answer = here.cluster.exec(&node, &["curl", "-sS", "--max-time", "10", &format!("http://{pod}")]).unwrap();
    assert!(succeeded(&answer).contains("Welcome to nginx"));
    let name = succeeded(&here.cluster.exec(&node, &["hostname"]).unwrap());
    assert_eq!(name.trim(), here.cluster.spec().node_name(2));
}

#[test]
fn the_machine_itself_has_no_way_to_the_clusters_addresses() {
    let _alone = alone();
    let here = Namespace::new("apart");
    let routes = std::fs::read_to_string("/proc/net/route").unwrap();
    // 172.30.0.0 and 10.244.0.0 as the kernel writes them.
    assert!(!routes.contains("00001EAC") && !routes.contains("0000F40A"), "{routes}");
    drop(here);
}

#[test]
fn a_loaded_image_runs_under_its_own_name() {
    let _alone = alone();
    let here = Namespace::new("loaded");
    let programs = programs::ensure(&programs_of(here.cluster.spec())).unwrap();
    let images = lab_cluster::images::for_cluster(&programs).unwrap();
    let nginx = images.iter().find(|image| image.reference == "nginx:latest").unwrap();
    let names = here.cluster.load(&nginx.tar).unwrap();
    assert!(names.iter().any(|name| name.contains("nginx")), "{names:?}");
    here.kubectl(&format!("run loaded --image={}", names[0]));
    here.kubectl("wait --for=condition=Ready pod/loaded --timeout=60s");
}

#[test]
fn names_outside_the_cluster_do_not_exist_and_names_inside_do() {
    let _alone = alone();
    let here = Namespace::new("names");
    let ask = "run ask --image=busybox:latest --restart=Never -- sh -c";
    let mut command = here.cluster.kubectl_command();
    command.args(["--namespace", &here.name]).args(ask.split(' '));
    command.arg("nslookup kubernetes.default.svc.cluster.local; nslookup no-such-name.example; true");
    succeeded(&command.output().unwrap());
    eventually(60, "the pod ends", || here.kubectl("get pod ask -o jsonpath={.status.phase}") == "Succeeded");
    let answer = here.kubectl("logs ask");
    assert!(answer.contains("10.96.0.1") && answer.contains("NXDOMAIN"), "{answer}");
    assert!(!answer.contains("SERVFAIL"), "{answer}");
}
