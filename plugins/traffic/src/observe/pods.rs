//! One round of reading in the pods of nodes whose kubelets may not be asked, or know nothing.

use lab::{InPod, Reader, Result, Unread};

use super::Tell;
use super::asked::Asked;
use crate::event::Event;
use crate::facts::{Facts, Scope};
use crate::gather;
use crate::netdev;
use crate::pod::{Pod, PodName};

/// Each is a process in a container.
const MOST: usize = 100;

/// The namespaces in whose pods nothing may be read.
pub async fn ask(
    reader: &Reader<'_>,
    facts: &Facts,
    asked: &Asked,
    pods: Option<&[Pod]>,
    tell: Tell<'_>,
) -> Result<Vec<String>> {
    let listed;
    let pods = match pods {
        Some(pods) => pods,
        None => {
            listed = pods_of(reader, &asked.nodes_of_pods()).await?;
            &listed
        }
    };
    let is_asked = |pod: &&Pod| pod.is_countable() && pod.node.as_deref().is_some_and(|node| asked.is_pods_turn(node));
    let all: Vec<&Pod> = pods.iter().filter(is_asked).collect();
    for pod in all.iter().skip(MOST) {
        let why = format!("only {MOST} pods are read one by one; name fewer, by a target or a selector");
        tell(Event::Pod { pod: pod.name.clone(), read: Err(why) });
    }
    let (number, forbidden) = read(reader, &all[..all.len().min(MOST)], tell).await?;
    if !facts.kubelets && number > 0 {
        tell(Event::Note(WITHOUT_KUBELETS.into()));
    }
    Ok(forbidden)
}

const WITHOUT_KUBELETS: &str = "each pod was read by itself: asking the kubelets instead needs the right get nodes/proxy (cluster-wide), which \
     amounts to running commands in every container of every node";

async fn pods_of(reader: &Reader<'_>, nodes: &[String]) -> Result<Vec<Pod>> {
    let mut found = Vec::new();
    for node in nodes {
        let scope = Scope { fields: Some(format!("spec.nodeName={node}")), ..Scope::default() };
        found.extend(gather::pods(reader, &scope).await?);
    }
    Ok(found)
}

/// How many of them could be read, and the namespaces in which that is forbidden.
async fn read(reader: &Reader<'_>, pods: &[&Pod], tell: Tell<'_>) -> Result<(usize, Vec<String>)> {
    let places: Vec<InPod> = pods.iter().map(|pod| place(pod)).collect();
    let mut forbidden: Vec<String> = Vec::new();
    let mut number = 0;
    let mut each = |place: &InPod, answer: std::result::Result<String, Unread>| {
        let read = match answer {
            Ok(text) => netdev::read(&text).ok_or_else(|| "its /proc/net/dev makes no sense".to_owned()),
            Err(Unread::Failed(why)) => Err(format!("nothing can be read in it: {why}")),
            Err(Unread::Forbidden) => {
                if !forbidden.contains(&place.namespace) {
                    forbidden.push(place.namespace.clone());
                }
                Err("you may not read in it".into())
            }
        };
        number += usize::from(read.is_ok());
        tell(Event::Pod { pod: PodName { namespace: place.namespace.clone(), name: place.pod.clone() }, read });
    };
    reader.cat(&places, &netdev::FILES, &mut each).await?;
    Ok((number, forbidden))
}

fn place(pod: &Pod) -> InPod {
    let PodName { namespace, name } = pod.name.clone();
    InPod { namespace, pod: name, containers: pod.containers.clone() }
}
