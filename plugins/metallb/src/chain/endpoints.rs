//! Do pods stand behind the Service that are ready? MetalLB announces no address without.

use lab_topics::service::nothing_behind;

use super::words::{count, list, pairs};
use super::{Case, Hop, Id};

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
    if let (Some(selector), None) = (selector, case.pods) {
        let said = match service.endpoints.len() {
            0 => "no pod stands behind it".to_owned(),
            number => format!("none of {} is ready", count(number, "endpoint")),
        };
        return Hop::failed(Id::Endpoints, said).hint(format!(
            "{} get pods -l {} -o wide",
            case.kubectl(),
            pairs(selector)
        ));
    }
    match nothing_behind(&service.service.object, &[], case.pods.unwrap_or_default()) {
        Some(trouble) => trouble.hints.into_iter().fold(Hop::failed(Id::Endpoints, trouble.said), Hop::hint),
        None => Hop::failed(Id::Endpoints, "nothing stands behind it"),
    }
}
