//! That the objects of a manifest fit together: one namespace, and nobody gets rights or is called but MetalLB itself.

use lab::manifest::Object;
use serde_json::Value;

use super::contents::{GROUP, find, is_namespaced};

pub(super) fn check(objects: &[Object], namespace: &str) -> Result<(), String> {
    objects.iter().try_for_each(|object| {
        in_namespace(object, namespace)?;
        match object.target.kind.as_str() {
            "Role" | "ClusterRole" => rules(object),
            "RoleBinding" | "ClusterRoleBinding" => binding(object, objects, namespace),
            "CustomResourceDefinition" => {
                called(object, object.value.pointer("/spec/conversion/webhook/clientConfig"), objects, namespace)
            }
            "ValidatingWebhookConfiguration" => webhooks(object, objects, namespace),
            _ => Ok(()),
        }
    })
}

fn in_namespace(object: &Object, namespace: &str) -> Result<(), String> {
    match object.target.namespace.as_deref() {
        _ if !is_namespaced(object) => Ok(()),
        Some(own) if own == namespace => Ok(()),
        Some(_) => Err(format!("{} is not in the namespace {namespace}, as the others are", object.target)),
        None => Err(format!("{} names no namespace", object.target)),
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Everything is only allowed of MetalLB's own kinds.
fn rules(object: &Object) -> Result<(), String> {
    let whole = |rule: &Value, key: &str| list(rule, key).any(|word| word == "*");
    for rule in list(&object.value, "rules") {
        let is_own = list(rule, "apiGroups").all(|group| group == GROUP) && list(rule, "apiGroups").next().is_some();
        if !is_own && ["apiGroups", "resources", "verbs"].into_iter().any(|key| whole(rule, key)) {
            return Err(format!("{} allows everything (*) of what is not MetalLB's", object.target));
        }
        let grants =
            list(rule, "verbs").any(|verb| ["escalate", "bind", "impersonate"].iter().any(|word| verb == word));
        if grants {
            return Err(format!("{} allows taking the rights of others", object.target));
        }
    }
    Ok(())
}

fn binding(object: &Object, objects: &[Object], namespace: &str) -> Result<(), String> {
    let (kind, name) = (text(&object.value, "/roleRef/kind"), text(&object.value, "/roleRef/name"));
    if !["Role", "ClusterRole"].contains(&kind) || find(objects, kind, name).is_none() {
        return Err(format!("{} gives the rights of {kind} {name}, which is not in the manifest", object.target));
    }
    for subject in list(&object.value, "subjects") {
        let (kind, name) = (text(subject, "/kind"), text(subject, "/name"));
        let is_own = kind == "ServiceAccount" && find(objects, kind, name).is_some();
        if !is_own || text(subject, "/namespace") != namespace {
            return Err(format!("{} gives rights to {kind} {name}, which is not in the manifest", object.target));
        }
    }
    Ok(())
}

/// A truncated file ends in here.
fn webhooks(object: &Object, objects: &[Object], namespace: &str) -> Result<(), String> {
    for webhook in list(&object.value, "webhooks") {
        called(object, webhook.get("clientConfig"), objects, namespace)?;
    }
    let checks = |resource: &str| {
        let rules = list(&object.value, "webhooks").flat_map(|webhook| list(webhook, "rules"));
        rules.flat_map(|rule| list(rule, "resources")).any(|checked| checked == resource)
    };
    match ["ipaddresspools", "l2advertisements"].into_iter().find(|resource| !checks(resource)) {
        None => Ok(()),
        Some(resource) => Err(format!("{} does not check {resource}: the file may have lost its end", object.target)),
    }
}

/// The API server is to call the controller's Service and nobody else.
fn called(object: &Object, config: Option<&Value>, objects: &[Object], namespace: &str) -> Result<(), String> {
    let Some(config) = config else { return Ok(()) };
    let name = text(config, "/service/name");
    if find(objects, "Service", name).is_none() || text(config, "/service/namespace") != namespace {
        return Err(format!("{} has the API server call what is not in the manifest", object.target));
    }
    Ok(())
}
