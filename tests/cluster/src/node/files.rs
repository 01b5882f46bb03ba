//! What a node sees of the machine's files: all of them, but a /run and a /var of its own, and its own name.
//!
//! Default paths stay in use (`/run/containerd`, `/var/lib/kubelet`, …): the kubelet looks for containerd's statistics at the
//! default socket only. The mounts are private to the node, so they vanish with its last process.

use anyhow::{Context, Result};

use super::Node;
use crate::state::make_dir;

pub fn prepare(node: &Node<'_>) -> Result<()> {
    let var = node.dir().join("var");
    for directory in ["lib/kubelet", "lib/containerd", "lib/cni", "log/pods", "log/containers", "tmp", "cache"] {
        make_dir(&var.join(directory))?;
    }
    std::os::unix::fs::symlink("/run", var.join("run")).context("could not link /var/run")?;
    let script = format!(
        "mount -t tmpfs -o mode=755 tmpfs /run
         mkdir -p /run/lock /run/netns
         mount --bind '{}' /var
         mount --make-rshared /
         hostname {}",
        var.display(),
        node.name()
    );
    node.namespace.script(&script).with_context(|| format!("could not give {} its own files", node.name()))?;
    Ok(())
}
