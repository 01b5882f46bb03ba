//! Fake nodes: kwok plays the kubelets, so objects behave and nothing runs.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::ground::Ground;
use crate::machine::{Launch, Namespace};
use crate::manifests;
use crate::spec::ClusterSpec;
use crate::state::write_file;

/// Where fake pods get their addresses.
const PODS: &str = "10.0.0.0/16";

/// The addresses go into the nodes' status before kwok sees them; it would give every node the same one.
pub fn give_addresses(ground: &Ground<'_>) -> Result<()> {
    let statuses: Vec<Value> = ground.spec.numbers().map(|number| status(ground.spec, number)).collect();
    let how = ["apply", "--server-side", "--subresource=status", "--field-manager=kubectl-lab-cluster"];
    ground.kubectl().give(&how, &statuses).context("could not give the fake nodes their addresses")
}

fn status(spec: &ClusterSpec, number: u16) -> Value {
    let name = spec.node_name(number);
    let size = json!({"cpu": "4", "memory": "8Gi", "pods": "110"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": spec.node_address(number).to_string()},
                {"type": "Hostname", "address": name},
            ],
            "capacity": size,
            "allocatable": size,
            "nodeInfo": node_info(spec),
        },
    })
}

/// Fields that the API demands; the rest kwok fills in.
fn node_info(spec: &ClusterSpec) -> Value {
    let mut info = json!({"kubeletVersion": format!("v{}", spec.kubernetes.version()), "operatingSystem": "linux"});
    let unknown = [
        "architecture",
        "bootID",
        "containerRuntimeVersion",
        "kernelVersion",
        "kubeProxyVersion",
        "machineID",
        "osImage",
        "systemUUID",
    ];
    for field in unknown {
        info[field] = "".into();
    }
    info
}

/// The control plane takes every fake pod's address for its own: who listens there answers in the pod's place, and where nobody does, a
/// connection is refused at once.
pub fn take_pods_addresses(home: &Namespace) -> Result<()> {
    let taken = home.script(&format!("ip route add local {PODS} dev lo"));
    taken.map(drop).context("could not take the fake pods' addresses")
}

/// How fake nodes and pods live comes out of kwok's own module: ready at once, done at once where a Job owns them.
pub fn start(ground: &Ground<'_>, home: &Namespace) -> Result<()> {
    let stages = ground.place.dir().join("kwok-stages.yaml");
    write_file(&stages, manifests::kwok_stages(ground.programs)?)?;

    let network = home.network_only();
    let launch = Launch::new("kwok", ground.program("kwok"))
        .arg("--config")
        .arg(stages)
        .arg("--kubeconfig")
        .arg(ground.place.inside_kubeconfig())
        .args(["--manage-all-nodes=true", "--enable-crds=", "--node-lease-duration-seconds=40"])
        .arg(format!("--cidr={PODS}"))
        .inside(&network);
    ground.start(&launch)?;
    Ok(())
}
