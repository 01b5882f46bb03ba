//! containerd of one node, with its registry, its pod network, and the one image that comes from no registry.

use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::Node;
use crate::images::Image;
use crate::machine::{Launch, succeed};
use crate::spec::{ClusterSpec, REGISTRY};
use crate::state::{make_dir, write_file};
use crate::wait::{self, Look};

const SOCKET: &str = "/run/containerd/containerd.sock";
const OTHER_SOCKET: &str = "/run/elsewhere/containerd.sock";
/// Where Debian's containernetworking-plugins puts them.
pub const NETWORK_PLUGINS: &str = "/usr/lib/cni";

pub fn start(node: &Node<'_>, pause: &Image) -> Result<()> {
    let name = node.component("containerd");
    let config = node.dir().join("containerd.toml");
    write_registry(&node.dir().join("registries"))?;
    write_pod_network(node)?;
    write_file(&config, configuration(node, &pause.reference))?;
    let program = node.ground.program("containerd");
    node.ground.start(&Launch::new(&name, program).arg("--config").arg(&config).inside(node.namespace))?;
    wait_until_it_listens(node, &name)?;
    let mut import = node.namespace.command("ctr");
    import.env("PATH", node.ground.path()).arg(format!("--address={}", socket(node.ground.spec)));
    import.args(["--namespace=k8s.io", "images", "import"]).arg(&pause.tar);
    succeed(&mut import).with_context(|| format!("could not import the pause image on {}", node.name()))?;
    Ok(())
}

/// Where it listens.
pub fn socket(spec: &ClusterSpec) -> &'static str {
    if spec.runtime_elsewhere { OTHER_SOCKET } else { SOCKET }
}

/// The socket is in the node's own /run, which is seen through its holder.
fn wait_until_it_listens(node: &Node<'_>, name: &str) -> Result<()> {
    let socket = format!("/proc/{}/root{}", node.namespace.holder(), socket(node.ground.spec));
    wait::until(name, Duration::from_secs(60), || {
        node.ground.check_alive()?;
        Ok(match UnixStream::connect(&socket) {
            Ok(_) => Look::Done,
            Err(error) => Look::Waiting(error.to_string()),
        })
    })
}

/// `restrict_oom_score_adj`: root without CAP_SYS_RESOURCE may not lower it, and runc would die without saying why.
fn configuration(node: &Node<'_>, pause: &str) -> String {
    let (dir, runc) = (node.dir(), node.ground.program("runc"));
    format!(
        r#"version = 3

[grpc]
address = "{socket}"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{pause}"

[plugins."io.containerd.cri.v1.images".registry]
config_path = "{registries}"

[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{NETWORK_PLUGINS}"]
conf_dir = "{network}"
use_internal_loopback = true

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "{runc}"
SystemdCgroup = false

[plugins."io.containerd.metadata.v1.bolt"]
no_sync = true
"#,
        socket = socket(node.ground.spec),
        registries = dir.join("registries").display(),
        network = dir.join("network").display(),
        runc = runc.display(),
    )
}

/// Every image of every registry comes from the cluster's own one. `server` too, or a missing image would be sought where
/// nothing can be reached, and hang instead of failing.
fn write_registry(dir: &Path) -> Result<()> {
    let default = dir.join("_default");
    make_dir(&default)?;
    let text = format!(
        "server = \"http://{REGISTRY}\"\n\n[host.\"http://{REGISTRY}\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
    );
    write_file(&default.join("hosts.toml"), text)
}

/// Each pod has a cable of its own to the node, without a bridge: packets between two pods of one node pass the node's
/// Service rules both ways, whatever the kernel does with bridged ones.
fn write_pod_network(node: &Node<'_>) -> Result<()> {
    let dir = node.dir().join("network");
    make_dir(&dir)?;
    let text = json!({
        "cniVersion": "1.0.0",
        "name": "lab",
        "plugins": [
            {
                "type": "ptp",
                "mtu": 1500,
                "ipam": {
                    "type": "host-local",
                    "dataDir": "/run/pod-addresses",
                    "ranges": [[{"subnet": ClusterSpec::pod_network(node.number)}]],
                    "routes": [{"dst": format!("{}/0", Ipv4Addr::UNSPECIFIED)}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": true}},
        ],
    });
    write_file(&dir.join("10-lab.conflist"), text.to_string())
}
