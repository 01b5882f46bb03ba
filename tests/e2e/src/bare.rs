//! Makes a cluster bare again: no MetalLB, nothing of the tests, whatever the last of them left and wherever it stopped.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use http::Method;
use lab_cluster::cluster::Cluster;
use serde_json::{Value, json};

use crate::direct::Direct;

const KUBERNETES_OWN: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];
const EXCLUDE: &str = "node.kubernetes.io/exclude-from-external-load-balancers";
/// A namespace whose pods end in two seconds takes about eight.
const LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Done within a second where there is nothing to remove.
pub fn make_bare(cluster: &Cluster, api: &Direct) -> Result<()> {
    let start = Instant::now();
    relabel_nodes(cluster, api)?;
    loop {
        let left = leftovers(api)?;
        if left.is_empty() {
            return Ok(());
        }
        if start.elapsed() > LIMIT {
            let names: Vec<String> = left.iter().map(Leftover::to_string).collect();
            bail!(
                "could not make the cluster `{}` bare: after {} s there is still {}",
                cluster.name(),
                LIMIT.as_secs(),
                names.join(", ")
            );
        }
        for leftover in left.iter().filter(|leftover| !leftover.is_going()) {
            leftover.remove(api)?;
        }
        sleep(BETWEEN_LOOKS);
    }
}

struct Leftover {
    path: String,
    object: Value,
}

impl Leftover {
    fn is_going(&self) -> bool {
        self.object["metadata"]["deletionTimestamp"].is_string()
    }

    fn remove(&self, api: &Direct) -> Result<()> {
        let options = json!({ "propagationPolicy": "Background", "gracePeriodSeconds": 1 });
        match api.send(Method::DELETE, &self.path, Some(&options)) {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }
}

/// With what keeps it, where it says so.
impl std::fmt::Display for Leftover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        let conditions = self.object["status"]["conditions"].as_array().into_iter().flatten();
        let reasons: Vec<_> =
            conditions.filter(|one| one["status"] == "True").filter_map(|one| one["message"].as_str()).collect();
        if self.is_going() && !reasons.is_empty() { write!(f, " ({})", reasons.join("; ")) } else { Ok(()) }
    }
}

/// The webhooks come first: one that is registered and does not run would refuse what follows.
fn leftovers(api: &Direct) -> Result<Vec<Leftover>> {
    let name = |object: &Value| object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    let mut collect = |collection: &str, query: &str, is_left: &dyn Fn(&Value) -> bool| -> Result<()> {
        let found = api.list(&format!("{collection}{query}"))?.into_iter().filter(|object| is_left(object));
        all.extend(found.map(|object| Leftover { path: path(collection, &object), object }));
        Ok(())
    };
    collect("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", "", &|_| true)?;
    collect("/api/v1/services", "", &|service| service["spec"]["type"] == "LoadBalancer")?;
    collect("/api/v1/namespaces", "", &|namespace| !KUBERNETES_OWN.contains(&name(namespace).as_str()))?;
    let of_metallb = |object: &Value| name(object).ends_with(".metallb.io");
    collect("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "", &of_metallb)?;
    // MetalLB's, and those of users who have the rights of one command.
    let of_tests = |object: &Value| ["metallb", "kubectl-lab-"].iter().any(|start| name(object).starts_with(start));
    for kind in ["clusterrolebindings", "clusterroles", "rolebindings", "roles"] {
        collect(&format!("/apis/rbac.authorization.k8s.io/v1/{kind}"), "", &of_tests)?;
    }
    // What the verbs leave where they were killed, and what they keep for `undo`.
    collect("/apis/batch/v1/jobs", "?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dkubectl-lab", &|_| true)?;
    collect("/api/v1/configmaps", "?labelSelector=kubectl-lab%2Fstate", &|_| true)?;
    Ok(all)
}

fn path(collection: &str, object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match (object["metadata"]["namespace"].as_str(), collection.rsplit_once('/')) {
        (Some(namespace), Some((version, plural))) => format!("{version}/namespaces/{namespace}/{plural}/{name}"),
        _ => format!("{collection}/{name}"),
    }
}

/// The first node bears the label, as kubeadm sets it on a control plane's; the others do not.
fn relabel_nodes(cluster: &Cluster, api: &Direct) -> Result<()> {
    let spec = cluster.spec();
    for number in spec.numbers() {
        let path = format!("/api/v1/nodes/{}", spec.node_name(number));
        let wanted = if spec.control_plane_labels && number == 1 { json!("") } else { Value::Null };
        let node = api.get(&path)?.unwrap_or_default();
        if node["metadata"]["labels"][EXCLUDE] != wanted {
            let patch = json!({ "metadata": { "labels": { EXCLUDE: wanted } } });
            api.send(Method::PATCH, &path, Some(&patch))?;
        }
    }
    Ok(())
}
