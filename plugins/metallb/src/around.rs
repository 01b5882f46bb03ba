//! What is around a pool in this cluster, read from the objects that tell it: [`Surroundings`] filled in.

use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::{Node, NodeAddress, Service};
use lab::{Answer, Reader, Result, Seen};
use serde_json::Value;

use crate::addresses::range::{Family, Range};
use crate::addresses::surroundings::{self, Held, Network, PodRange, Pool, ServiceRanges, Subnet, Surroundings};
use crate::present::Present;
use crate::resources::{IPAddressPool, name};
use crate::services::LoadBalancer;

/// `services`: all there are, of every type. The pool called `written` is the one that is about to be made; what it was
/// before does not stand in its own way.
pub async fn surroundings(
    reader: &Reader<'_>,
    nodes: &[Seen<Node>],
    services: &[Seen<Service>],
    present: &Present,
    subnet: Option<IpNet>,
    written: &str,
) -> Result<Surroundings> {
    let ranges = service_ranges(reader, services).await?;
    let pods: Vec<PodRange> = nodes.iter().flat_map(|node| pod_ranges(&node.object)).collect();
    let (v4, v6) = subnets(subnet);
    Ok(Surroundings {
        nodes: nodes.iter().map(|node| addresses(&node.object)).collect(),
        families: families(&ranges, services, &pods),
        api_server: reader.server_address(),
        v4,
        v6,
        pods,
        services: ranges,
        pools: pools(present).into_iter().filter(|pool| pool.name != written).collect(),
        held: services.iter().flat_map(held).collect(),
    })
}

/// The pools that MetalLB heeds: those in its own namespace.
pub fn pools(present: &Present) -> Vec<Pool> {
    let heeded = |pool: &&Seen<IPAddressPool>| pool.object.metadata.namespace.as_deref() == Some(present.namespace());
    present.pools.iter().filter(heeded).map(|pool| read_pool(&pool.object)).collect()
}

pub fn read_pool(pool: &IPAddressPool) -> Pool {
    let (ranges, unreadable): (Vec<_>, Vec<_>) =
        pool.spec.addresses.iter().map(|text| Range::in_pool(text).ok_or(text)).partition(std::result::Result::is_ok);
    Pool {
        namespace: pool.metadata.namespace.clone().unwrap_or_default(),
        name: name(&pool.metadata).to_owned(),
        ranges: ranges.into_iter().flatten().collect(),
        unreadable: unreadable.into_iter().filter_map(std::result::Result::err).cloned().collect(),
        auto_assign: pool.spec.auto_assign.unwrap_or(true),
        avoid_buggy_ips: pool.spec.avoid_buggy_ips,
    }
}

pub fn held(service: &Seen<Service>) -> Vec<Held> {
    let balancer = LoadBalancer::new(service.clone());
    let from_pool = balancer.annotation("ip-allocated-from-pool").map(|found| found.value.to_owned());
    let held = balancer.addresses().into_iter().map(|address| Held {
        namespace: balancer.namespace().to_owned(),
        name: balancer.name().to_owned(),
        address,
        from_pool: from_pool.clone(),
    });
    if balancer.is_load_balancer() { held.collect() } else { Vec::new() }
}

fn addresses(node: &Node) -> surroundings::Node {
    let all: &[NodeAddress] = node.status.as_ref().and_then(|status| status.addresses.as_deref()).unwrap_or_default();
    let of =
        |kind: &str| all.iter().filter(|one| one.type_ == kind).filter_map(|one| one.address.parse().ok()).collect();
    surroundings::Node { name: name(&node.metadata).to_owned(), internal: of("InternalIP"), external: of("ExternalIP") }
}

fn pod_ranges(node: &Node) -> Vec<PodRange> {
    let spec = node.spec.as_ref();
    let several = spec.and_then(|spec| spec.pod_cidrs.clone()).unwrap_or_default();
    // Of old there is only the one.
    let one = spec.and_then(|spec| spec.pod_cidr.clone()).filter(|_| several.is_empty());
    let ranges = several.into_iter().chain(one).filter_map(|text| text.parse().ok());
    ranges.map(|range| PodRange { node: name(&node.metadata).to_owned(), range }).collect()
}

/// What --subnet says is one family's; of the other nothing is known.
fn subnets(given: Option<IpNet>) -> (Subnet, Subnet) {
    let unknown = || Subnet::Unknown("objects of the cluster do not tell it".into());
    let Some(network) = given else { return (unknown(), unknown()) };
    let known = Subnet::Known(vec![Network { network, source: "given by --subnet".into(), gateway: None }]);
    match Family::of(network.addr()) {
        Family::V4 => (known, unknown()),
        Family::V6 => (unknown(), known),
    }
}

