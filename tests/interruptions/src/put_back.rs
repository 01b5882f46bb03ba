//! Putting a cluster back as it was, through its API: quicker than another cluster.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use http::Method;
use lab_e2e::{Difference, Direct, Everything};
use serde_json::{Value, json};

use crate::settled;

const JOURNALS: &str = "/api/v1/configmaps?labelSelector=kubectl-lab%2Fstate";
const TEMPORARY: &str = "/apis/batch/v1/jobs?labelSelector=kubectl-lab%2Frun-id";
/// Controllers correct some objects themselves, and need a moment for it.
const LIMIT: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Everything as it was, no journals, no temporary Jobs, and controllers at rest.
pub fn put_back(cluster: &Direct, before: &Everything) -> Result<()> {
    for object in journals(cluster)? {
        delete(cluster, &path("/api/v1", "configmaps", &object))?;
    }
    for object in cluster.list(TEMPORARY)? {
        delete(cluster, &path("/apis/batch/v1", "jobs", &object))?;
    }
    let start = Instant::now();
    loop {
        let now = Everything::of(cluster)?;
        let differing = now.since(before);
        if differing.is_empty() {
            return settled::wait(cluster);
        }
        if start.elapsed() > LIMIT {
            bail!("could not put the cluster back:\n{}", now.differences(before));
        }
        for difference in &differing {
            mend(cluster, difference)?;
        }
        sleep(BETWEEN_LOOKS);
    }
}

pub fn journals(cluster: &Direct) -> Result<Vec<Value>> {
    cluster.list(JOURNALS)
}

pub fn put_journals(cluster: &Direct, journals: &[Value]) -> Result<()> {
    for journal in journals {
        let path = path("/api/v1", "configmaps", journal);
        let collection = path.rsplit_once('/').map_or(path.as_str(), |(collection, _)| collection);
        cluster.send(Method::POST, collection, Some(&anew(journal)))?;
    }
    Ok(())
}

/// The Jobs that runs have made for themselves and that are there now, by their names.
pub fn temporary(cluster: &Direct) -> Result<BTreeSet<String>> {
    let jobs = cluster.list(TEMPORARY)?;
    Ok(jobs.iter().map(|job| path("/apis/batch/v1", "jobs", job)).collect())
}

fn path(version: &str, plural: &str, object: &Value) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    format!("{version}/namespaces/{}/{plural}/{}", text("namespace"), text("name"))
}

fn mend(cluster: &Direct, difference: &Difference<'_>) -> Result<()> {
    let path = difference.path;
    let (method, path, body) = match (difference.before, difference.now) {
        (None, _) => return delete(cluster, path),
        (Some(before), None) => {
            (Method::POST, path.rsplit_once('/').map_or(path, |(collection, _)| collection), before)
        }
        (Some(before), Some(_)) => (Method::PUT, path, before),
    };
    match cluster.send(method, path, Some(&anew(body))) {
        // A controller was faster; the next look tells.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// The object as it can be given to the server once more.
fn anew(object: &Value) -> Value {
    let mut object = object.clone();
    for key in ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"] {
        object["metadata"].as_object_mut().map(|metadata| metadata.remove(key));
    }
    object
}

fn delete(cluster: &Direct, path: &str) -> Result<()> {
    let options: Value = json!({"propagationPolicy": "Background"});
    match cluster.send(Method::DELETE, path, Some(&options)) {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => Ok(other.map(drop)?),
    }
}
