//! Services of type LoadBalancer as MetalLB sees them: what they ask for, what they have, who announces it, and which
//! pods stand behind them. Reading objects is pure; [`list`], [`get`] and [`look_around`] are the only input.

mod announcer;
mod endpoint;
mod event;
mod gather;
mod request;

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use lab::Seen;

use crate::addresses::range::Family;
use crate::addresses::surroundings::Pool;
use crate::addresses::used::hands_out;
use crate::resources::name;

pub use announcer::{Announcer, Source};
pub use endpoint::Endpoint;
pub use event::Told;
pub use gather::{get, list, look_around};
pub use request::{Prefixes, Requested};

/// A Service, and what there is to know about it elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadBalancer {
    pub service: Seen<Service>,
    // What follows is filled in by `look_around` alone.
    pub endpoints: Vec<Endpoint>,
    pub announcers: Vec<Announcer>,
    /// Oldest first.
    pub events: Vec<Told>,
}

/// From which pool an address is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// What MetalLB has written on the Service.
    pub written: Option<String>,
    /// The pool that has every address of the Service within its ranges at present.
    pub holds: Option<String>,
}

impl Origin {
    /// The pool's name, as far as anything tells it.
    pub fn pool(&self) -> Option<&str> {
        self.holds.as_deref().or(self.written.as_deref())
    }
}

impl LoadBalancer {
    pub fn new(service: Seen<Service>) -> LoadBalancer {
        LoadBalancer { service, endpoints: Vec::new(), announcers: Vec::new(), events: Vec::new() }
    }

    pub fn namespace(&self) -> &str {
        self.service.object.metadata.namespace.as_deref().unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        name(&self.service.object.metadata)
    }

    /// `namespace/name`
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace(), self.name())
    }

    pub fn spec(&self) -> &ServiceSpec {
        static NONE: std::sync::OnceLock<ServiceSpec> = std::sync::OnceLock::new();
        self.service.object.spec.as_ref().unwrap_or_else(|| NONE.get_or_init(ServiceSpec::default))
    }

    pub fn is_load_balancer(&self) -> bool {
        self.spec().type_.as_deref() == Some("LoadBalancer")
    }

    pub fn class(&self) -> Option<&str> {
        self.spec().load_balancer_class.as_deref()
    }

    /// What its status says; what is no address there is left out.
    pub fn addresses(&self) -> Vec<IpAddr> {
        self.ingress().filter_map(|entry| entry.ip.as_deref()?.parse().ok()).collect()
    }

    /// Clouds give names instead of addresses; MetalLB never does.
    pub fn hostnames(&self) -> Vec<&str> {
        self.ingress().filter_map(|entry| entry.hostname.as_deref()).collect()
    }

    fn ingress(&self) -> impl Iterator<Item = &k8s_openapi::api::core::v1::LoadBalancerIngress> {
        let status = self.service.object.status.as_ref();
        status.and_then(|status| status.load_balancer.as_ref()?.ingress.as_ref()).into_iter().flatten()
    }

    pub fn is_pending(&self) -> bool {
        self.addresses().is_empty() && self.hostnames().is_empty()
    }

    /// `pools`: those that MetalLB heeds.
    pub fn origin(&self, pools: &[Pool]) -> Origin {
        let addresses = self.addresses();
        let holder = pools
            .iter()
            .find(|pool| !addresses.is_empty() && addresses.iter().all(|address| hands_out(pool, *address)));
        Origin {
            written: self.annotation("ip-allocated-from-pool").map(|found| found.value.to_owned()),
            holds: holder.map(|pool| pool.name.clone()),
        }
    }

    /// Who is let in, where not everybody is: kube-proxy drops what comes from elsewhere.
    pub fn source_ranges(&self) -> &[String] {
        self.spec().load_balancer_source_ranges.as_deref().unwrap_or_default()
    }

    pub fn is_local(&self) -> bool {
        self.spec().external_traffic_policy.as_deref() == Some("Local")
    }

    pub fn families(&self) -> Vec<Family> {
        let listed = self.spec().ip_families.iter().flatten().filter_map(|family| match family.as_str() {
            "IPv4" => Some(Family::V4),
            "IPv6" => Some(Family::V6),
            _ => None,
        });
        listed.collect()
    }

    pub fn ports(&self) -> &[ServicePort] {
        self.spec().ports.as_deref().unwrap_or_default()
    }

    /// Those that packets of the address may go to.
    pub fn serving(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|endpoint| endpoint.serves)
    }
}

/// `80:31234/TCP`, as kubectl prints ports.
pub fn port_words(port: &ServicePort) -> String {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    match port.node_port {
        Some(node_port) if node_port != 0 => format!("{}:{node_port}/{protocol}", port.port),
        _ => format!("{}/{protocol}", port.port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::range::Range;
    use serde_json::{Value, json};

    fn pool(name: &str, range: &str) -> Pool {
        Pool {
            namespace: "metallb-system".into(),
            name: name.into(),
            ranges: vec![Range::in_pool(range).unwrap()],
            unreadable: Vec::new(),
            auto_assign: true,
            avoid_buggy_ips: false,
        }
    }

    fn with_address(address: &str, annotations: &Value) -> LoadBalancer {
        LoadBalancer::of(&json!({
            "metadata": { "name": "web", "namespace": "default", "annotations": annotations },
            "spec": { "type": "LoadBalancer" },
            "status": { "loadBalancer": { "ingress": [{ "ip": address }] } },
        }))
    }

    #[test]
    fn the_pool_is_told_by_the_annotation_and_by_the_range() {
        let pools = [pool("other", "10.0.0.0/24"), pool("lecture", "172.30.0.200-172.30.0.220")];
        let annotated = with_address("172.30.0.201", &json!({ "metallb.io/ip-allocated-from-pool": "lecture" }));
        let both = Some("lecture".to_owned());
        assert_eq!(annotated.origin(&pools), Origin { written: both.clone(), holds: both.clone() });
        let old = with_address("172.30.0.201", &json!({ "metallb.universe.tf/ip-allocated-from-pool": "lecture" }));
        assert_eq!(old.origin(&pools[..1]), Origin { written: both.clone(), holds: None });
        assert_eq!(with_address("172.30.0.201", &json!({})).origin(&pools).holds, both);
        assert_eq!(with_address("192.168.0.1", &json!({})).origin(&pools).pool(), None);
    }
}
