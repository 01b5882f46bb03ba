//! What MetalLB's two workloads run, and that they take no more of a node than they need.

use lab::manifest::Object;
use serde_json::Value;

use super::Version;
use super::image::Image;

/// The release that a workload runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runs<'o> {
    Release(Version, &'o str),
    /// The image is pinned by a digest and has no tag.
    Pinned(&'o str),
}

/// `name` is the workload's, its container's and its image's.
pub(super) fn runs<'o>(workload: &'o Object, name: &str) -> Result<Runs<'o>, String> {
    let target = &workload.target;
    let pod = workload.value.pointer("/spec/template/spec").ok_or_else(|| format!("{target} has no pod template"))?;
    let container = only_container(pod).map_err(|why| format!("{target} {why}"))?;
    if let Some(what) = too_much(pod, container) {
        return Err(format!("{target} {what}, which MetalLB's does not"));
    }
    let text = container.get("image").and_then(Value::as_str).ok_or_else(|| format!("{target} has no image"))?;
    let image = Image::parse(text);
    if !image.is_called(name) {
        return Err(format!("{target} runs the image {text}, which is not MetalLB's {name}"));
    }
    match (image.version(), image.tag()) {
        (Some(version), _) => Ok(Runs::Release(version, text)),
        (None, Some(tag)) => Err(format!("{target} runs the image {text}, and {tag} is no release")),
        (None, None) if image.is_pinned() => Ok(Runs::Pinned(text)),
        (None, None) => Err(format!("{target} runs the image {text}, which names no release")),
    }
}

fn only_container(pod: &Value) -> Result<&Value, String> {
    let listed = |key: &str| pod.get(key).and_then(Value::as_array).into_iter().flatten();
    let mut containers = listed("containers");
    let first = containers.next().ok_or("has no container")?;
    match containers.chain(listed("initContainers")).next() {
        None => Ok(first),
        Some(other) => {
            let name = other.get("name").and_then(Value::as_str).unwrap_or_default();
            Err(format!("has another container, {name}, which the native manifest does not have"))
        }
    }
}

fn too_much(pod: &Value, container: &Value) -> Option<String> {
    let is_true = |value: &Value, pointer: &str| value.pointer(pointer) == Some(&Value::Bool(true));
    if is_true(container, "/securityContext/privileged") {
        return Some("runs a privileged container".into());
    }
    if is_true(pod, "/hostPID") || is_true(pod, "/hostIPC") {
        return Some("shares the node's processes".into());
    }
    let mut volumes = pod.get("volumes").and_then(Value::as_array).into_iter().flatten();
    if volumes.any(|volume| volume.get("hostPath").is_some()) {
        return Some("mounts a folder of the node".into());
    }
    let added = container.pointer("/securityContext/capabilities/add").and_then(Value::as_array);
    let mut added = added.into_iter().flatten().filter_map(Value::as_str);
    // Sending and hearing ARP and NDP takes this one.
    added.find(|capability| *capability != "NET_RAW").map(|capability| format!("adds the capability {capability}"))
}
