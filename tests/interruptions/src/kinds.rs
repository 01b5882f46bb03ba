//! Kinds that are being deleted, brought to their end: the API server looks at what is left of them only now and then, and after a
//! failure later and later.

use anyhow::Result;
use http::Method;
use lab_e2e::{Direct, Everything};
use serde_json::{Value, json};

/// Those of which no object is left. Only between two cases: what a verb waits for takes the time that it takes.
pub fn finish(cluster: &Direct, now: &Everything) -> Result<()> {
    let is_going = |object: &&Value| {
        object["kind"] == "CustomResourceDefinition" && object["metadata"]["deletionTimestamp"].is_string()
    };
    for definition in now.objects().filter(is_going) {
        if !now.objects().any(|object| is_of(definition, object)) {
            release(cluster, definition)?;
        }
    }
    Ok(())
}

fn is_of(definition: &Value, object: &Value) -> bool {
    let group = object["apiVersion"].as_str().and_then(|version| version.split_once('/')).map(|(group, _)| group);
    object["kind"] == definition["spec"]["names"]["kind"] && group == definition["spec"]["group"].as_str()
}

fn release(cluster: &Direct, definition: &Value) -> Result<()> {
    let mut released = definition.clone();
    released["metadata"]["finalizers"] = json!([]);
    let name = definition["metadata"]["name"].as_str().unwrap_or_default();
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}");
    match cluster.send(Method::PUT, &path, Some(&released)) {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        other => Ok(other.map(drop)?),
    }
}
