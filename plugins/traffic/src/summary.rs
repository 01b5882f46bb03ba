//! The kubelet's page `stats/summary`, as far as it is about the pods' networks.
//!
//! All numbers in it may be missing. What stands beside the list of interfaces is that of `eth0` alone, and missing where no
//! interface has that name; so the list counts.

use std::time::Duration;

use lab::Timestamp;
use serde::Deserialize;

use crate::pod::PodName;
use crate::reading::Reading;
use crate::sample::{Counters, LOOPBACK, Sample};

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    pods: Vec<Pod>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pod {
    pod_ref: PodRef,
    start_time: Option<String>,
    network: Option<Network>,
}

#[derive(Deserialize)]
struct PodRef {
    name: String,
    namespace: String,
    #[serde(default)]
    uid: String,
}

#[derive(Deserialize)]
struct Network {
    time: String,
    #[serde(flatten)]
    eth0: Interface,
    #[serde(default)]
    interfaces: Vec<Interface>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Interface {
    #[serde(default)]
    name: String,
    rx_bytes: Option<u64>,
    tx_bytes: Option<u64>,
}

/// What it says of each pod.
///
/// # Errors
/// Where it is no such page.
pub fn read(page: &[u8]) -> Result<Vec<Reading>, String> {
    let page: Page = serde_json::from_slice(page).map_err(|error| format!("its statistics make no sense: {error}"))?;
    Ok(page.pods.into_iter().map(reading).collect())
}

fn reading(pod: Pod) -> Reading {
    Reading {
        pod: PodName { namespace: pod.pod_ref.namespace, name: pod.pod_ref.name },
        uid: pod.pod_ref.uid,
        started: pod.start_time.and_then(|at| at.parse().ok()),
        sample: pod.network.and_then(sample),
    }
}

fn sample(network: Network) -> Option<Sample> {
    let at = since_epoch(&network.time)?;
    let several = network.interfaces.into_iter().filter_map(counters);
    let mut interfaces: Vec<(String, Counters)> = several.filter(|(name, _)| name != LOOPBACK).collect();
    if interfaces.is_empty() {
        interfaces.extend(counters(network.eth0));
    }
    (!interfaces.is_empty()).then_some(Sample { at, interfaces })
}

fn counters(interface: Interface) -> Option<(String, Counters)> {
    Some((interface.name, Counters { rx: interface.rx_bytes?, tx: interface.tx_bytes?, packets: None }))
}

fn since_epoch(time: &str) -> Option<Duration> {
    let at: Timestamp = time.parse().ok()?;
    Duration::try_from(at.duration_since(Timestamp::UNIX_EPOCH)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn of(network: &Value) -> Option<Vec<(String, u64, u64)>> {
        let pod = json!({ "name": "web", "namespace": "lecture", "uid": "u" });
        let page =
            json!({ "node": {}, "pods": [{ "podRef": pod, "startTime": "2026-11-27T09:00:00Z", "network": network }] });
        let readings = read(page.to_string().as_bytes()).expect("a page");
        assert_eq!(readings[0].pod.to_string(), "lecture/web");
        let interfaces = readings.into_iter().next()?.sample?.interfaces;
        Some(interfaces.into_iter().map(|(name, own)| (name, own.rx, own.tx)).collect())
    }

    #[test]
    fn the_interfaces_count_and_the_loopback_does_not() {
        let time = "2026-11-27T09:30:00.5Z";
        let own = |name: &str, rx: u64| json!({ "name": name, "rxBytes": rx, "rxErrors": 0, "txBytes": 2 * rx, "txErrors": 0 });
        let mut network = own("eth0", 5);
        network["time"] = json!(time);
        assert_eq!(of(&network), Some(vec![("eth0".into(), 5, 10)]), "an old kubelet lists no interfaces");
        network["interfaces"] = json!([own("lo", 900), own("eth0", 5), own("net1", 7)]);
        assert_eq!(of(&network), Some(vec![("eth0".into(), 5, 10), ("net1".into(), 7, 14)]));
        let odd = json!({ "time": time, "name": "", "interfaces": [own("ens5", 3)] });
        assert_eq!(of(&odd), Some(vec![("ens5".into(), 3, 6)]), "no interface is called eth0");
    }

    #[test]
    fn a_pod_without_network_numbers_has_no_sample() {
        assert_eq!(of(&Value::Null), None);
        assert_eq!(of(&json!({ "time": "2026-11-27T09:30:00Z", "name": "" })), None);
        assert_eq!(of(&json!({ "time": "soon", "name": "eth0", "rxBytes": 1, "txBytes": 1 })), None);
    }

    #[test]
    fn what_is_no_such_page_is_said() {
        assert!(read(b"404 page not found").is_err_and(|why| why.starts_with("its statistics make no sense")));
        assert_eq!(read(b"{}"), Ok(Vec::new()));
    }
}
