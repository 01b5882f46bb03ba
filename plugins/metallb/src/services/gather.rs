//! Reading Services and what there is about them elsewhere.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Event, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use lab::{Reader, Result, Seen, Selection};

use super::{LoadBalancer, announcer, endpoint, event};
use crate::resources::ServiceL2Status;

/// So many names fit into one request.
const NAMES: usize = 50;

/// Services of type LoadBalancer, in the order of their names; everywhere without a namespace.
pub async fn list(reader: &Reader<'_>, namespace: Option<&str>, labels: Option<&str>) -> Result<Vec<LoadBalancer>> {
    let selection = Selection { namespace, labels, fields: Some("spec.type=LoadBalancer"), ..Selection::default() };
    let mut found: Vec<LoadBalancer> =
        reader.list::<Service>(selection).await?.into_iter().map(LoadBalancer::new).collect();
    found.sort_by_key(LoadBalancer::full_name);
    Ok(found)
}

/// One Service, of whatever type it is.
pub async fn get(reader: &Reader<'_>, namespace: &str, name: &str) -> Result<Option<LoadBalancer>> {
    Ok(reader.get::<Service>(Some(namespace), name).await?.map(LoadBalancer::new))
}

/// Fills in who announces them, their endpoints and their events. `has_statuses`: MetalLB is of a release that says who
/// announces what.
pub async fn look_around(reader: &Reader<'_>, services: &mut [LoadBalancer], has_statuses: bool) -> Result<()> {
    if services.is_empty() {
        return Ok(());
    }
    let statuses = match has_statuses {
        true => reader.list_if_served::<ServiceL2Status>(Selection::default()).await?,
        false => None,
    };
    let mut namespaces: BTreeMap<String, Vec<&mut LoadBalancer>> = BTreeMap::new();
    for service in services {
        namespaces.entry(service.namespace().to_owned()).or_default().push(service);
    }
    for (namespace, services) in &mut namespaces {
        for some in services.chunks_mut(NAMES) {
            endpoints(reader, namespace, some).await?;
        }
        events(reader, namespace, services).await?;
    }
    for service in namespaces.into_values().flatten() {
        service.announcers = match &statuses {
            Some(statuses) => announcers(service, statuses),
            None => announcer::by_event(&service.events).into_iter().collect(),
        };
    }
    Ok(())
}

async fn endpoints(reader: &Reader<'_>, namespace: &str, services: &mut [&mut LoadBalancer]) -> Result<()> {
    const NAME: &str = "kubernetes.io/service-name";
    let names: Vec<&str> = services.iter().map(|service| service.name()).collect();
    let labels = match names[..] {
        [name] => format!("{NAME}={name}"),
        _ => format!("{NAME} in ({})", names.join(",")),
    };
    let slices = reader.list::<EndpointSlice>(Selection::in_namespace(namespace).labels(&labels)).await?;
    for service in services {
        let name = service.name();
        let is_its = |slice: &&EndpointSlice| {
            slice.metadata.labels.as_ref().and_then(|labels| labels.get(NAME)).map(String::as_str) == Some(name)
        };
        service.endpoints = endpoint::endpoints(slices.iter().map(|seen| &seen.object).filter(is_its));
    }
    Ok(())
}

async fn events(reader: &Reader<'_>, namespace: &str, services: &mut [&mut LoadBalancer]) -> Result<()> {
    let fields = match services {
        [service] => format!("involvedObject.kind=Service,involvedObject.name={}", service.name()),
        _ => "involvedObject.kind=Service".to_owned(),
    };
    let events = reader.list::<Event>(Selection::in_namespace(namespace).fields(&fields)).await?;
    for service in services {
        service.events = of_service(&events, &service.service.object);
    }
    Ok(())
}

/// Those of a Service of the same name that is gone are not about this one.
fn of_service(events: &[Seen<Event>], service: &Service) -> Vec<event::Told> {
    let uid = service.metadata.uid.as_deref();
    let is_its = |event: &&Event| {
        let about = &event.involved_object;
        about.name == service.metadata.name && (about.uid.is_none() || about.uid.as_deref() == uid)
    };
    let mut told: Vec<event::Told> = events.iter().map(|seen| &seen.object).filter(is_its).map(event::read).collect();
    told.sort_by_key(|told| told.at);
    told
}

/// Where MetalLB writes these, its silence is an answer too.
fn announcers(service: &LoadBalancer, statuses: &[Seen<ServiceL2Status>]) -> Vec<announcer::Announcer> {
    let its = (service.namespace(), service.name());
    let own = statuses.iter().map(|seen| &seen.object).filter(|status| announcer::service_of(status) == its);
    let mut found: Vec<announcer::Announcer> = own.map(announcer::by_status).collect();
    found.sort_by(|a, b| a.node.cmp(&b.node));
    found
}

#[cfg(test)]
impl LoadBalancer {
    pub fn of(raw: &serde_json::Value) -> LoadBalancer {
        let object = serde_json::from_value(raw.clone()).unwrap_or_else(|error| panic!("{error}: {raw}"));
        LoadBalancer::new(Seen { object, raw: raw.clone() })
    }
}
