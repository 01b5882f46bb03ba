/// Requests for serving certificates: explained, and approved with `--secure` only.
mod certificates;
/// Others change the same objects at the same time.
mod conflicts;
/// States that no patch mends.
mod explanations;
/// The API server is slow, busy, broken or gone.
mod failures;
/// What the cluster says is data, however it is meant.
mod hostile;
/// Nothing serves metrics yet.
mod installations;
/// Somebody else manages the Deployment.
mod managers;
/// Dry runs, diffs, formats, prompts.
mod output;
/// States that a change mends.
mod repairs;
/// How many requests, and which.
mod requests;
/// The user lacks a right.
mod rights;
/// There is no way to the cluster.
mod unreachable;
/// Evidence that comes late, or never.
mod waits;

use lab_cli::api::Api;
use lab_cli::objects::MetricsServer;
use lab_cli::run::{Output, Run};
use lab_cli::world::World;
use serde_json::Value;

const DEPLOYMENT: &str = "kube-system/metrics-server";
const FLAG: &str = "--kubelet-insecure-tls";
const PATCH: &str = "patch /apis/apps/v1/namespaces/*/deployments/metrics-server";

/// The lecture's cluster with the manifest just applied.
fn just_applied() -> Api {
    World::default().stage(MetricsServer::default().objects())
}

/// The lecture's cluster, where metrics work.
fn healthy() -> Api {
    World::default().stage(MetricsServer::default().arg(FLAG).objects())
}

fn prepared(api: &Api, args: &[&str]) -> Run {
    Run::verb("metrics-fix").against(api).args(args.iter().copied())
}

fn fix(api: &Api, args: &[&str]) -> Output {
    prepared(api, args).run()
}

fn deployment(api: &Api) -> Value {
    api.get("deployments.apps", DEPLOYMENT).unwrap()
}

/// The arguments of the last container, one per line.
fn args(api: &Api) -> String {
    args_of(&deployment(api))
}

fn args_of(deployment: &Value) -> String {
    let containers = deployment["spec"]["template"]["spec"]["containers"].as_array().unwrap();
    let args = containers.last().unwrap()["args"].as_array().unwrap();
    args.iter().map(|arg| format!("{}\n", arg.as_str().unwrap())).collect()
}

fn edit(api: &Api, edit: impl FnOnce(&mut Value)) {
    api.change(|store| store.edit("deployments.apps", DEPLOYMENT, edit));
}

fn generation(api: &Api) -> Value {
    deployment(api)["metadata"]["generation"].clone()
}

fn pod_name(api: &Api) -> String {
    let pods = api.change(|store| store.all("pods"));
    let pod = pods.iter().find(|pod| pod["metadata"]["namespace"] == "kube-system").unwrap();
    format!("kube-system/{}", pod["metadata"]["name"].as_str().unwrap())
}

fn assert_nothing_written(api: &Api) {
    let writes = api.seen().writes();
    assert_eq!(writes.count(), 0, "{writes}");
}
