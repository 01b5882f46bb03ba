//! MetalLB as its makers publish it and its documentation installs it, and what tests of it ask the cluster.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use anyhow::Result;
use lab_cluster::manifests;
use lab_cluster::programs::{self, Program, versions};
use serde_json::{Value, json};

use crate::outside::{self, Answer, Origin};
use crate::stage::Stage;
use crate::workload::Workload;

/// Addresses on the nodes' network that no node has.
pub const POOL: &str = "172.30.0.200-172.30.0.220";

/// The releases whose images the cluster has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetallbRelease {
    Current,
    /// Webhook objects of other names, no status kinds, annotations with the old prefix.
    Old,
}

impl MetallbRelease {
    pub fn version(self) -> &'static str {
        match self {
            Self::Current => versions::METALLB,
            Self::Old => versions::METALLB_OLD,
        }
    }

    /// `metallb-native.yaml`, unmodified.
    pub fn manifest(self) -> Result<String> {
        manifests::metallb(&programs::ensure(&[Program::Kubernetes])?, self.version())
    }
}

/// An IPAddressPool and the L2Advertisement of it, by the names that the lecture gives them.
pub fn pool(addresses: &str) -> String {
    let metadata = |name: &str| json!({ "name": name, "namespace": "metallb-system" });
    let version = "metallb.io/v1beta1";
    let items = [
        json!({ "apiVersion": version, "kind": "IPAddressPool", "metadata": metadata("lecture"), "spec": { "addresses": [addresses] } }),
        json!({ "apiVersion": version, "kind": "L2Advertisement", "metadata": metadata("external-access"), "spec": { "ipAddressPools": ["lecture"] } }),
    ];
    json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
}

impl Stage {
    /// Applies it and waits until its pods are as ready as they will be.
    pub fn deploy(&self, workload: &Workload) {
        self.feed(&["apply"], &workload.text());
        let place = ["deployment", "web", "-n", workload.namespace()];
        let ready = u64::from(workload.ready_replicas());
        self.eventually(&format!("{ready} pods of the workload are ready"), |stage| {
            let deployment = stage.get(&place);
            let status = &deployment["status"];
            let count = |field: &str| status[field].as_u64().unwrap_or_default();
            let seen = deployment["metadata"]["generation"] == status["observedGeneration"];
            let all = deployment["spec"]["replicas"].as_u64() == Some(count("updatedReplicas"));
            (seen && all && count("readyReplicas") == ready).then_some(())
        });
    }

    /// The address that the Service has now.
    pub fn address(&self, namespace: &str, service: &str) -> Option<IpAddr> {
        let service = self.get(&["service", service, "-n", namespace]);
        service.pointer("/status/loadBalancer/ingress/0/ip").and_then(Value::as_str)?.parse().ok()
    }

    /// Waits until it has one.
    pub fn assigned(&self, namespace: &str, service: &str) -> IpAddr {
        self.eventually(&format!("Service {namespace}/{service} has an address"), |stage| {
            stage.address(namespace, service)
        })
    }

    /// What the address answers to an HTTP request from outside, from a node or from a pod; it has half a minute for that.
    pub fn answer(&self, origin: &Origin, address: IpAddr) -> Answer {
        outside::until_answered(&self.cluster, origin, address, Duration::from_secs(30))
            .unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Which node's network card answers for the address on the nodes' network.
    pub fn announcer(&self, address: IpAddr) -> Option<String> {
        outside::announcer(&self.cluster, ipv4(address)).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Waits until no network card does.
    pub fn silent(&self, address: IpAddr) {
        self.eventually(&format!("nobody announces {address}"), |stage| {
            stage.announcer(address).is_none().then_some(())
        });
    }

    /// MetalLB and a pool in the documented way, without the verb.
    pub fn documented_metallb(&self, release: MetallbRelease, addresses: &str) {
        let install = || {
            let way = crate::documented::DocumentedWay::new(&self.cluster, &self.cluster.kubeconfig(), release)?;
            way.install(addresses, Instant::now() + Duration::from_secs(180))
        };
        install().unwrap_or_else(|error| panic!("{error:#}"));
    }
}

fn ipv4(address: IpAddr) -> Ipv4Addr {
    match address {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => panic!("{address} has no neighbours by ARP"),
    }
}
