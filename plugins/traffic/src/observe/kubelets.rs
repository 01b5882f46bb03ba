//! One round of asking kubelets.

use std::collections::{BTreeSet, HashMap};

use k8s_openapi::api::core::v1::{Node, Pod as PodKind};
use lab::{Heard, KubeletPage, Name, Reader, Result, Selection, Timestamp, Unheard};

use super::Tell;
use super::asked::Asked;
use crate::cadvisor;
use crate::event::Event;
use crate::facts::Facts;
use crate::pod::{Pod, PodName, is_young};
use crate::reading::Reading;
use crate::source::Source;
use crate::summary;

/// `pods`: those that are meant; without them all are.
pub async fn ask(
    reader: &Reader<'_>,
    facts: &Facts,
    asked: &mut Asked,
    pods: Option<&[Pod]>,
    tell: Tell<'_>,
) -> Result<()> {
    if !facts.kubelets {
        return Ok(());
    }
    let mut meant = Meant::of(pods);
    let mut nodes = match pods {
        Some(pods) => nodes_of(pods),
        None => {
            // Before anything is told of them: a kubelet gives such a pod the numbers of the whole node.
            meant.sharing = host_network(reader).await?;
            tell(Event::HostNetwork(meant.sharing.clone()));
            all_nodes(reader).await?
        }
    };
    // Where a kubelet knows nothing, it is asked for its other page at once.
    while !nodes.is_empty() {
        let in_vain = one_page(reader, &meant, asked, &nodes, tell).await?;
        let next = in_vain.into_iter().filter_map(|(node, source)| {
            let next = asked.knew_nothing(&node, source)?;
            (next != Source::Pod).then_some(node)
        });
        nodes = next.collect();
    }
    Ok(())
}

/// The nodes whose kubelets know nothing, and which page it was.
async fn one_page(
    reader: &Reader<'_>,
    meant: &Meant<'_>,
    asked: &Asked,
    nodes: &[String],
    tell: Tell<'_>,
) -> Result<Vec<(String, Source)>> {
    let pages: Vec<(String, KubeletPage)> = nodes.iter().filter_map(|node| page(asked, node)).collect();
    let mut in_vain = Vec::new();
    let now = reader.now();
    let mut each = |node: &str, page: KubeletPage, answer: Heard| {
        let told = told(node, page, answer, meant);
        if let Event::Node { source, readings, .. } = &told
            && knows_nothing(readings, meant, node, now)
        {
            in_vain.push((node.to_owned(), *source));
        }
        tell(told);
    };
    reader.kubelets(&pages, &mut each).await?;
    Ok(in_vain)
}

fn page(asked: &Asked, node: &str) -> Option<(String, KubeletPage)> {
    let page = match asked.about(node)? {
        Source::Summary => KubeletPage::Summary,
        Source::Cadvisor => KubeletPage::NetworkMetrics,
        Source::Pod => return None,
    };
    Some((node.to_owned(), page))
}

fn told(node: &str, page: KubeletPage, answer: Heard, meant: &Meant<'_>) -> Event {
    let silent = |why: String| Event::Silent { node: node.to_owned(), why };
    let page_text = match answer {
        Ok(text) => text,
        Err(Unheard::Forbidden) => return silent("you may not ask its kubelet".into()),
        Err(Unheard::Failed(why)) => return silent(format!("its kubelet does not tell: {why}")),
    };
    let (source, readings) = match page {
        KubeletPage::Summary => (Source::Summary, summary::read(&page_text)),
        KubeletPage::NetworkMetrics => (Source::Cadvisor, Ok(cadvisor::read(&page_text))),
    };
    match readings {
        Ok(mut readings) => {
            readings.retain(|reading| meant.has(&reading.pod));
            Event::Node { node: node.to_owned(), source, readings }
        }
        Err(why) => silent(why),
    }
}

/// The pods that are meant, by name and by node.
struct Meant<'p> {
    all: Option<&'p [Pod]>,
    by_name: HashMap<&'p PodName, &'p Pod>,
    /// Where all are meant, those that share the network of their node.
    sharing: BTreeSet<PodName>,
}

