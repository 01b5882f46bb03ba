//! Looking: MetalLB as it is, and what is around the pool that is to be made.

use k8s_openapi::api::core::v1::{Node, Service};
use lab::{Reader, Result, Selection};

use super::args::Args;
use crate::addresses::surroundings::Surroundings;
use crate::around;
use crate::present::{self, Present};
use crate::services::LoadBalancer;

#[derive(Clone, Debug)]
pub struct Facts {
    /// Names this run on what it creates.
    pub run: String,
    pub present: Present,
    pub around: Surroundings,
    /// Those of type LoadBalancer.
    pub services: Vec<LoadBalancer>,
}

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let present = present::look(reader).await?;
    let nodes = reader.list::<Node>(Selection::default()).await?;
    let services = reader.list::<Service>(Selection::default()).await?;
    let around = around::surroundings(reader, &nodes, &services, &present, args.subnet, &args.name).await?;
    let services = services.into_iter().map(LoadBalancer::new).filter(LoadBalancer::is_load_balancer).collect();
    Ok(Facts { run: reader.run_id().to_owned(), present, around, services })
}
