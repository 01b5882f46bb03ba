//! Why a range is proposed, in words.

use std::net::IpAddr;

use super::range::{Family, Range, amount, number};
use super::surroundings::{Network, Node, Surroundings};

pub fn reasons(range: &Range, place: &str, network: &Network, around: &Surroundings) -> Vec<String> {
    let (shown, source) = (network.network.trunc(), &network.source);
    let count = amount(range.size());
    let mut reasons = vec![format!("{count} {place} {shown}, the nodes' network ({source})")];
    reasons.extend(clear_of(network, around).map(|all| format!("clear of {all}")));
    if network.gateway.is_none() {
        reasons.push(match range.family() {
            Family::V4 => {
                "the gateway is unknown; the first and the last address, where it usually is, are left out".into()
            }
            Family::V6 => "the gateway is unknown; the first address, where it usually is, is left out".to_owned(),
        });
    }
    reasons.push(dhcp(range, network));
    reasons
}

/// What is on the network, as far as the cluster knows.
fn clear_of(network: &Network, around: &Surroundings) -> Option<String> {
    let here = |address: &IpAddr| network.range().contains(*address);
    let mut all = Vec::new();
    let mut nodes: Vec<IpAddr> = around.nodes.iter().flat_map(Node::addresses).filter(here).collect();
    nodes.sort_unstable();
    nodes.dedup();
    match nodes[..] {
        [] => {}
        [only] => all.push(format!("the node ({only})")),
        [_, _] | [_, _, _] => {
            let listed: Vec<String> = nodes.iter().map(ToString::to_string).collect();
            all.push(format!("the nodes ({})", listed.join(", ")));
        }
        _ => all.push(format!("the {} addresses of nodes", nodes.len())),
    }
    all.extend(network.gateway.map(|gateway| format!("the gateway ({gateway})")));
    let api_server = around.api_server.filter(here).filter(|address| !nodes.contains(address));
    all.extend(api_server.map(|address| format!("the API server ({address})")));
    let is_here = |range: &Range| range.overlaps(&network.range());
    let pools = around.pools.iter().filter(|pool| pool.ranges.iter().any(is_here));
    all.extend(pools.map(|pool| format!("pool {}", pool.full_name())));
    let held = around.held.iter().filter(|held| here(&held.address));
    match held.count() {
        0 => {}
        1 => all.push("the address that a Service has".to_owned()),
        count => all.push(format!("the {count} addresses that Services have")),
    }
    let last = all.pop()?;
    Some(if all.is_empty() { last } else { format!("{} and {last}", all.join(", ")) })
}

/// Where DHCP servers usually give out addresses: routers often from .100 to .199, the networks of virtual machines
/// (VirtualBox, VMware) in the upper half.
fn dhcp(range: &Range, network: &Network) -> String {
    let first = range.first();
    if range.family() == Family::V6 || network.network.prefix_len() != 24 {
        return "see that no DHCP server gives these out".to_owned();
    }
    match number(first) % 256 {
        200.. => format!(
            "above .100 to .199, where routers often give out addresses by DHCP; see that yours stops below {first}"
        ),
        0..100 => {
            "below .100, for networks whose DHCP server gives out the upper half, as those of VirtualBox and VMware do"
                .to_owned()
        }
        _ => "see that no DHCP server gives these out: many do so in this part of a network".to_owned(),
    }
}
