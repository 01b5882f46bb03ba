//! The network between the nodes: a bridge in the namespace of `outside`, a cable to each node, routes to each node's pods.
//!
//! Nothing of it is in the machine's own network, and no packet leaves the machine.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Namespace;
use crate::spec::{ClusterSpec, OUTSIDE, POD_NETWORK};

const BRIDGE: &str = "br0";

pub struct Network<'a> {
    outside: &'a Namespace,
}

impl<'a> Network<'a> {
    /// Bridged packets must not pass the firewall rules of `outside`: it is a switch there. And whatever would leave is refused at once
    /// and every time, not dropped: a client whose Service has no rules yet tries again sooner than after half a minute.
    pub fn build(outside: &'a Namespace) -> Result<Self> {
        let commands = [
            "link set lo up".to_owned(),
            format!("link add {BRIDGE} type bridge"),
            format!("addr add {OUTSIDE}/24 dev {BRIDGE}"),
            format!("link set {BRIDGE} up"),
            "route add unreachable default".to_owned(),
        ];
        ip(outside, &commands).context("could not make the nodes' network")?;
        outside.script(
            "for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $f ] || echo 0 > $f; done
             echo 1 > /proc/sys/net/ipv4/ip_forward
             echo 0 > /proc/sys/net/ipv4/icmp_ratelimit",
        )?;
        Ok(Self { outside })
    }

    /// Lays the cable of one machine. The default route leads to `outside`, where the world ends; without it no Service
    /// address could even be tried.
    pub fn plug_in(&self, machine: &Namespace, number: u16, address: std::net::Ipv4Addr) -> Result<()> {
        let cable = format!("node{number}");
        let at_bridge = [
            format!("link add {cable} type veth peer name eth0 netns {}", machine.holder()),
            format!("link set {cable} master {BRIDGE} up"),
        ];
        ip(self.outside, &at_bridge).with_context(|| format!("could not connect node {number}"))?;
        let at_node = [
            "link set lo up".to_owned(),
            format!("addr add {address}/24 dev eth0"),
            "link set eth0 up".to_owned(),
            format!("route add default via {OUTSIDE}"),
        ];
        ip(machine, &at_node).with_context(|| format!("could not give node {number} its address"))
    }
}

/// What a real node has besides its cable: forwarding, the way to the other nodes' pods, and its own address on whatever its pods
/// send out of the cluster.
pub fn settle_node(spec: &ClusterSpec, node: &Namespace, number: u16) -> Result<()> {
    let others = spec.numbers().filter(|other| *other != number);
    let routes = others.map(|n| format!("route add {} via {}", ClusterSpec::pod_network(n), spec.node_address(n)));
    ip(node, &routes.collect::<Vec<_>>()).with_context(|| format!("could not give node {number} its routes"))?;
    let own = ClusterSpec::pod_network(number);
    node.script(&format!(
        "echo 1 > /proc/sys/net/ipv4/ip_forward
         iptables -w -t nat -A POSTROUTING -s {own} ! -d {POD_NETWORK} -j MASQUERADE"
    ))
    .with_context(|| format!("could not set up forwarding on node {number}"))?;
    Ok(())
}

/// Many `ip` commands in one process.
fn ip(inside: &Namespace, commands: &[String]) -> Result<()> {
    let mut command: Command = inside.command("ip");
    command.args(["-batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("could not run ip")?;
    let mut input = child.stdin.take().context("ip has no standard input")?;
    input.write_all((commands.join("\n") + "\n").as_bytes()).context("could not write to ip")?;
    drop(input);
    let output = child.wait_with_output().context("could not wait for ip")?;
    if !output.status.success() {
        bail!("ip failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
