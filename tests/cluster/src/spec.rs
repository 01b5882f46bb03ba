//! What a cluster is asked to be, and the names and addresses that follow from it.

use std::fmt;
use std::net::Ipv4Addr;

use anyhow::Result;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::kubernetes::Kubernetes;
use crate::say::Hinted;

/// The machine `outside`: on the nodes' network, but no node. It carries the bridge and the image registry.
pub const OUTSIDE: Ipv4Addr = Ipv4Addr::new(172, 30, 0, 1);
pub const REGISTRY: &str = "172.30.0.1:5000";
pub const API_PORT: u16 = 6443;
pub const POD_NETWORK: &str = "10.244.0.0/16";
pub const SERVICE_NETWORK: &str = "10.96.0.0/12";
pub const KUBERNETES_SERVICE: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 1);
pub const DNS_SERVICE: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
pub const DNS_DOMAIN: &str = "cluster.local";

/// Real nodes stay below the addresses that MetalLB hands out (172.30.0.200 and up), and below what one machine can bear.
const MOST_REAL_NODES: u16 = 20;
/// Fake nodes get addresses of 172.30.0.0/16.
const MOST_FAKE_NODES: u16 = 5000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KubeProxyMode {
    Iptables,
    Nftables,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum KubeletServingCerts {
    /// Each kubelet signs its own, which no client can verify: what kubeadm gives by default
    SelfSigned,
    /// Each kubelet asks the cluster for one; the requests stay pending until someone approves them
    Bootstrap,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterSpec {
    pub name: String,
    pub nodes: u16,
    /// Control plane and fake nodes only: nothing runs in the pods.
    pub light: bool,
    pub kube_proxy_mode: KubeProxyMode,
    pub kubelet_serving_certs: KubeletServingCerts,
    /// Give node 1 the labels that kubeadm gives a control-plane node.
    pub control_plane_labels: bool,
    /// containerd listens where the kubelet's cAdvisor does not look: then no kubelet knows the network of a pod.
    #[serde(default)]
    pub runtime_elsewhere: bool,
    #[serde(default)]
    pub kubernetes: Kubernetes,
}

impl ClusterSpec {
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            nodes: 3,
            light: false,
            kube_proxy_mode: KubeProxyMode::Iptables,
            kubelet_serving_certs: KubeletServingCerts::SelfSigned,
            control_plane_labels: false,
            runtime_elsewhere: false,
            kubernetes: Kubernetes::default(),
        }
    }

    pub fn check(&self) -> Result<()> {
        check_name(&self.name)?;
        let most = if self.light { MOST_FAKE_NODES } else { MOST_REAL_NODES };
        if self.nodes == 0 || self.nodes > most {
            let kind = if self.light { "fake" } else { "real" };
            let hint = if self.light { "--nodes 200" } else { "many nodes for tests of scale: --light --nodes 200" };
            return Err(
                Hinted::new(format!("{} {kind} nodes are not possible: 1 to {most} are", self.nodes), hint).into()
            );
        }
        Ok(())
    }

    pub fn node_name(&self, number: u16) -> String {
        format!("{}-{number}", self.name)
    }

    pub fn node_names(&self) -> Vec<String> {
        self.numbers().map(|number| self.node_name(number)).collect()
    }

    pub fn numbers(&self) -> std::ops::RangeInclusive<u16> {
        1..=self.nodes
    }

    /// In a light cluster the fake nodes come after the control plane's own address.
    pub fn node_address(&self, number: u16) -> Ipv4Addr {
        let gap = if self.light { 0xff } else { 0 };
        Ipv4Addr::from(u32::from(OUTSIDE) + gap + u32::from(number))
    }

    /// The pods of node N live in 10.244.N.0/24, so that the routes between nodes are known beforehand.
    pub fn pod_network(number: u16) -> String {
        format!("10.244.{number}.0/24")
    }

    /// Where the control plane listens: on node 1, or where node 1 would be.
    pub fn api_address() -> Ipv4Addr {
        Ipv4Addr::from(u32::from(OUTSIDE) + 1)
    }
}

impl fmt::Display for ClusterSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kubernetes != Kubernetes::default() {
            write!(f, "Kubernetes {}, ", self.kubernetes.version())?;
        }
        if self.light {
            return write!(f, "control plane and {} fake node(s)", self.nodes);
        }
        let (mode, certs) = (word(&self.kube_proxy_mode), word(&self.kubelet_serving_certs));
        write!(f, "{} node(s), kube-proxy in {mode} mode, {certs} kubelet certificates", self.nodes)?;
        if self.control_plane_labels {
            f.write_str(", control-plane labels")?;
        }
        if self.runtime_elsewhere { f.write_str(", containerd at another socket") } else { Ok(()) }
    }
}

/// As it is typed on the command line.
fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Names end up in file names, host names and cgroups, so they are short and plain.
pub fn check_name(name: &str) -> Result<()> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !plain || !starts_well || name.ends_with('-') || name.len() > 30 {
        let message = format!("`{name}` cannot be a cluster's name");
        return Err(
            Hinted::new(message, "use up to 30 small letters, digits and dashes, for example --name dev").into()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::versions;

    #[test]
    fn nodes_follow_the_outside_host() {
        let spec = ClusterSpec::named("dev");
        assert_eq!(spec.node_address(1).to_string(), "172.30.0.2");
        assert_eq!(spec.node_address(3).to_string(), "172.30.0.4");
        assert_eq!(ClusterSpec::api_address(), spec.node_address(1));
    }

    #[test]
    fn fake_nodes_never_share_the_control_planes_address() {
        let spec = ClusterSpec { light: true, nodes: 600, ..ClusterSpec::named("scale") };
        let addresses: std::collections::HashSet<_> = spec.numbers().map(|n| spec.node_address(n)).collect();
        assert_eq!(addresses.len(), 600);
        assert!(!addresses.contains(&ClusterSpec::api_address()) && !addresses.contains(&OUTSIDE));
    }

    #[test]
    fn names_that_would_escape_a_directory_are_refused() {
        for name in ["", "..", "a/b", "A", "-a", "a-", "1a", "a.b"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("shared-full").is_ok());
    }

    #[test]
    fn a_spec_is_described_in_the_command_lines_words() {
        let text = ClusterSpec { control_plane_labels: true, ..ClusterSpec::named("dev") }.to_string();
        assert_eq!(
            text,
            "3 node(s), kube-proxy in iptables mode, self-signed kubelet certificates, control-plane labels"
        );
    }

    #[test]
    fn another_release_than_the_newest_is_named() {
        let spec = ClusterSpec { light: true, kubernetes: Kubernetes::Oldest, ..ClusterSpec::named("old") };
        assert_eq!(
            spec.to_string(),
            format!("Kubernetes {}, control plane and 3 fake node(s)", versions::KUBERNETES_OLD)
        );
    }

    #[test]
    fn what_an_earlier_program_wrote_down_is_still_read() {
        let text = r#"{"name": "dev", "nodes": 3, "light": false, "kube_proxy_mode": "iptables",
            "kubelet_serving_certs": "self-signed", "control_plane_labels": false}"#;
        assert_eq!(serde_json::from_str::<ClusterSpec>(text).unwrap(), ClusterSpec::named("dev"));
    }

    #[test]
    fn impossible_node_counts_are_refused() {
        assert!(ClusterSpec { nodes: 0, ..ClusterSpec::named("a") }.check().is_err());
        assert!(ClusterSpec { nodes: 21, ..ClusterSpec::named("a") }.check().is_err());
        assert!(ClusterSpec { nodes: 200, light: true, ..ClusterSpec::named("a") }.check().is_ok());
    }
}
