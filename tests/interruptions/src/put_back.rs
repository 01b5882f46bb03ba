//! Putting a cluster back as it was, through its API: quicker than another cluster.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use http::Method;
use lab_e2e::{Difference, Direct, Everything};
use serde_json::{Value, json};

use crate::{addresses, kinds, managed, namespaces, settled};

const JOURNALS: &str = "/api/v1/configmaps?labelSelector=kubectl-lab%2Fstate";
const TEMPORARY: &str = "/apis/batch/v1/jobs?labelSelector=kubectl-lab%2Frun-id";
/// Controllers correct some objects themselves, and need a moment for it.
const LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Everything as it was, no journals, no temporary Jobs, and controllers at rest.
pub fn put_back(cluster: &Direct, before: &Everything) -> Result<()> {
    forget_journals(cluster)?;
    for object in cluster.list(TEMPORARY)? {
        delete(cluster, &path("/apis/batch/v1", "jobs", &object))?;
    }
    let start = Instant::now();
    loop {
        let now = everything(cluster)?;
        let differing = now.since(before);
        if differing.is_empty() && addresses::put_back(cluster, &now, before)? {
            return settled::wait(cluster);
        }
        if start.elapsed() > LIMIT {
            bail!("could not put the cluster back:\n{}", now.differences(before));
        }
        for difference in &differing {
            mend(cluster, difference)?;
        }
        namespaces::finish(cluster, &now)?;
        kinds::finish(cluster, &now)?;
        sleep(BETWEEN_LOOKS);
    }
}

/// A kind that goes while all kinds are listed is tried again.
pub fn everything(cluster: &Direct) -> Result<Everything> {
    let start = Instant::now();
    loop {
        match Everything::of(cluster) {
            Err(error) if is_of_a_moment(&error) && start.elapsed() < LIMIT => sleep(BETWEEN_LOOKS),
            other => return other,
        }
    }
}

fn is_of_a_moment(error: &anyhow::Error) -> bool {
    let status = error.chain().find_map(|cause| cause.downcast_ref::<kube::Error>());
    matches!(status, Some(kube::Error::Api(status)) if matches!(status.code, 404 | 429 | 503))
}

pub fn journals(cluster: &Direct) -> Result<Vec<Value>> {
    cluster.list(JOURNALS)
}

pub fn forget_journals(cluster: &Direct) -> Result<()> {
    for object in journals(cluster)? {
        delete(cluster, &path("/api/v1", "configmaps", &object))?;
    }
    Ok(())
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
        // What goes needs its time, and comes again then.
        (_, Some(now)) if now["metadata"]["deletionTimestamp"].is_string() => return Ok(()),
        (None, _) => return delete(cluster, path),
        // Whoever owns it makes it again.
        (Some(before), None) if before["metadata"]["ownerReferences"].is_array() => return Ok(()),
        (Some(before), None) => {
            let collection = path.rsplit_once('/').map_or(path, |(collection, _)| collection);
            (Method::POST, managed::by_its_maker(collection, before), anew(before))
        }
        (Some(before), Some(now)) => (Method::PUT, managed::by_its_maker(path, before), replaced(before, now)),
    };
    match cluster.send(method, &path, Some(&body)) {
        // A controller was faster, or something else has to be there first; the next look tells.
        Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404 | 409 | 500) => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// The object as it can be given to the server once more.
fn anew(object: &Value) -> Value {
    let mut object = managed::as_it_was_made(object);
    for key in ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"] {
        object["metadata"].as_object_mut().map(|metadata| metadata.remove(key));
    }
    object
}

/// With everything as it was, and everybody's part in it.
fn replaced(before: &Value, now: &Value) -> Value {
    let mut object = before.clone();
    for key in ["uid", "resourceVersion", "creationTimestamp"] {
        object["metadata"][key] = now["metadata"][key].clone();
    }
    object
}

pub fn delete(cluster: &Direct, path: &str) -> Result<()> {
    let options: Value = json!({"propagationPolicy": "Background"});
    match cluster.send(Method::DELETE, path, Some(&options)) {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        other => Ok(other.map(drop)?),
    }
}
