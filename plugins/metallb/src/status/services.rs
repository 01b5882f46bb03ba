//! The Services: their addresses, who announces them, and what is wrong.

use lab::Table;
use serde::Serialize;

use crate::chain::{Case, Id, State, World, age, judge};
use crate::services::{LoadBalancer, port_words};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    namespace: String,
    name: String,
    /// Names, where another load balancer gives those.
    addresses: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<String>,
    announced_by: Vec<Announcer>,
    ports: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    external_traffic_policy: String,
    endpoints: Endpoints,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip)]
    age: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Announcer {
    node: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    interfaces: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoints {
    ready: usize,
    all: usize,
}

/// Why it does not work: the first hop that fails.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    hop: Id,
    cause: String,
}

/// What is said of MetalLB as a whole is not said again of each Service.
pub fn row(world: &World, service: &LoadBalancer, general: &[String]) -> Service {
    let hops = judge(&Case { world, service, pods: None });
    let failed = hops.iter().find(|hop| hop.state == State::Failed);
    let warnings = hops.iter().flat_map(|hop| &hop.warnings).filter(|warning| !general.contains(warning)).cloned();
    let addresses = service.addresses().iter().map(ToString::to_string).collect::<Vec<_>>().into_iter();
    let announcers = service
        .announcers
        .iter()
        .map(|announcer| Announcer { node: announcer.node.clone(), interfaces: announcer.interfaces.clone() });
    let created = service.service.object.metadata.creation_timestamp.as_ref();
    Service {
        namespace: service.namespace().to_owned(),
        name: service.name().to_owned(),
        addresses: addresses.chain(service.hostnames().into_iter().map(str::to_owned)).collect(),
        pool: service.origin(&crate::around::pools(&world.present)).pool().map(str::to_owned),
        announced_by: announcers.collect(),
        ports: service.ports().iter().map(port_words).collect(),
        class: service.class().map(str::to_owned),
        external_traffic_policy: if service.is_local() { "Local".into() } else { "Cluster".into() },
        endpoints: Endpoints { ready: service.serving().count(), all: service.endpoints.len() },
        failure: failed.map(|hop| Failure { hop: hop.id, cause: hop.said.clone() }),
        warnings: warnings.collect(),
        age: created.map_or_else(|| "<unknown>".into(), |created| age(world.now, created.0)),
    }
}

impl Service {
    fn announcers(&self) -> String {
        let words: Vec<String> = self
            .announced_by
            .iter()
            .map(|one| match one.interfaces.is_empty() {
                true => one.node.clone(),
                false => format!("{} ({})", one.node, one.interfaces.join(",")),
            })
            .collect();
        joined(&words, "<none>")
    }

    /// Why it does not work, and else what is worth a word.
    fn trouble(&self) -> String {
        let failure = self.failure.iter().map(|failure| failure.cause.as_str());
        failure.chain(self.warnings.iter().map(String::as_str)).collect::<Vec<_>>().join("; ")
    }
}

fn joined(words: &[String], none: &str) -> String {
    if words.is_empty() { none.to_owned() } else { words.join(",") }
}

pub fn table(services: &[Service], wide: bool) -> String {
    let mut head = vec!["NAMESPACE", "NAME", "ADDRESS", "POOL", "ANNOUNCED-BY", "PORTS"];
    if wide {
        head.extend(["POLICY", "READY", "CLASS", "AGE"]);
    }
    head.push("WARNING");
    let mut table = Table::with_headings(head);
    for service in services {
        let mut cells = vec![
            service.namespace.clone(),
            service.name.clone(),
            joined(&service.addresses, "<pending>"),
            service.pool.clone().unwrap_or_else(|| "<none>".into()),
            service.announcers(),
            joined(&service.ports, "<none>"),
        ];
        if wide {
            cells.extend([
                service.external_traffic_policy.clone(),
                format!("{}/{}", service.endpoints.ready, service.endpoints.all),
                service.class.clone().unwrap_or_else(|| "<none>".into()),
                service.age.clone(),
            ]);
        }
        cells.push(service.trouble());
        table.row(cells);
    }
    table.to_string()
}
