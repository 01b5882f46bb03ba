//! Whether MetalLB is installed wholly: seen with our own eyes, beside what the verb says of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use http::Method;
use lab_e2e::{Direct, Everything, POOL};
use serde_json::{Value, json};

use crate::addresses;
use crate::scenario::METALLB;

const POOLS: &str = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools";

/// What is missing, different or left over; empty where nothing is.
pub fn shortcomings(now: &Everything, files: &Path) -> Result<String> {
    let file = files.join(METALLB);
    let text = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    let mut wanted = lab::manifest::parse(&text, "the manifest").map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut wanted: Vec<Value> = wanted.drain(..).map(|object| object.value).collect();
    wanted.push(of_pool("IPAddressPool", "lecture", &json!({"addresses": [POOL]})));
    wanted.push(of_pool("L2Advertisement", "external-access", &json!({"ipAddressPools": ["lecture"]})));

    let mut found = String::new();
    for object in &wanted {
        match now.objects().find(|live| is_same(live, object)) {
            None => writeln!(found, "there is no {}", name(object))?,
            Some(live) if !lab_plan::contains(live, object) => {
                writeln!(found, "{} is not as the manifest says:\n{live:#}", name(object))?;
            }
            Some(_) => {}
        }
    }
    let ours = now.objects().filter(|live| live["metadata"]["labels"]["kubectl-lab/part-of"] == "metallb");
    for live in ours.filter(|live| !wanted.iter().any(|object| is_same(live, object))) {
        writeln!(found, "{} is left over", name(live))?;
    }
    if addresses::of(now).is_empty() {
        writeln!(found, "the Service has no address")?;
    }
    Ok(found)
}

fn of_pool(kind: &str, name: &str, spec: &Value) -> Value {
    let metadata = json!({"name": name, "namespace": "metallb-system"});
    json!({"apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": metadata, "spec": spec})
}

fn is_same(a: &Value, b: &Value) -> bool {
    ["/kind", "/metadata/namespace", "/metadata/name"].iter().all(|field| a.pointer(field) == b.pointer(field))
}

fn name(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{} {} {}", text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

/// The webhook is asked, and what it says counts.
pub fn refuses_nonsense(cluster: &Direct) -> Result<bool> {
    let nonsense = of_pool("IPAddressPool", "nonsense", &json!({"addresses": ["nonsense"]}));
    match cluster.send(Method::POST, &format!("{POOLS}?dryRun=All"), Some(&nonsense)) {
        Ok(_) => Ok(false),
        Err(kube::Error::Api(status)) if status.message.contains("denied the request: parsing address pool") => {
            Ok(true)
        }
        Err(error) => Err(error).context("could not ask MetalLB's webhook"),
    }
}
