//! What kubelets and metrics-server would say, said in the fault proxy.
//!
//! The alternative were a server at the fake pods' addresses, inside the cluster's network, with the real aggregator in between. But the
//! aggregator looks at a service that failed only after a while, up to half a minute, and the matrix would wait for that in each of its
//! cases. A stand-in in the proxy answers from the pods as they are, at once and the same each time; and to be interrupted a
//! request need only pass the proxy.

use std::sync::Arc;

use anyhow::{Context, Result};
use lab_cli::objects::{logs, metrics};
use lab_e2e::Direct;
use lab_faults::{FaultProxy, Reply, Rule, Seen};
use serde_json::{Value, json};

const API: &str = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io";
const PROXY_CONFIG: &str = "/api/v1/namespaces/kube-system/configmaps/kube-proxy";
const SERVERS: &str = "/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dmetrics-server";
/// What makes metrics-server scrape kubelets that signed their own certificates.
pub const FLAG: &str = "--kubelet-insecure-tls";

/// With the line that marks the end of such a log.
const NOBODY_THERE: &str = "wget: can't connect to remote host (127.0.0.1): Connection refused\n\nkubectl-lab-done\n";

/// Places them all. A failure of one to read the cluster is a panic, which the proxy hands on to the test.
pub fn place(proxy: &FaultProxy, cluster: &Arc<Direct>) {
    let direct = cluster.clone();
    proxy.stand_in(Rule::all().path("/apis/metrics.k8s.io/**"), move |seen| {
        Some(measured(&direct, seen).unwrap_or_else(|error| panic!("{error:#}")))
    });
    let direct = cluster.clone();
    let logs = Rule::method("GET").path("/api/v1/namespaces/*/pods/*/log");
    proxy.stand_in(logs, move |seen| log(&direct, seen).unwrap_or_else(|error| panic!("{error:#}")));
}

/// The metrics API: there are numbers as soon as a pod is Ready that scrapes.
fn measured(cluster: &Direct, seen: &Seen) -> Result<Reply> {
    if cluster.get(API)?.is_none() {
        return Ok(Reply::text(404, "404 page not found\n"));
    }
    let servers = cluster.list(SERVERS)?;
    if !servers.iter().any(|pod| is_ready(pod) && scrapes(pod)) {
        return Ok(Reply::text(503, "service unavailable\n"));
    }
    let words: Vec<&str> = seen.path.trim_matches('/').split('/').skip(3).collect();
    match words.as_slice() {
        ["nodes"] => {
            let items: Vec<Value> = cluster.list("/api/v1/nodes")?.iter().map(metrics::of_node).collect();
            let list = json!({"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items});
            Ok(Reply::json(200, &list))
        }
        ["namespaces", namespace, "pods", name] => {
            match cluster.get(&format!("/api/v1/namespaces/{namespace}/pods/{name}"))? {
                Some(pod) => Ok(Reply::json(200, &metrics::of_pod(&pod))),
                None => Ok(Reply::text(404, "404 page not found\n")),
            }
        }
        _ => Ok(Reply::text(404, "404 page not found\n")),
    }
}

/// The log of a pod, which its kubelet would hand out. Of a pod that does not exist the server speaks itself.
fn log(cluster: &Direct, seen: &Seen) -> Result<Option<Reply>> {
    let pod = seen.path.strip_suffix("/log").context("a path of a log")?;
    let Some(pod) = cluster.get(pod)? else { return Ok(None) };
    let text = match pod["metadata"]["labels"]["k8s-app"].as_str() {
        Some("metrics-server") => of_metrics_server(cluster, &pod)?,
        Some("kube-proxy") => of_kube_proxy(cluster)?,
        // A pod on a node's network that was to ask kube-proxy. What a real one runs only a real one could tell.
        _ if pod["spec"]["hostNetwork"] == true => NOBODY_THERE.to_owned(),
        _ => String::new(),
    };
    let now = jiff::Timestamp::now();
    let lines: String = text.lines().map(|line| format!("{now} {line}\n")).collect();
    Ok(Some(Reply::text(200, lines)))
}

fn of_metrics_server(cluster: &Direct, pod: &Value) -> Result<String> {
    let mut text = logs::started(10250);
    if scrapes(pod) {
        return Ok(text);
    }
    for node in cluster.list("/api/v1/nodes")? {
        let name = node["metadata"]["name"].as_str().unwrap_or_default();
        let address = node["status"]["addresses"][0]["address"].as_str().unwrap_or_default();
        let error = logs::kubelet_request(address, &logs::no_ip_san(address));
        text.push_str(&logs::scrape_failed(name, &error));
    }
    text.push_str(&logs::not_ready());
    Ok(text)
}

/// It runs in the mode that is configured: no scenario changes the mode under a running one.
fn of_kube_proxy(cluster: &Direct) -> Result<String> {
    let map = cluster.get(PROXY_CONFIG)?.context("kube-proxy has no ConfigMap")?;
    let text = map["data"]["config.conf"].as_str().unwrap_or_default();
    let mode = text.lines().find_map(|line| line.strip_prefix("mode: ")).unwrap_or_default().trim_matches('"');
    let mode = if mode.is_empty() { "iptables" } else { mode };
    Ok(logs::line('I', "server_linux.go:146", &format!("\"Using {mode} Proxier\"")))
}

fn scrapes(pod: &Value) -> bool {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    containers.flat_map(|container| container["args"].as_array().into_iter().flatten()).any(|argument| argument == FLAG)
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.into_iter().any(|one| one["type"] == "Ready" && one["status"] == "True");
    ready && pod["metadata"]["deletionTimestamp"].is_null()
}
