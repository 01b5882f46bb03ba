//! Looking at MetalLB and its Services.

use lab::{Reader, Result};

use super::args::Args;
use super::facts::Facts;
use crate::chain;
use crate::release::Behaviour;
use crate::services;

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let world = chain::look(reader).await?;
    let namespace = reader.given_namespace().filter(|_| !args.all_namespaces);
    let chosen = namespace.is_some() || args.selector.is_some();
    let mut services = match chosen {
        true => services::list(reader, namespace, args.selector.as_deref()).await?,
        false => world.services.clone(),
    };
    let version = world.present.version();
    let has_statuses = version.is_none_or(|version| Behaviour::of(version).tells_who_announces);
    services::look_around(reader, &mut services, has_statuses).await?;
    Ok(Facts { world, services, chosen })
}
