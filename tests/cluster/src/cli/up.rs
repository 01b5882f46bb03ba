use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Named;
use crate::kubernetes::Kubernetes;
use crate::say;
use crate::spec::{ClusterSpec, KubeProxyMode, KubeletServingCerts};
use crate::up::{self, IfDifferent};

/// Bring a cluster up, or find that it is
#[derive(Args)]
pub struct Up {
    #[command(flatten)]
    named: Named,
    /// How many nodes
    #[arg(long, default_value_t = 3)]
    nodes: u16,
    /// Control plane and fake nodes only: up in seconds, and nothing runs in the pods
    #[arg(long)]
    light: bool,
    /// How kube-proxy makes Services work
    #[arg(long, value_enum, default_value = "iptables")]
    kube_proxy_mode: KubeProxyMode,
    /// Where the kubelets' serving certificates come from
    #[arg(long, value_enum, default_value = "self-signed")]
    kubelet_serving_certs: KubeletServingCerts,
    /// Give node 1 the labels that kubeadm gives a control-plane node
    #[arg(long)]
    control_plane_labels: bool,
    /// Let containerd listen where the kubelet's cAdvisor does not look, so that no kubelet knows the network of a pod
    #[arg(long)]
    runtime_elsewhere: bool,
    /// Which release of Kubernetes
    #[arg(long, value_enum, default_value_t)]
    kubernetes: Kubernetes,
    /// Take a cluster of this name with other settings down first
    #[arg(long)]
    replace: bool,
}

impl Up {
    pub fn run(self) -> Result<ExitCode> {
        let spec = ClusterSpec {
            name: self.named.name,
            nodes: self.nodes,
            light: self.light,
            kube_proxy_mode: self.kube_proxy_mode,
            kubelet_serving_certs: self.kubelet_serving_certs,
            control_plane_labels: self.control_plane_labels,
            runtime_elsewhere: self.runtime_elsewhere,
            kubernetes: self.kubernetes,
        };
        let if_different = if self.replace { IfDifferent::Replace } else { IfDifferent::Refuse };
        let place = up::up(&spec, if_different)?;
        say::note(format!("use it: export KUBECONFIG={}", place.kubeconfig().display()));
        say::note(format!("    or: cargo cluster exec --name {} -- kubectl get nodes", spec.name));
        Ok(ExitCode::SUCCESS)
    }
}