impl<'p> Meant<'p> {
    fn of(pods: Option<&'p [Pod]>) -> Meant<'p> {
        let by_name = pods.into_iter().flatten().map(|pod| (&pod.name, pod)).collect();
        Meant { all: pods, by_name, sharing: BTreeSet::new() }
    }

    fn has(&self, pod: &PodName) -> bool {
        self.all.is_none() || self.by_name.contains_key(pod)
    }

    fn is_countable(&self, name: &PodName) -> bool {
        match self.all {
            Some(_) => self.by_name.get(name).is_some_and(|pod| pod.is_countable()),
            None => !self.sharing.contains(name),
        }
    }
}

/// Whether some pods of a node should have numbers, and not one has. Pods that are young, or have no network of their own, prove nothing.
fn knows_nothing(readings: &[Reading], meant: &Meant<'_>, node: &str, now: Timestamp) -> bool {
    // In a cluster in order that is all there is to look at.
    if readings.iter().any(|reading| reading.sample.is_some() && meant.is_countable(&reading.pod)) {
        return false;
    }
    match meant.all {
        Some(pods) => {
            let here = |pod: &&Pod| pod.node.as_deref() == Some(node) && pod.is_countable();
            pods.iter().filter(here).any(|pod| !pod.is_young(now))
        }
        None => {
            let own = |reading: &&Reading| meant.is_countable(&reading.pod);
            readings.iter().filter(own).any(|reading| !is_young(reading.started, now))
        }
    }
}

async fn host_network(reader: &Reader<'_>) -> Result<BTreeSet<PodName>> {
    let selection = Selection::default().fields("spec.hostNetwork=true").unwatched();
    let found = reader.list_names::<PodKind>(selection).await?;
    Ok(found.into_iter().map(|Name { namespace, name }| PodName { namespace, name }).collect())
}

async fn all_nodes(reader: &Reader<'_>) -> Result<Vec<String>> {
    let all = reader.list_names::<Node>(Selection::default().unwatched()).await?;
    Ok(all.into_iter().map(|node| node.name).collect())
}

fn nodes_of(pods: &[Pod]) -> Vec<String> {
    let nodes: BTreeSet<&String> =
        pods.iter().filter(|pod| pod.is_countable()).filter_map(|pod| pod.node.as_ref()).collect();
    nodes.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    fn name(name: &str) -> PodName {
        PodName { namespace: "lecture".into(), name: name.into() }
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_795_000_000).expect("a time")
    }

    fn running(pod: &str, seconds: i64) -> Pod {
        let started = Timestamp::from_second(now().as_second() - seconds).ok();
        Pod { name: name(pod), node: Some("lab-1".into()), phase: "Running".into(), started, ..Pod::default() }
    }

    fn is_in_vain(readings: &[Reading], pods: Option<&[Pod]>, sharing: &[&str]) -> bool {
        let sharing = sharing.iter().map(|pod| name(pod)).collect();
        knows_nothing(readings, &Meant { sharing, ..Meant::of(pods) }, "lab-1", now())
    }

    fn reading(pod: &str, sample: Option<Sample>) -> Reading {
        Reading { pod: name(pod), sample, ..Reading::default() }
    }

    #[test]
    fn a_kubelet_that_knows_one_pod_is_trusted_with_the_others() {
        let (known, unknown) = (reading("a", Some(Sample::default())), reading("b", None));
        let pods = [running("a", 600), running("b", 600)];
        for pods in [Some(pods.as_slice()), None] {
            assert!(!is_in_vain(&[known.clone(), unknown.clone()], pods, &[]));
            assert!(is_in_vain(std::slice::from_ref(&unknown), pods, &[]));
        }
    }

    #[test]
    fn pods_without_a_network_of_their_own_prove_nothing_and_young_ones_neither() {
        let shares = Pod { host_network: true, ..running("b", 600) };
        let elsewhere = Pod { node: Some("lab-2".into()), ..running("c", 600) };
        assert!(!is_in_vain(&[], Some(&[running("a", 5), shares.clone(), elsewhere]), &[]));
        assert!(!is_in_vain(&[reading("b", None)], None, &["b"]));
        // The node's own numbers are none of a pod.
        let of_node = [reading("b", Some(Sample::default())), reading("a", None)];
        assert!(is_in_vain(&of_node, Some(&[running("a", 600), shares]), &[]));
        assert!(is_in_vain(&of_node, None, &["b"]));
    }
}
