//! Is there a Service of that name, and is it of type LoadBalancer?

use super::words::list;
use super::{Case, Hop, Id};

pub fn judge(case: &Case<'_>) -> Hop {
    let service = case.service;
    if !service.is_load_balancer() {
        let kind = service.spec().type_.as_deref().unwrap_or("ClusterIP");
        let patch = r#"'{"spec":{"type":"LoadBalancer"}}'"#;
        return Hop::failed(Id::Service, format!("its type is {kind}, and only type LoadBalancer gets an address"))
            .hint(format!("{} patch service {} -p {patch}", case.kubectl(), service.name()));
    }
    let ports: Vec<String> = service
        .ports()
        .iter()
        .map(|port| format!("{}/{}", port.port, port.protocol.as_deref().unwrap_or("TCP")))
        .collect();
    Hop::ok(Id::Service, format!("type LoadBalancer, port {}", list(&ports)))
}

/// The hop where there is no such Service; `others` are those that there are, as (namespace, name).
pub fn missing(namespace: &str, name: &str, others: &[(String, String)]) -> Hop {
    let hop = Hop::failed(Id::Service, format!("there is no Service {name} in namespace {namespace}"));
    let elsewhere: Vec<&str> =
        others.iter().filter(|(_, other)| other == name).map(|(namespace, _)| namespace.as_str()).collect();
    if let Some(namespace) = elsewhere.first() {
        return hop.hint(format!(
            "there is one in namespace {}: kubectl lab metallb verify {namespace}/{name}",
            list(&elsewhere)
        ));
    }
    let here = others.iter().filter(|(there, _)| there == namespace).map(|(_, name)| name.as_str());
    match lab::nearest(name, here) {
        Some(near) => hop.hint(format!("there is one called {near}: kubectl lab metallb verify {namespace}/{near}")),
        None => hop.hint(format!("see what there is with: kubectl -n {namespace} get services")),
    }
}
