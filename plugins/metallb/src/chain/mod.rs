//! Why a Service of type LoadBalancer works or does not: the hops between asking for an address and an announcement of
//! it, in order, each judged in a file of its own. The first that fails is the cause; what lies behind is not looked at.

mod address;
mod advertisement;
mod announced;
mod class;
mod controller;
mod endpoints;
mod fit;
mod hop;
mod node;
mod pool;
#[cfg(test)]
pub mod sample;
mod service;
#[cfg(test)]
mod tests;
mod words;
mod world;

use k8s_openapi::api::core::v1::Pod;

use crate::addresses::surroundings::Pool;
use crate::services::{LoadBalancer, Prefixes};

pub use controller::{version, warnings};
pub use hop::{Hop, Id, State};
pub use pool::nodes_inside;
pub use words::{age, list};
pub use world::{World, look};

/// What a chain is made from.
#[derive(Clone, Copy, Debug)]
pub struct Case<'f> {
    pub world: &'f World,
    pub service: &'f LoadBalancer,
    /// Those of the Service's namespace, where they were read.
    pub pods: Option<&'f [Pod]>,
}

type Judge = fn(&Case<'_>) -> Hop;

const HOPS: [(Id, Judge); 9] = [
    (Id::Service, service::judge),
    (Id::Class, class::judge),
    (Id::Controller, controller::judge),
    (Id::Pool, pool::judge),
    (Id::Address, address::judge),
    (Id::Advertisement, advertisement::judge),
    (Id::Node, node::judge),
    (Id::Endpoints, endpoints::judge),
    (Id::Announced, announced::judge),
];

/// All hops up to the announcement.
pub fn judge(case: &Case<'_>) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    for (id, judge) in HOPS {
        let failed = hops.iter().any(|hop| hop.state == State::Failed);
        hops.push(if failed { Hop::not_looked_at(id) } else { judge(case) });
    }
    hops
}

/// The same where there is no such Service; `others` are those that there are, as (namespace, name).
pub fn without_service(namespace: &str, name: &str, others: &[(String, String)]) -> Vec<Hop> {
    let later = HOPS[1..].iter().map(|(id, _)| Hop::not_looked_at(*id));
    std::iter::once(service::missing(namespace, name, others)).chain(later).collect()
}

impl Case<'_> {
    /// Those that MetalLB heeds.
    fn pools(&self) -> Vec<Pool> {
        crate::around::pools(&self.world.present)
    }

    fn prefixes(&self) -> Prefixes {
        Prefixes::of(self.world.present.version())
    }

    fn kubectl(&self) -> String {
        format!("kubectl -n {}", self.service.namespace())
    }

    /// kubectl in MetalLB's namespace.
    fn kubectl_there(&self) -> String {
        format!("kubectl -n {}", self.world.present.namespace())
    }
}
