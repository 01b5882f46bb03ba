//! What is around a pool: whose addresses it must not take, and on which network it can be announced. Plain data,
//! filled in by `gather`; what could not be found out says so and why.

use std::net::IpAddr;

use ipnet::IpNet;

use super::range::{Family, Range, neighbour};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    pub nodes: Vec<Node>,
    /// The families that Services get; none if that is unknown, and then those of the nodes count.
    pub families: Vec<Family>,
    pub api_server: Option<IpAddr>,
    pub v4: Subnet,
    pub v6: Subnet,
    /// Empty where the nodes do not say (a network plug-in that gives out addresses by itself).
    pub pods: Vec<PodRange>,
    pub services: ServiceRanges,
    /// The pools that stay as they are: without the one that is about to be written.
    pub pools: Vec<Pool>,
    pub held: Vec<Held>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    /// Of type InternalIP.
    pub internal: Vec<IpAddr>,
    /// Of type ExternalIP.
    pub external: Vec<IpAddr>,
}

/// Where the nodes are on the wire, for one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subnet {
    Known(Vec<Network>),
    /// Why: "the nodes were not asked".
    Unknown(String),
}

impl Default for Subnet {
    fn default() -> Subnet {
        Subnet::Unknown("nobody looked for it".to_owned())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    pub network: IpNet,
    /// How it is known, as put in brackets behind it: "given by --subnet", "seen on node worker-1".
    pub source: String,
    pub gateway: Option<IpAddr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodRange {
    pub node: String,
    pub range: IpNet,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceRanges {
    Known(Vec<IpNet>),
    /// Only the addresses that Services have; their ranges hold at least these.
    AtLeast {
        addresses: Vec<IpAddr>,
        why: String,
    },
}

impl Default for ServiceRanges {
    fn default() -> ServiceRanges {
        ServiceRanges::AtLeast { addresses: Vec::new(), why: "nobody looked for them".to_owned() }
    }
}

/// An IPAddressPool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    pub namespace: String,
    pub name: String,
    pub ranges: Vec<Range>,
    /// What it says that is no range to MetalLB either.
    pub unreadable: Vec<String>,
    pub auto_assign: bool,
    pub avoid_buggy_ips: bool,
}

/// An address that a Service of type LoadBalancer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub namespace: String,
    pub name: String,
    pub address: IpAddr,
    /// The pool that MetalLB's annotation names; none if something else gave it, or nobody knows.
    pub from_pool: Option<String>,
}

impl Surroundings {
    pub fn subnet(&self, family: Family) -> &Subnet {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    pub fn networks(&self, family: Family) -> &[Network] {
        match self.subnet(family) {
            Subnet::Known(networks) => networks,
            Subnet::Unknown(_) => &[],
        }
    }

    /// The families in which a Service can have an address; none if nothing is known.
    pub fn families(&self) -> Vec<Family> {
        let of_nodes = || {
            let has = |family| self.nodes.iter().flat_map(|node| &node.internal).any(|own| Family::of(*own) == family);
            Family::BOTH.into_iter().filter(|family| has(*family)).collect()
        };
        if self.families.is_empty() { of_nodes() } else { self.families.clone() }
    }

    /// All that no pool may hold, whoever has it. What MetalLB gave to a Service is its own to give again.
    pub fn taken(&self) -> Vec<Range> {
        let nodes = self.nodes.iter().flat_map(Node::addresses);
        let networks = Family::BOTH.into_iter().flat_map(|family| self.networks(family));
        let special = networks.flat_map(|network| [network.gateway, network.base(), network.broadcast()]).flatten();
        let held = self.held.iter().filter(|held| held.from_pool.is_none()).map(|held| held.address);
        let addresses = nodes.chain(self.api_server).chain(special).chain(held).map(Range::from);
        let pods = self.pods.iter().map(|pods| Range::from(pods.range));
        let pools = self.pools.iter().flat_map(|pool| &pool.ranges).copied();
        addresses.chain(pods).chain(self.services.ranges()).chain(pools).collect()
    }
}

impl Node {
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.internal.iter().chain(&self.external).copied()
    }

    pub fn is_on(&self, network: &Network) -> bool {
        self.internal.iter().any(|own| network.range().contains(*own))
    }
}

impl Network {
    pub fn range(&self) -> Range {
        Range::from(self.network)
    }

    /// The address of the network itself; in IPv6 it belongs to every router on it. The shortest networks have none.
    pub fn base(&self) -> Option<IpAddr> {
        (!self.is_link()).then(|| self.network.network())
    }

    pub fn broadcast(&self) -> Option<IpAddr> {
        (!self.is_link() && Family::of(self.network.addr()) == Family::V4).then(|| self.network.broadcast())
    }

    /// What machines can have.
    pub fn hosts(&self) -> Option<Range> {
        let first = self.base().map_or(Some(self.network.network()), |base| neighbour(base, 1))?;
        let last = self.broadcast().map_or(Some(self.network.broadcast()), |last| neighbour(last, -1))?;
        Range::between(first, last)
    }

    /// From one machine to another, or one alone: every address is a machine's (RFC 3021, RFC 6164).
    fn is_link(&self) -> bool {
        self.network.prefix_len() + 1 >= self.network.max_prefix_len()
    }
}

impl ServiceRanges {
    pub fn ranges(&self) -> Vec<Range> {
        match self {
            ServiceRanges::Known(ranges) => ranges.iter().map(|range| Range::from(*range)).collect(),
            ServiceRanges::AtLeast { addresses, .. } => addresses.iter().map(|own| Range::from(*own)).collect(),
        }
    }
}

impl Pool {
    /// As kubectl and people name it.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}
