//! Waiting until the controllers have nothing left to do, so that each case begins alike.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use http::Method;
use lab_e2e::Direct;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
/// Every pod of a new cluster is up long before that.
const MISSED: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);

pub fn wait(cluster: &Direct) -> Result<()> {
    let start = Instant::now();
    while let Some(why) = unsettled(cluster)? {
        if start.elapsed() > LIMIT {
            bail!("the cluster does not come to rest: {why}");
        }
        sleep(BETWEEN_LOOKS);
    }
    Ok(())
}

/// The first time in a cluster. kwok seldom misses a pod that was made while kwok started; another one in its place is not missed.
pub fn wait_from_the_start(cluster: &Direct) -> Result<()> {
    let start = Instant::now();
    while unsettled(cluster)?.is_some() && start.elapsed() < MISSED {
        sleep(BETWEEN_LOOKS);
    }
    for pod in cluster.list("/api/v1/pods?fieldSelector=status.phase%3DPending")? {
        let text = |key: &str| pod["metadata"][key].as_str().unwrap_or_default();
        let path = format!("/api/v1/namespaces/{}/pods/{}", text("namespace"), text("name"));
        cluster.send(Method::DELETE, &path, Some(&json!({"gracePeriodSeconds": 0})))?;
    }
    wait(cluster)
}

fn unsettled(cluster: &Direct) -> Result<Option<String>> {
    let mut wanted = 0;
    for (kind, desired, updated, available) in [
        ("deployments", "/spec/replicas", "/status/updatedReplicas", "/status/availableReplicas"),
        ("daemonsets", "/status/desiredNumberScheduled", "/status/updatedNumberScheduled", "/status/numberAvailable"),
    ] {
        for object in cluster.list(&format!("/apis/apps/v1/{kind}"))? {
            let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default();
            let seen = number("/status/observedGeneration") == number("/metadata/generation");
            let pods = number(desired);
            if !seen || number(updated) != pods || number(available) != pods {
                return Ok(Some(format!("{kind} {} is being rolled out", object["metadata"]["name"])));
            }
            wanted += pods;
        }
    }
    let pods = cluster.list("/api/v1/pods")?;
    if i64::try_from(pods.len()) != Ok(wanted) {
        return Ok(Some(format!("there are {} pods where {wanted} are wanted", pods.len())));
    }
    Ok(young(&pods).map(|name| format!("pod {name} was made in this very second")))
}

/// strict-arp tells from their ages which kube-proxies have read a configuration. The cluster's times have whole seconds, so of what
/// happens within one of them nobody can tell the order; people take longer between two commands.
fn young(pods: &[Value]) -> Option<&Value> {
    let now = jiff::Timestamp::now().as_second();
    let made = |pod: &Value| pod["metadata"]["creationTimestamp"].as_str()?.parse::<jiff::Timestamp>().ok();
    let mut proxies = pods.iter().filter(|pod| pod["metadata"]["labels"]["k8s-app"] == "kube-proxy");
    let young = proxies.find(|pod| made(pod).is_some_and(|made| made.as_second() >= now))?;
    Some(&young["metadata"]["name"])
}