/// Kubernetes 1.33 and later keep them as objects.
async fn service_ranges(reader: &Reader<'_>, services: &[Seen<Service>]) -> Result<ServiceRanges> {
    let why = match reader.ask("/apis/networking.k8s.io/v1/servicecidrs").await? {
        Answer::Found(list) => match cidrs(&list) {
            found if found.is_empty() => "the cluster names none".to_owned(),
            found => return Ok(ServiceRanges::Known(found)),
        },
        Answer::Refused(404, _) => "before 1.33 Kubernetes does not tell them".to_owned(),
        Answer::Refused(403, _) => "you may not list servicecidrs.networking.k8s.io".to_owned(),
        Answer::Refused(_, message) => message,
    };
    Ok(ServiceRanges::AtLeast { addresses: services.iter().flat_map(cluster_addresses).collect(), why })
}

fn cidrs(list: &Value) -> Vec<IpNet> {
    let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
    let texts = items.filter_map(|item| item.pointer("/spec/cidrs")?.as_array()).flatten().filter_map(Value::as_str);
    texts.filter_map(|text| text.parse().ok()).collect()
}

fn cluster_addresses(service: &Seen<Service>) -> Vec<IpAddr> {
    let spec = service.object.spec.as_ref();
    let all = spec.and_then(|spec| spec.cluster_ips.as_deref()).unwrap_or_default();
    // A headless Service has the word None there.
    all.iter().filter_map(|text| text.parse().ok()).collect()
}

/// By the ranges of Services where they are known; else by what Services and pods have got so far.
fn families(ranges: &ServiceRanges, services: &[Seen<Service>], pods: &[PodRange]) -> Vec<Family> {
    let found: Vec<Family> = match ranges {
        ServiceRanges::Known(ranges) => ranges.iter().map(|range| Family::of(range.addr())).collect(),
        ServiceRanges::AtLeast { addresses, .. } => {
            let of_pods = pods.iter().map(|pods| Family::of(pods.range.addr()));
            let of_services = services.iter().flat_map(|service| LoadBalancer::new(service.clone()).families());
            addresses.iter().map(|own| Family::of(*own)).chain(of_services).chain(of_pods).collect()
        }
    };
    Family::BOTH.into_iter().filter(|family| found.contains(family)).collect()
}

/// A network that is at least part of the nodes': the smallest that holds all nodes and the pools that are announced by
/// ARP or NDP, since these work on the nodes' network only. Enough to propose a neighbour, not to refuse what lies outside.
pub fn guess(around: &mut Surroundings, present: &Present) {
    let announced = |pool: &&Pool| {
        let labels = present.pool(&pool.name).and_then(|seen| seen.object.metadata.labels.as_ref());
        present.l2_advertisements.iter().any(|seen| seen.object.spec.covers(&pool.name, labels))
    };
    for family in Family::BOTH {
        let pools: Vec<&Pool> = around.pools.iter().filter(announced).collect();
        let Some(network) = smallest(family, around, &pools) else { continue };
        match (family, around.subnet(family)) {
            (_, Subnet::Known(_)) => {}
            (Family::V4, Subnet::Unknown(_)) => around.v4 = Subnet::Known(vec![network]),
            (Family::V6, Subnet::Unknown(_)) => around.v6 = Subnet::Known(vec![network]),
        }
    }
}

