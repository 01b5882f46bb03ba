//! Looking: the configuration, the DaemonSet that reads it, and what its pods say about themselves.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Node, Pod};
use lab::{Answer, Log, Reader, Result, Selection};

use crate::config::{Config, place};
use crate::configz;
use crate::facts::{Facts, NAMESPACE, PLACES, PROXY, Proxy};
use crate::look;
use crate::mode::Mode;

/// The logs of so many pods are read; more would take longer than the answer is worth.
const MOST_LOGS: usize = look::MOST;

pub async fn gather(reader: &Reader<'_>) -> Result<Facts> {
    let nodes = reader.list::<Node>(Selection::default()).await?;
    let mut facts = Facts { nodes: nodes.into_iter().map(|seen| seen.object).collect(), ..Facts::default() };
    configuration(reader, &mut facts).await?;
    let here = Selection::in_namespace(NAMESPACE);
    let sets = reader.list::<DaemonSet>(here).await?;
    facts.daemon_sets = sets.iter().filter_map(|seen| seen.object.metadata.name.clone()).collect();
    facts.daemon_set = sets.into_iter().find(|seen| seen.object.metadata.name.as_deref() == Some(PROXY));
    let config = place(&facts).and_then(|place| place.read()).ok();
    facts.proxies = proxies(reader, &facts, config.as_ref()).await?;
    facts.looks = reader.temporary().await?;
    facts.run = reader.run_id().to_owned();
    facts.written = reader.has_written();
    look::learn(&mut facts);
    Ok(facts)
}

async fn configuration(reader: &Reader<'_>, facts: &mut Facts) -> Result<()> {
    for (name, key) in PLACES {
        let Some(seen) = reader.get::<ConfigMap>(Some(NAMESPACE), name).await? else { continue };
        let has_key = seen.object.data.as_ref().is_some_and(|data| data.contains_key(key));
        // One without the key is kept only to say so.
        if has_key || facts.config_map.is_none() {
            (facts.config_map, facts.key) = (Some(seen), key);
        }
        if has_key {
            break;
        }
    }
    Ok(())
}

async fn proxies(reader: &Reader<'_>, facts: &Facts, config: Option<&Config>) -> Result<Vec<Proxy>> {
    let selector = facts.daemon_set.as_ref().and_then(|seen| seen.object.spec.selector.match_labels.clone());
    let selector = selector.unwrap_or_else(|| [("k8s-app".to_owned(), PROXY.to_owned())].into());
    let pairs: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let labels = pairs.join(",");
    let pods = reader.list::<Pod>(Selection::in_namespace(NAMESPACE).labels(&labels)).await?;
    let mut pods: Vec<Pod> = pods.into_iter().map(|seen| seen.object).collect();
    pods.retain(|pod| pod.metadata.deletion_timestamp.is_none());
    // The same ones come first in every look.
    pods.sort_by(|a, b| (node_of(a), &a.metadata.name).cmp(&(node_of(b), &b.metadata.name)));
    let mut proxies = Vec::new();
    for pod in pods {
        let look_at_log = proxies.len() < MOST_LOGS;
        proxies.push(proxy(reader, &pod, config, look_at_log).await?);
    }
    Ok(proxies)
}

fn node_of(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

async fn proxy(reader: &Reader<'_>, pod: &Pod, config: Option<&Config>, look_at_log: bool) -> Result<Proxy> {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let spec = pod.spec.as_ref();
    let containers = spec.map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let container = containers.iter().find(|one| one.name == PROXY).or(containers.first());
    let mode = match container {
        Some(container) if look_at_log => mode(reader, &name, &container.name).await?,
        Some(_) => Err(format!("not looked at: the logs of {MOST_LOGS} others were read")),
        None => Err("it has no container".into()),
    };
    Ok(Proxy {
        node: node_of(pod).to_owned(),
        created: pod.metadata.creation_timestamp.as_ref().map(|time| time.0),
        mode,
        uses: uses(reader, &name, config).await?,
        pod: name,
    })
}

async fn mode(reader: &Reader<'_>, pod: &str, container: &str) -> Result<std::result::Result<Mode, String>> {
    Ok(match reader.lines(NAMESPACE, pod, container, false).await? {
        Log::Lines(lines) => Mode::logged(lines.iter().map(|line| line.text.as_str()))
            .ok_or_else(|| "its log no longer tells".to_owned()),
        Log::Unreadable(why) => Err(format!("its log could not be read: {why}")),
    })
}

/// Through the API server, where kube-proxy listens on more than its node's loopback.
async fn uses(reader: &Reader<'_>, pod: &str, config: Option<&Config>) -> Result<std::result::Result<bool, String>> {
    let Some(port) = config.and_then(Config::configz_port) else {
        return Ok(Err("its /configz listens on its node's loopback only".into()));
    };
    let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{pod}:{port}/proxy/configz");
    Ok(match reader.ask(&path).await? {
        Answer::Found(answer) => {
            configz::read(&answer).strict_arp.ok_or_else(|| "its /configz does not name strictARP".to_owned())
        }
        Answer::Refused(code, why) => Err(format!("its /configz could not be read: {code} {why}")),
    })
}
