//! A cluster of its own: many nodes and pods that are only objects, and something that answers for the nodes' kubelets.

use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use http::Method;
use lab_cluster::cluster::{Cluster, From};
use lab_cluster::wait::{self, Look};
use lab_cluster::{built, say};
use lab_e2e::Direct;
use serde_json::{Value, json};

use crate::kubelet::Kubelets;
use crate::page::{self, Named};

const NAME: &str = "bench-traffic";
/// Pods of a large cluster are in many namespaces.
const NAMESPACES: u32 = 20;
/// So many are created at the same time.
const AT_ONCE: usize = 8;

pub struct Ground {
    cluster: Cluster,
    folder: PathBuf,
    pub nodes: Vec<String>,
    pub pods: u32,
    _kubelets: Kubelets,
}

impl Ground {
    pub fn prepare(nodes: u16, pods: u32, folder: PathBuf) -> Result<Ground> {
        let number = nodes.to_string();
        cluster(&["up", "--replace", "--light", "--nodes", &number, "--name", NAME])?;
        let cluster = Cluster::running(NAME)?;
        let names: Vec<String> = (1..=nodes).map(|number| cluster.spec().node_name(number)).collect();
        let all: Vec<Named> = (0..pods).map(|number| named(number, &names)).collect();
        say::note(format!("{pods} pods are made"));
        create_pods(&cluster, &all)?;
        wait_until_they_run(&cluster, pods)?;
        let kubelets = Kubelets::answer(&cluster, &addresses(&cluster, nodes), &all, &names)?;
        Ok(Ground { cluster, folder, nodes: names, pods, _kubelets: kubelets })
    }

    pub fn kubectl(&self) -> Command {
        self.cluster.kubectl_command()
    }

    /// The verb's own program: kubectl would only start it.
    pub fn traffic(&self) -> Command {
        let mut command = Command::new(self.folder.join("kubectl-lab-traffic"));
        command.env("KUBECONFIG", self.cluster.kubeconfig());
        command
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if let Err(error) = cluster(&["down", "--name", NAME]) {
            say::note(format!("could not take the cluster down: {error:#}"));
        }
    }
}

fn cluster(words: &[&str]) -> Result<()> {
    let status = Command::new(built::binaries()?.join("cluster")).args(words).status()?;
    if status.success() { Ok(()) } else { bail!("cluster {} failed", words.join(" ")) }
}

fn addresses(cluster: &Cluster, nodes: u16) -> Vec<std::net::Ipv4Addr> {
    (1..=nodes).map(|number| cluster.spec().node_address(number)).collect()
}

fn named(number: u32, nodes: &[String]) -> Named {
    let node = usize::try_from(number).unwrap_or(0) % nodes.len();
    Named {
        namespace: format!("load-{}", number % NAMESPACES),
        name: format!("work-{number}"),
        node: nodes[node].clone(),
    }
}

fn create_pods(cluster: &Cluster, all: &[Named]) -> Result<()> {
    let kubeconfig = std::fs::read_to_string(cluster.kubeconfig()).context("could not read the kubeconfig")?;
    let api = Direct::to(&kubeconfig)?;
    for number in 0..NAMESPACES {
        let name = format!("load-{number}");
        let account = json!({ "metadata": { "name": "default" } });
        api.send(Method::POST, "/api/v1/namespaces", Some(&json!({ "metadata": { "name": name } })))?;
        // The controller that makes it may be faster.
        let made = api.send(Method::POST, &format!("/api/v1/namespaces/{name}/serviceaccounts"), Some(&account));
        if let Err(kube::Error::Api(status)) = &made
            && !status.is_already_exists()
        {
            bail!("could not make the service account of {name}: {}", status.message);
        }
    }
    let parts = all.chunks(all.len().div_ceil(AT_ONCE).max(1));
    thread::scope(|scope| {
        let started: Vec<_> = parts.map(|part| scope.spawn(|| create(&kubeconfig, part))).collect();
        started.into_iter().try_for_each(|one| one.join().map_err(|_| anyhow!("a thread panicked"))?)
    })
}

fn create(kubeconfig: &str, pods: &[Named]) -> Result<()> {
    let api = Direct::to(kubeconfig)?;
    for pod in pods {
        let path = format!("/api/v1/namespaces/{}/pods", pod.namespace);
        api.send(Method::POST, &path, Some(&page::pod(pod)))
            .with_context(|| format!("could not make pod {}", pod.name))?;
    }
    Ok(())
}

/// kwok says of each that it runs.
fn wait_until_they_run(cluster: &Cluster, pods: u32) -> Result<()> {
    let api = Direct::to(&std::fs::read_to_string(cluster.kubeconfig())?)?;
    wait::until("the pods", Duration::from_secs(900), || {
        let path = "/api/v1/pods?fieldSelector=status.phase%21%3DRunning&limit=1";
        let waiting = api.send(Method::GET, path, None)?;
        let rest = waiting["metadata"]["remainingItemCount"].as_u64().unwrap_or(0);
        let first = waiting["items"].as_array().map_or(0, Vec::len);
        Ok(match first {
            0 => Look::Done,
            _ => Look::Waiting(format!("{} of {pods} do not run yet", rest + 1)),
        })
    })
}

/// Where the control plane is, all nodes' addresses are its own: who listens there answers in the kubelets' place.
pub fn take_addresses(cluster: &Cluster, addresses: &[std::net::Ipv4Addr]) -> Result<()> {
    let mut networks: Vec<String> = addresses
        .iter()
        .map(|address| {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        })
        .collect();
    networks.dedup();
    for network in networks {
        let output = cluster.exec(&From::ControlPlane, &["ip", "route", "replace", "local", &network, "dev", "lo"])?;
        if !output.status.success() {
            bail!("could not take {network}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    Ok(())
}

/// A node's kubelet by its port, as the API server finds it.
pub fn port(cluster: &Cluster, node: &str) -> Result<u16> {
    let api = Direct::to(&std::fs::read_to_string(cluster.kubeconfig())?)?;
    let object: Value = api.get(&format!("/api/v1/nodes/{node}"))?.context("the node is gone")?;
    let port = object["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"].as_u64().unwrap_or(0);
    Ok(u16::try_from(port).ok().filter(|port| *port > 0).unwrap_or(10_250))
}