fn smallest(family: Family, around: &Surroundings, pools: &[&Pool]) -> Option<Network> {
    let ends = |range: &Range| [range.first(), range.last()];
    let of_pools: Vec<IpAddr> = pools.iter().flat_map(|pool| &pool.ranges).flat_map(ends).collect();
    let of_nodes: Vec<IpAddr> = around.nodes.iter().flat_map(|node| node.internal.clone()).collect();
    let [of_pools, of_nodes] =
        [of_pools, of_nodes].map(|all| all.into_iter().filter(|own| Family::of(*own) == family).collect::<Vec<_>>());
    let (first, _) = (of_nodes.first()?, of_pools.first()?);
    let mut network = IpNet::from(*first);
    while !of_nodes.iter().chain(&of_pools).all(|address| network.contains(address)) {
        network = network.supernet()?;
    }
    let named: Vec<&str> = pools.iter().map(|pool| pool.name.as_str()).collect();
    let source = format!("the smallest that holds the nodes and pool {}", named.join(", "));
    Some(Network { network: network.trunc(), source, gateway: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(name: &str, status: &Value, spec: &Value) -> Node {
        serde_json::from_value(json!({ "metadata": { "name": name }, "spec": spec, "status": status })).unwrap()
    }

    fn service(raw: Value) -> Seen<Service> {
        Seen { object: serde_json::from_value(raw.clone()).unwrap(), raw }
    }

    #[test]
    fn a_node_tells_its_addresses_and_its_pods_range() {
        let addresses_of = json!({ "addresses": [
            { "type": "Hostname", "address": "lab-1" }, { "type": "InternalIP", "address": "172.30.0.2" },
            { "type": "InternalIP", "address": "fd00::2" }, { "type": "ExternalIP", "address": "8.8.4.4" } ] });
        let node = node(
            "lab-1",
            &addresses_of,
            &json!({ "podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24", "fd01::/64"] }),
        );
        let read = addresses(&node);
        assert_eq!(read.internal, ["172.30.0.2", "fd00::2"].map(|text| text.parse::<IpAddr>().unwrap()));
        assert_eq!(read.external, ["8.8.4.4".parse::<IpAddr>().unwrap()]);
        let ranges: Vec<String> = pod_ranges(&node).iter().map(|pods| pods.range.to_string()).collect();
        assert_eq!(ranges, ["10.244.0.0/24", "fd01::/64"]);
    }

    #[test]
    fn only_the_one_pod_range_of_old_counts_where_there_are_no_others() {
        let old = node("lab-1", &json!({}), &json!({ "podCIDR": "10.244.0.0/24" }));
        assert_eq!(pod_ranges(&old).len(), 1);
        assert_eq!(pod_ranges(&node("lab-1", &json!({}), &json!({}))), []);
    }

    #[test]
    fn a_subnet_is_given_for_its_own_family_only() {
        let (v4, v6) = subnets(Some("172.30.0.0/24".parse().unwrap()));
        assert!(matches!(v4, Subnet::Known(networks) if networks[0].source == "given by --subnet"));
        assert!(matches!(v6, Subnet::Unknown(_)));
        assert!(matches!(subnets(None), (Subnet::Unknown(_), Subnet::Unknown(_))));
    }

    #[test]
    fn ranges_of_services_are_read_from_their_objects() {
        let list = json!({ "items": [
            { "metadata": { "name": "kubernetes" }, "spec": { "cidrs": ["10.96.0.0/12", "fd02::/112"] } },
            { "metadata": { "name": "more" }, "spec": { "cidrs": ["10.200.0.0/16"] } } ] });
        let found: Vec<String> = cidrs(&list).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["10.96.0.0/12", "fd02::/112", "10.200.0.0/16"]);
    }

    #[test]
    fn without_ranges_the_families_are_those_that_somebody_has() {
        let headless =
            service(json!({ "metadata": { "name": "x" }, "spec": { "clusterIPs": ["None"], "ipFamilies": ["IPv4"] } }));
        assert_eq!(cluster_addresses(&headless), Vec::<IpAddr>::new());
        let at_least = ServiceRanges::AtLeast { addresses: vec!["10.96.0.1".parse().unwrap()], why: String::new() };
        assert_eq!(families(&at_least, &[headless], &[]), [Family::V4]);
        let pods = [PodRange { node: "lab-1".into(), range: "fd01::/64".parse().unwrap() }];
        assert_eq!(families(&at_least, &[], &pods), [Family::V4, Family::V6]);
        let known = ServiceRanges::Known(vec!["10.96.0.0/12".parse().unwrap()]);
        assert_eq!(families(&known, &[], &pods), [Family::V4]);
    }

    #[test]
    fn only_a_load_balancer_holds_addresses() {
        let with = |kind: &str| {
            service(json!({
                "metadata": { "name": "web", "namespace": "demo", "annotations": { "metallb.io/ip-allocated-from-pool": "lecture" } },
                "spec": { "type": kind }, "status": { "loadBalancer": { "ingress": [{ "ip": "172.30.0.200" }] } },
            }))
        };
        let found = held(&with("LoadBalancer"));
        assert_eq!(found[0].from_pool.as_deref(), Some("lecture"));
        assert_eq!(found[0].address, "172.30.0.200".parse::<IpAddr>().unwrap());
        assert_eq!(held(&with("NodePort")), []);
    }

    fn around(pool: &str) -> (Surroundings, Present) {
        let pool = json!({ "metadata": { "name": "lecture", "namespace": "metallb-system" }, "spec": { "addresses": [pool] } });
        let advertisement = json!({ "metadata": { "name": "a", "namespace": "metallb-system" }, "spec": {} });
        let present = Present {
            pools: vec![Seen { object: serde_json::from_value(pool.clone()).unwrap(), raw: pool }],
            l2_advertisements: vec![Seen {
                object: serde_json::from_value(advertisement.clone()).unwrap(),
                raw: advertisement,
            }],
            ..Present::default()
        };
        let own = |name: &str, address: &str| surroundings::Node {
            name: name.into(),
            internal: vec![address.parse().unwrap()],
            external: Vec::new(),
        };
        let nodes = vec![own("lab-1", "172.30.0.2"), own("lab-2", "172.30.0.3")];
        (Surroundings { nodes, pools: pools(&present), ..Surroundings::default() }, present)
    }

    #[test]
    fn a_pool_that_is_announced_tells_part_of_the_nodes_network() {
        let (mut around, present) = around("172.30.0.200-172.30.0.220");
        guess(&mut around, &present);
        assert_eq!(around.networks(Family::V4)[0].network.to_string(), "172.30.0.0/24");
        assert_eq!(around.networks(Family::V6), []);
    }

    #[test]
    fn a_pool_that_is_not_announced_tells_nothing() {
        let (mut around, present) = around("172.30.0.200-172.30.0.220");
        guess(&mut around, &Present { l2_advertisements: Vec::new(), ..present });
        assert_eq!(around.networks(Family::V4), []);
    }

    #[test]
    fn what_a_pool_says_is_read_as_metallb_reads_it() {
        let (_, present) = around("nonsense");
        let read = &pools(&present)[0];
        assert_eq!(
            (read.ranges.len(), &read.unreadable[..], read.auto_assign),
            (0, &["nonsense".to_owned()][..], true)
        );
    }
}
