//! The addresses that Services have from a load balancer. They are no part of what is compared as everything, because they stand in
//! the objects' status.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use http::Method;
use lab_e2e::{Direct, Everything};
use serde_json::{Value, json};

use crate::put_back::everything;

/// Who gives them follows a moment later.
const LIMIT: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// By the Services' paths.
pub fn of(all: &Everything) -> BTreeMap<String, &Value> {
    let services = all.objects().filter(|object| object["kind"] == "Service");
    let with = services.filter_map(|service| {
        let text = |key: &str| service["metadata"][key].as_str().unwrap_or_default();
        let path = format!("/api/v1/namespaces/{}/services/{}", text("namespace"), text("name"));
        Some((path, service.pointer("/status/loadBalancer/ingress")?))
    });
    with.collect()
}

/// Whether they are as before. Those that nobody has given are taken back; the others come from the load balancer, as before.
pub fn put_back(cluster: &Direct, now: &Everything, before: &Everything) -> Result<bool> {
    let (now, before) = (of(now), of(before));
    for path in now.keys().filter(|path| !before.contains_key(*path)) {
        let nothing = json!({"status": {"loadBalancer": {"ingress": null}}});
        cluster.send(Method::PATCH, &format!("{path}/status"), Some(&nothing))?;
    }
    Ok(now == before)
}

/// Until a Service has one; then all that there is.
pub fn wait(cluster: &Direct) -> Result<Everything> {
    let start = Instant::now();
    loop {
        let now = everything(cluster)?;
        if !of(&now).is_empty() {
            return Ok(now);
        }
        if start.elapsed() > LIMIT {
            bail!("no Service gets an address");
        }
        sleep(BETWEEN_LOOKS);
    }
}
