//! Looking at the Service and everything that its address depends on.

use k8s_openapi::api::core::v1::{Pod, Service};
use lab::{Error, Reader, Result, Selection};

use super::args::Args;
use super::facts::Facts;
use super::here;
use crate::chain;
use crate::release::Behaviour;
use crate::resources::name;
use crate::services;

pub async fn gather(reader: &Reader<'_>, args: &Args) -> Result<Facts> {
    let namespace = namespace(reader, args)?;
    let mut facts = Facts {
        run: reader.run_id().to_owned(),
        world: chain::look(reader).await?,
        service: services::get(reader, &namespace, &args.service.name).await?,
        others: Vec::new(),
        pods: Vec::new(),
        looks: reader.temporary().await?,
        here: None,
        namespace,
    };
    let version = facts.world.present.version();
    let has_statuses = version.is_none_or(|version| Behaviour::of(version).tells_who_announces);
    match &mut facts.service {
        None => facts.others = others(reader).await?,
        Some(service) => {
            services::look_around(reader, std::slice::from_mut(service), has_statuses).await?;
            let pods = reader.list::<Pod>(Selection::in_namespace(&facts.namespace)).await?;
            facts.pods = pods.into_iter().map(|seen| seen.object).collect();
        }
    }
    if let Some(port) = &args.port
        && facts.service.is_some()
        && let Err(why) = facts.port(args)
    {
        return Err(Error::usage(format!(
            "could not ask port {port} of Service {}/{}",
            facts.namespace, args.service.name
        ))
        .cause(why));
    }
    facts.here = here::ask(args, &facts).await;
    Ok(facts)
}

fn namespace(reader: &Reader<'_>, args: &Args) -> Result<String> {
    match (&args.service.namespace, reader.given_namespace()) {
        (Some(named), Some(given)) if named != given => Err(Error::usage(format!(
            "two namespaces were given: {named} before the Service's name, and {given} by -n"
        ))),
        (Some(named), _) => Ok(named.clone()),
        (None, _) => Ok(reader.namespace().to_owned()),
    }
}

async fn others(reader: &Reader<'_>) -> Result<Vec<(String, String)>> {
    let all = reader.list::<Service>(Selection::default()).await?;
    let names = all.into_iter().map(|seen| seen.object.metadata);
    Ok(names.map(|metadata| (metadata.namespace.clone().unwrap_or_default(), name(&metadata).to_owned())).collect())
}
