//! Looking: the configuration, and what the pods that read it say about themselves.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use lab::{Answer, Log, Reader, Result, Seen, Selection};
use lab_plan::Exit;

use super::configuration::{Config, PLACES};
use super::configz;
use super::facts::{KubeProxy, MOST_ASKED, NAME, NAMESPACE, Proxy};
use super::mode::Mode;

/// What is configured, without a look at the pods. `sets`: the DaemonSets of kube-system.
pub async fn configured(reader: &Reader<'_>, sets: &[Seen<DaemonSet>]) -> Result<KubeProxy> {
    let mut found = KubeProxy {
        daemon_set: sets.iter().find(|seen| seen.object.metadata.name.as_deref() == Some(NAME)).cloned(),
        ..KubeProxy::default()
    };
    for (name, key) in PLACES {
        let Some(seen) = reader.get::<ConfigMap>(Some(NAMESPACE), name).await? else { continue };
        let has_key = seen.object.data.as_ref().is_some_and(|data| data.contains_key(key));
        // One without the key is kept only to say so.
        if has_key || found.config_map.is_none() {
            (found.config_map, found.key) = (Some(seen), key);
        }
        if has_key {
            break;
        }
    }
    Ok(found)
}

/// The pods, each with the mode by its log, and the value where its /configz can be read from outside its node.
pub async fn proxies(
    reader: &Reader<'_>,
    daemon_set: Option<&Seen<DaemonSet>>,
    config: Option<&Config>,
) -> Result<Vec<Proxy>> {
    let selector = daemon_set.and_then(|seen| seen.object.spec.selector.match_labels.clone());
    let selector = selector.unwrap_or_else(|| [("k8s-app".to_owned(), NAME.to_owned())].into());
    let pairs: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let labels = pairs.join(",");
    let pods = reader.list::<Pod>(Selection::in_namespace(NAMESPACE).labels(&labels)).await?;
    let mut pods: Vec<Pod> = pods.into_iter().map(|seen| seen.object).collect();
    pods.retain(|pod| pod.metadata.deletion_timestamp.is_none());
    // The same ones come first in every look.
    pods.sort_by(|a, b| (node_of(a), &a.metadata.name).cmp(&(node_of(b), &b.metadata.name)));
    let mut proxies = Vec::new();
    let mut silent = false;
    for pod in pods {
        let look_at_log = proxies.len() < MOST_ASKED;
        proxies.push(proxy(reader, &pod, config, look_at_log, &mut silent).await?);
    }
    Ok(proxies)
}

fn node_of(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

async fn proxy(
    reader: &Reader<'_>,
    pod: &Pod,
    config: Option<&Config>,
    look_at_log: bool,
    silent: &mut bool,
) -> Result<Proxy> {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let spec = pod.spec.as_ref();
    let containers = spec.map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let container = containers.iter().find(|one| one.name == NAME).or(containers.first());
    let mode = match container {
        Some(container) if look_at_log => mode(reader, &name, &container.name).await?,
        Some(_) => Err(format!("not looked at: the logs of {MOST_ASKED} others were read")),
        None => Err("it has no container".into()),
    };
    Ok(Proxy {
        node: node_of(pod).to_owned(),
        created: pod.metadata.creation_timestamp.as_ref().map(|time| time.0),
        mode,
        uses: uses(reader, &name, config, silent).await?,
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

/// Through the API server, where kube-proxy listens on more than its node's loopback. Each silent one costs seconds, and what keeps one from
/// answering often keeps all: so there is at most one.
async fn uses(
    reader: &Reader<'_>,
    pod: &str,
    config: Option<&Config>,
    silent: &mut bool,
) -> Result<std::result::Result<bool, String>> {
    let Some(port) = config.and_then(Config::configz_port) else {
        return Ok(Err("its /configz listens on its node's loopback only".into()));
    };
    if *silent {
        return Ok(Err("its /configz was not asked for: another did not answer in time".into()));
    }
    let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/{pod}:{port}/proxy/configz");
    match reader.ask(&path).await {
        Ok(Answer::Found(answer)) => {
            Ok(configz::read(&answer).strict_arp.ok_or_else(|| "its /configz does not name strictARP".to_owned()))
        }
        Ok(Answer::Refused(code, why)) => Ok(Err(format!("its /configz could not be read: {code} {why}"))),
        // Its node is off, or does not let anybody in: that is a matter of this one.
        Err(error) if error.exit == Exit::TimedOut => {
            *silent = true;
            Ok(Err("its /configz did not answer in time".into()))
        }
        Err(error) => Err(error),
    }
}
