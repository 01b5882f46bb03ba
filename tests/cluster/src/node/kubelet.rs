//! The kubelet of one node.

use anyhow::Result;
use serde_json::{Value, json};

use super::Node;
use crate::machine::Launch;
use crate::spec::{DNS_DOMAIN, DNS_SERVICE, KubeletServingCerts, OUTSIDE};
use crate::state::write_file;

pub fn start(node: &Node<'_>) -> Result<()> {
    let dir = node.dir();
    let (config, resolver) = (dir.join("kubelet.json"), dir.join("resolv.conf"));
    // Where the resolver for names outside the cluster is.
    write_file(&resolver, format!("nameserver {OUTSIDE}\n"))?;
    write_file(&config, configuration(node).to_string())?;
    let kubeconfig = node.ground.place.pki().join(format!("kubelet-{}", node.name()));
    let name = node.component("kubelet");
    let launch = Launch::new(&name, node.ground.program("kubelet"))
        .arg("--config")
        .arg(config)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .arg(format!("--hostname-override={}", node.name()))
        .arg(format!("--node-ip={}", node.ground.spec.node_address(node.number)))
        .inside(node.namespace);
    node.ground.start(&launch)?;
    Ok(())
}

fn configuration(node: &Node<'_>) -> Value {
    let place = node.ground.place;
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": place.pki().join("ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "serverTLSBootstrap": node.ground.spec.kubelet_serving_certs == KubeletServingCerts::Bootstrap,
        "containerRuntimeEndpoint": format!("unix://{}", super::containerd::socket(node.ground.spec)),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": node.ground.cgroups.root_of_node(node.number),
        "failCgroupV1": false,
        "failSwapOn": false,
        // Lowering it takes CAP_SYS_RESOURCE, which root need not have.
        "oomScoreAdj": 0,
        "clusterDNS": [DNS_SERVICE.to_string()],
        "clusterDomain": DNS_DOMAIN,
        "resolvConf": node.dir().join("resolv.conf"),
        "serializeImagePulls": false,
        // The disk is the machine's: how full it is says nothing about the cluster.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%", "nodefs.inodesFree": "1%"},
    })
}
