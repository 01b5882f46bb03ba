//! Asking from this machine, and finding out where it is and whether it can be believed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use k8s_openapi::api::core::v1::Node;
use lab::here::{self, Heard};

use super::args::{Args, From};
use super::facts::{Facts, FromHere, Place};
use crate::addresses::range::Range;
use crate::addresses::used::hands_out;
use crate::resources::name;
use crate::services;
use crate::speakers::speakers;

const PATIENCE: Duration = Duration::from_secs(3);
/// For a first connection, and for another if that came to nothing.
const PATIENCES: [Duration; 2] = [Duration::from_secs(1), PATIENCE];
/// Hardly a Service has that port.
const DISCARD: u16 = 9;
/// What answers in everybody's name is near.
const SHORT: Duration = Duration::from_secs(1);

/// Once, when nothing else is left to be found out.
pub async fn ask(args: &Args, facts: &Facts) -> Option<FromHere> {
    let asked = |from: &From| facts.look(from.hop()).is_some_and(lab::temporary::Temporary::is_over);
    let last = args.from.iter().filter(|from| **from != From::Here).all(asked);
    if !args.from.contains(&From::Here) || !last || !facts.is_promising(args) {
        return None;
    }
    let sockets = facts.sockets(args).ok()?;
    let https = facts.port(args).is_ok_and(is_https);
    let mut heard = Vec::new();
    for socket in sockets {
        heard.push((socket, here::ask_twice(socket, https, PATIENCES).await));
    }
    let is_silent = |heard: &Heard| matches!(heard.reply, here::Reply::TimedOut | here::Reply::NoRoute);
    let silent = heard.iter().find(|(_, heard)| is_silent(heard)).map(|(socket, _)| socket.ip());
    let node = match silent.and_then(|silent| kubelet(facts, silent)) {
        Some(node) => Some((node, here::reaches(node, PATIENCE).await)),
        None => None,
    };
    let nobody = match nobody(facts, &heard).filter(|_| silent.is_none()) {
        Some(nobody) => Some((nobody, here::takes_connections(nobody, SHORT).await)),
        None => None,
    };
    let place = place(&facts.world.nodes, &heard, here::is_in_pod());
    Some(FromHere { heard, place, nobody, node })
}

/// What no Service has: another address of the pool at the same port, or else another port.
fn nobody(facts: &Facts, heard: &[(SocketAddr, Heard)]) -> Option<SocketAddr> {
    let (socket, _) = heard.first()?;
    let pools = crate::around::pools(&facts.world.present);
    let pool = pools.iter().find(|pool| hands_out(pool, socket.ip()))?;
    let held = facts.world.services.iter().flat_map(services::LoadBalancer::addresses);
    let taken: Vec<Range> = held.chain(facts.world.nodes.iter().flat_map(addresses)).map(Range::from).collect();
    let free = pool.ranges.iter().flat_map(|range| range.minus(&taken));
    let mut alike =
        free.map(|range| range.last()).filter(|last| last.is_ipv4() == socket.is_ipv4() && hands_out(pool, *last));
    let other_port = || SocketAddr::new(socket.ip(), if socket.port() == DISCARD { DISCARD + 1 } else { DISCARD });
    Some(alike.next_back().map_or_else(other_port, |address| SocketAddr::new(address, socket.port())))
}

fn is_https(port: &k8s_openapi::api::core::v1::ServicePort) -> bool {
    let named = |text: &Option<String>| text.as_deref().is_some_and(|text| text.to_lowercase().starts_with("https"));
    matches!(port.port, 443 | 8443) || named(&port.name) || named(&port.app_protocol)
}

fn addresses(node: &Node) -> impl Iterator<Item = IpAddr> {
    let all = node.status.as_ref().and_then(|status| status.addresses.as_deref()).unwrap_or_default();
    all.iter().filter_map(|one| one.address.parse().ok())
}

/// Every node's kubelet listens; one of a node that is Ready, and of the same family, will do.
fn kubelet(facts: &Facts, like: IpAddr) -> Option<SocketAddr> {
    let all = speakers(&facts.world.nodes, &facts.world.present);
    all.iter().filter(|speaker| speaker.is_ready()).find_map(|speaker| {
        let port = speaker.node.status.as_ref()?.daemon_endpoints.as_ref()?.kubelet_endpoint.as_ref()?.port;
        let address = addresses(speaker.node).find(|address| address.is_ipv4() == like.is_ipv4())?;
        Some(SocketAddr::new(address, u16::try_from(port).ok()?))
    })
}

/// `in_pod`: of whichever cluster. Not every network plugin gives its pods addresses out of the nodes' ranges.
fn place(nodes: &[Node], heard: &[(SocketAddr, Heard)], in_pod: bool) -> Place {
    let from = heard.iter().find_map(|(_, heard)| heard.from);
    let known: Vec<(&str, Vec<IpAddr>)> =
        nodes.iter().map(|node| (name(&node.metadata), addresses(node).collect())).collect();
    if let Some((node, _)) = known.iter().find(|(_, addresses)| addresses.iter().any(|address| here::is_own(*address)))
    {
        return Place::Node((*node).to_owned());
    }
    match from {
        Some(from) if heard.iter().any(|(socket, _)| socket.ip() == from) => Place::Owner,
        Some(from) if in_pod_range(nodes, from) => Place::Pod,
        Some(from) if !in_pod && known.iter().any(|(_, addresses)| !addresses.is_empty()) => Place::OffNodes(from),
        _ => Place::Unknown,
    }
}

fn in_pod_range(nodes: &[Node], from: IpAddr) -> bool {
    let specs = nodes.iter().filter_map(|node| node.spec.as_ref());
    let ranges = specs.flat_map(|spec| spec.pod_cidrs.iter().flatten().chain(&spec.pod_cidr));
    ranges.into_iter().filter_map(|text| Range::in_pool(text)).any(|range| range.contains(from))
}

#[cfg(test)]
mod tests {
    use lab::here::Reply;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_is_off_the_nodes_only_where_it_is_known_whose_it_is() {
        let node = json!({
            "metadata": { "name": "lab-1" }, "spec": { "podCIDR": "10.244.1.0/24" },
            "status": { "addresses": [{ "type": "InternalIP", "address": "203.0.113.2" }] },
        });
        let nodes = [serde_json::from_value(node).unwrap()];
        let from = |address: [u8; 4]| {
            let heard = Heard { from: Some(address.into()), reply: Reply::Http(200), took: Duration::ZERO };
            vec![(SocketAddr::from(([203, 0, 113, 200], 80)), heard)]
        };
        let off = Place::OffNodes([198, 51, 100, 7].into());
        assert_eq!(place(&nodes, &from([198, 51, 100, 7]), false), off);
        assert_eq!(place(&nodes, &from([198, 51, 100, 7]), true), Place::Unknown);
        assert_eq!(place(&nodes, &from([10, 244, 1, 9]), true), Place::Pod);
    }
}
