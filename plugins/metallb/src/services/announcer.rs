//! Which node announces a Service's address, by MetalLB's own word.

use crate::resources::ServiceL2Status;
use lab::Timestamp;

use super::event::Told;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcer {
    pub node: String,
    /// Empty: all of the node's.
    pub interfaces: Vec<String>,
    pub source: Source,
}

/// How it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A ServiceL2Status, which lives as long as the node announces.
    Status,
    /// An event: so it was then.
    Event(Option<Timestamp>),
}

/// Namespace and name of the Service that it is about.
pub fn service_of(status: &ServiceL2Status) -> (&str, &str) {
    let label = |key: &str| status.metadata.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
    (
        label("metallb.io/service-namespace").unwrap_or(&status.status.service_namespace),
        label("metallb.io/service-name").unwrap_or(&status.status.service_name),
    )
}

pub fn by_status(status: &ServiceL2Status) -> Announcer {
    let label = status.metadata.labels.as_ref().and_then(|labels| labels.get("metallb.io/node"));
    let node =
        if status.status.node.is_empty() { label.cloned().unwrap_or_default() } else { status.status.node.clone() };
    let interfaces = status.status.interfaces.iter().map(|interface| interface.name.clone()).collect();
    Announcer { node, interfaces, source: Source::Status }
}

/// Releases without ServiceL2Status only say it in an event: the last one counts.
pub fn by_event(events: &[Told]) -> Option<Announcer> {
    let told = events.iter().rev().find(|told| told.reason == "nodeAssigned")?;
    let (_, rest) = told.message.split_once("announcing from node \"")?;
    let (node, rest) = rest.split_once('"')?;
    let layer2 = !rest.contains("protocol") || rest.contains("\"layer2\"");
    let source = Source::Event(told.at);
    layer2.then(|| Announcer { node: node.to_owned(), interfaces: Vec::new(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_event_names_the_node() {
        let told = |message: &str| Told { reason: "nodeAssigned".into(), message: message.into(), ..Told::default() };
        let node = |events: &[Told]| by_event(events).map(|announcer| announcer.node);
        let first = told(r#"announcing from node "lab-1" with protocol "layer2""#);
        let last = told(r#"announcing from node "lab-2" with protocol "layer2""#);
        assert_eq!(node(&[first.clone(), last]).as_deref(), Some("lab-2"));
        assert_eq!(node(&[told(r#"announcing from node "lab-3" with protocol "bgp""#)]), None);
        assert_eq!(node(&[told(r#"announcing from node "lab-4""#)]).as_deref(), Some("lab-4"));
        assert_eq!(node(&[]), None);
    }
}
