//! What there is around a Service, whichever one it is.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Namespace, Node};
use lab::{Reader, Result, Selection, Timestamp};

use crate::present::{self, Present};
use crate::resources::name;
use crate::services::{self, LoadBalancer};

pub type Labels = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub struct World {
    pub now: Timestamp,
    pub present: Present,
    pub nodes: Vec<Node>,
    /// All of type LoadBalancer, everywhere.
    pub services: Vec<LoadBalancer>,
    /// The namespaces' labels, read only where a pool selects by them.
    pub namespaces: BTreeMap<String, Labels>,
}

pub async fn look(reader: &Reader<'_>) -> Result<World> {
    let present = present::look_at_work(reader).await?;
    let nodes = reader.list::<Node>(Selection::default()).await?;
    let mut world = World {
        now: reader.now(),
        nodes: nodes.into_iter().map(|seen| seen.object).collect(),
        services: services::list(reader, None, None).await?,
        namespaces: BTreeMap::new(),
        present,
    };
    if world.selects_namespaces() {
        let namespaces = reader.list::<Namespace>(Selection::default()).await?;
        let labelled = namespaces.into_iter().map(|seen| seen.object.metadata);
        world.namespaces =
            labelled.map(|metadata| (name(&metadata).to_owned(), metadata.labels.unwrap_or_default())).collect();
    }
    Ok(world)
}

impl World {
    fn selects_namespaces(&self) -> bool {
        let allocations = self.present.pools.iter().filter_map(|pool| pool.object.spec.service_allocation.as_ref());
        allocations.into_iter().any(|allocation| !allocation.namespace_selectors.is_empty())
    }
}
