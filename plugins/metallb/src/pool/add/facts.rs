//! Looking: MetalLB as it is, and what is around the pool that is to be made.

use k8s_openapi::api::core::v1::{Node, Service};
use lab::temporary::Temporary;
use lab::{Reader, Result, Selection};

use super::args::Args;
use crate::addresses::surroundings::Surroundings;
use crate::present::{self, Present};
use crate::services::LoadBalancer;
use crate::{around, network};

#[derive(Clone, Debug)]
pub struct Facts {
    /// Names this run on what it creates.
    pub run: String,
    pub nodes: Vec<Node>,
    pub present: Present,
    pub around: Surroundings,
    /// Those of type LoadBalancer.
    pub services: Vec<LoadBalancer>,
    /// The Jobs of this run.
    pub looks: Vec<Temporary>,
}

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let present = present::look(reader).await?;
    let nodes = reader.list::<Node>(Selection::default()).await?;
    let services = reader.list::<Service>(Selection::default()).await?;
    let mut around = around::surroundings(reader, &nodes, &services, &present, args.network.subnet, &args.name).await?;
    let looks = reader.temporary().await?;
    network::learn(&mut around, &looks);
    let nodes = nodes.into_iter().map(|seen| seen.object).collect();
    let services = services.into_iter().map(LoadBalancer::new).filter(LoadBalancer::is_load_balancer).collect();
    Ok(Facts { run: reader.run_id().to_owned(), nodes, present, around, services, looks })
}
