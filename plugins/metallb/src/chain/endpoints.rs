//! Do pods stand behind the Service that are ready? MetalLB announces no address without.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Pod, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use lab_topics::service::why_not_ready;

use super::words::{count, list, pairs};
use super::{Case, Hop, Id};
use crate::resources::name;

type Labels = BTreeMap<String, String>;

pub fn judge(case: &Case<'_>) -> Hop {
    let all = &case.service.endpoints;
    let serving = case.service.serving().count();
    if serving == 0 {
        return none(case);
    }
    let mut nodes: Vec<&str> = case.service.serving().filter_map(|endpoint| endpoint.node.as_deref()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let place = if nodes.is_empty() { String::new() } else { format!(", on {}", list(&nodes)) };
    let hop = Hop::ok(Id::Endpoints, format!("{serving} of {} ready{place}", count(all.len(), "endpoint")));
    let unready = all.len() - serving;
    hop.warn((unready > 0).then(|| format!("{unready} of {} not ready", count(all.len(), "endpoint"))))
}

fn none(case: &Case<'_>) -> Hop {
    let service = case.service;
    let selector = service.spec().selector.as_ref().filter(|selector| !selector.is_empty());
    let Some(selector) = selector else {
        let said = "it has no selector, and nobody has made EndpointSlices for it by hand";
        return Hop::failed(Id::Endpoints, said).hint(format!("{} get endpointslices", case.kubectl()));
    };
    let get = format!("{} get pods -l {} -o wide", case.kubectl(), pairs(selector));
    let Some(pods) = case.pods else {
        let said = match service.endpoints.len() {
            0 => "no pod stands behind it".to_owned(),
            number => format!("none of {} is ready", count(number, "endpoint")),
        };
        return Hop::failed(Id::Endpoints, said).hint(get);
    };
    let has = |pod: &&Pod| {
        let labels = pod.metadata.labels.as_ref();
        selector.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    };
    let selected: Vec<&Pod> = pods.iter().filter(has).filter(|pod| !is_over(pod)).collect();
    if selected.is_empty() {
        return selects_nothing(case, selector, pods);
    }
    let troubles: Vec<(&str, String)> =
        selected.iter().filter_map(|pod| Some((name(&pod.metadata), why_not_ready(pod)?))).collect();
    if troubles.len() < selected.len() {
        return without_port(case, &selected).unwrap_or_else(|| {
            Hop::failed(Id::Endpoints, "its pods are ready, and no EndpointSlice has them yet").hint(get)
        });
    }
    let (pod, why) = &troubles[0];
    let others = troubles.len() - 1;
    let others = if others == 0 { String::new() } else { format!(" (and {others} more)") };
    Hop::failed(Id::Endpoints, format!("none of its {} is ready: {pod}{others}: {why}", count(selected.len(), "pod")))
        .hint(format!("{} describe pod {pod}", case.kubectl()))
}

/// Its work is done; it gets no packets any more.
fn is_over(pod: &Pod) -> bool {
    matches!(pod.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"))
}

fn selects_nothing(case: &Case<'_>, selector: &Labels, pods: &[Pod]) -> Hop {
    let said = format!("its selector {} matches no pod in namespace {}", pairs(selector), case.service.namespace());
    let alive: Vec<&Labels> =
        pods.iter().filter(|pod| !is_over(pod)).filter_map(|pod| pod.metadata.labels.as_ref()).collect();
    let show = format!("{} get pods --show-labels", case.kubectl());
    match near(selector, &alive) {
        Some((key, value)) => {
            let wrong = selector.iter().find(|(known, own)| *known == &key && *own != &value);
            let patch = match wrong {
                Some(_) => format!(r#"'{{"spec":{{"selector":{{"{key}":"{value}"}}}}}}'"#),
                None => {
                    return Hop::failed(Id::Endpoints, format!("{said}; there are pods with {key}={value}")).hint(show);
                }
            };
            Hop::failed(Id::Endpoints, format!("{said}; there are pods with {key}={value}")).hint(format!(
                "{} patch service {} -p {patch}",
                case.kubectl(),
                case.service.name()
            ))
        }
        None if alive.is_empty() && pods.is_empty() => {
            Hop::failed(Id::Endpoints, format!("{said}; there is no pod at all")).hint(show)
        }
        None => Hop::failed(Id::Endpoints, said).hint(show),
    }
}

/// The label of a pod that was probably meant: another value of the same key, or another key with that value.
fn near(selector: &Labels, pods: &[&Labels]) -> Option<(String, String)> {
    for (key, value) in selector {
        let values = pods.iter().filter_map(|labels| labels.get(key)).map(String::as_str);
        if let Some(near) = lab::nearest(value, values).filter(|near| near != value) {
            return Some((key.clone(), near.to_owned()));
        }
        let keys = pods.iter().flat_map(|labels| labels.iter()).filter(|(_, other)| *other == value);
        if let Some((other, _)) = keys.into_iter().find(|(other, _)| *other != key) {
            return Some((other.clone(), value.clone()));
        }
    }
    None
}

/// A port that goes by a name that no container's port has.
fn without_port(case: &Case<'_>, pods: &[&Pod]) -> Option<Hop> {
    let containers = pods.iter().filter_map(|pod| pod.spec.as_ref()).flat_map(|spec| &spec.containers);
    let ports: BTreeSet<&str> =
        containers.flat_map(|one| one.ports.iter().flatten()).filter_map(|port| port.name.as_deref()).collect();
    let ports: Vec<&str> = ports.into_iter().collect();
    let wanted = |port: &ServicePort| match &port.target_port {
        Some(IntOrString::String(name)) if !ports.contains(&name.as_str()) => Some((port.port, name.clone())),
        _ => None,
    };
    let (number, missing) = case.service.ports().iter().find_map(wanted)?;
    let there = if ports.is_empty() { "they name none".to_owned() } else { format!("they have {}", list(&ports)) };
    let said = format!("port {number} goes to the port that its pods call {missing}, and none does; {there}");
    Some(Hop::failed(Id::Endpoints, said).hint(format!("{} edit service {}", case.kubectl(), case.service.name())))
}
