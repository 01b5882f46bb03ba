//! Writing: create, update, patch, delete, with the conditions and dry runs of a real server.

use serde_json::{Value, json};

use super::defaults;
use super::kinds::Resource;
use super::managed;
use super::metadata;
use super::patch::{self, Kind};
use super::route::{Collection, Object};
use super::status;
use super::store::Store;
use super::wire::{Request, Response};

type Answered = Result<Response, Response>;

pub fn create(store: &mut Store, request: &Request, wanted: &Collection) -> Answered {
    let resource = wanted.resource;
    let mut object = body(request, resource)?;
    if let Some(namespace) = &wanted.namespace {
        place(&mut object, namespace)?;
        namespace_exists(store, namespace)?;
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if name.is_empty() && object["metadata"]["generateName"].is_null() {
        let why = "Required value: name or generateName is required";
        return Err(status::invalid(resource, "", "metadata.name", "FieldValueRequired", why));
    }
    if !name.is_empty() && store.find(resource, wanted.namespace.as_deref().unwrap_or_default(), &name).is_some() {
        return Err(status::already_exists(resource, &name));
    }
    Ok(Response::json(201, &made(store, request, resource, object, "Update")))
}

/// Adds an object for a client, or only shows what it would be.
fn made(
    store: &mut Store,
    request: &Request,
    resource: &'static Resource,
    mut object: Value,
    operation: &str,
) -> Value {
    for key in ["uid", "creationTimestamp", "generation", "resourceVersion", "managedFields"] {
        object["metadata"].as_object_mut().and_then(|metadata| metadata.shift_remove(key));
    }
    object.as_object_mut().and_then(|fields| fields.shift_remove("status"));
    defaults::fill(&mut object);
    defaults::begin_status(&mut object, resource);
    managed::record(&mut object, &json!({}), &manager(request), operation, None);
    if is_dry(request) {
        metadata::born(&mut object, resource, 0);
        return object;
    }
    store.insert(resource, object)
}

pub fn update(store: &mut Store, request: &Request, wanted: &Object) -> Answered {
    let old = present(store, wanted)?;
    let new = body(request, wanted.resource)?;
    changed(store, request, wanted, &old, new, "Update")
}

pub fn patch(store: &mut Store, request: &Request, wanted: &Object) -> Answered {
    let kind = patch::kind(request).ok_or_else(status::unsupported_media_type)?;
    let old = match present(store, wanted) {
        Err(_) if kind == Kind::Apply => return applied_anew(store, request, wanted),
        found => found?,
    };
    let new = match kind {
        Kind::Json => patch::json(&old, &request.body)?,
        Kind::Merge => patch::merge(&old, &request.body)?,
        Kind::Strategic => patch::strategic(&old, &request.body)?,
        Kind::Apply => {
            let new = patch::strategic(&old, &request.body)?;
            if !request.flag("force") {
                patch::conflicts(&new, &old, &manager(request))?;
            }
            new
        }
    };
    let operation = if kind == Kind::Apply { "Apply" } else { "Update" };
    changed(store, request, wanted, &old, new, operation)
}

fn applied_anew(store: &mut Store, request: &Request, wanted: &Object) -> Answered {
    let mut object = request.json().ok_or_else(|| status::bad_request("error decoding YAML"))?;
    if let Some(namespace) = &wanted.namespace {
        place(&mut object, namespace)?;
        namespace_exists(store, namespace)?;
    }
    if object["metadata"]["uid"].is_string() || object["metadata"]["resourceVersion"].is_string() {
        return Err(status::modified(wanted.resource, &wanted.name));
    }
    Ok(Response::json(201, &made(store, request, wanted.resource, object, "Apply")))
}

/// Stores a changed object as far as the client may change it, or only shows what it would be.
fn changed(
    store: &mut Store,
    request: &Request,
    wanted: &Object,
    old: &Value,
    new: Value,
    operation: &str,
) -> Answered {
    let resource = wanted.resource;
    check_identity(resource, &wanted.name, old, &new)?;
    let mut new = only_what_may_change(wanted, old, new);
    if wanted.subresource.is_none() {
        defaults::fill(&mut new);
    }
    metadata::carried(&mut new, old, resource);
    if !metadata::same(&new, old) {
        managed::record(&mut new, old, &manager(request), operation, wanted.subresource.as_deref());
    }
    if is_dry(request) {
        new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"].clone();
        return Ok(Response::json(200, &new));
    }
    Ok(Response::json(200, &store.replace(resource, old, new)))
}

fn check_identity(resource: &Resource, name: &str, old: &Value, new: &Value) -> Result<(), Response> {
    let (was, is) = (&old["metadata"], &new["metadata"]);
    if is["name"] != was["name"] {
        let given = is["name"].as_str().unwrap_or_default();
        return Err(status::bad_request(&format!(
            "the name of the object ({given}) does not match the name on the URL ({name})"
        )));
    }
    if is["resourceVersion"].is_string() && is["resourceVersion"] != was["resourceVersion"] {
        return Err(status::modified(resource, name));
    }
    if is["uid"].is_string() && is["uid"] != was["uid"] {
        let why = format!("Invalid value: {}: field is immutable", is["uid"]);
        return Err(status::invalid(resource, name, "metadata.uid", "FieldValueInvalid", &why));
    }
    Ok(())
}

/// A subresource changes its own part; the object's own address changes all but the status.
fn only_what_may_change(wanted: &Object, old: &Value, new: Value) -> Value {
    let mut kept = old.clone();
    match wanted.subresource.as_deref() {
        Some("approval") => kept["status"]["conditions"] = new["status"]["conditions"].clone(),
        Some(_) => kept["status"] = new["status"].clone(),
        None => {
            kept = new;
            if wanted.resource.has_status() {
                kept["status"] = old["status"].clone();
            }
        }
    }
    kept
}

pub fn delete(store: &mut Store, request: &Request, wanted: &Object) -> Answered {
    let object = present(store, wanted)?;
    let options = request.json().unwrap_or(Value::Null);
    check_preconditions(wanted.resource, &wanted.name, &object, &options["preconditions"])?;
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    if request.is_dry_run() {
        return Ok(Response::json(200, &object));
    }
    let policy = options["propagationPolicy"].as_str().or(request.parameter("propagationPolicy"));
    let left = store.take(wanted.resource, &object, policy != Some("Orphan"));
    if left["metadata"]["deletionTimestamp"].is_string() {
        return Ok(Response::json(200, &left));
    }
    Ok(status::deleted(wanted.resource, &wanted.name, &uid))
}

fn check_preconditions(resource: &Resource, name: &str, object: &Value, wanted: &Value) -> Result<(), Response> {
    for (key, what, then) in [
        ("uid", "UID", "The object might have been deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "The object might have been modified"),
    ] {
        let (asked, real) = (wanted[key].as_str(), object["metadata"][key].as_str().unwrap_or_default());
        if let Some(asked) = asked.filter(|asked| *asked != real) {
            let why = format!(
                "the {what} in the precondition ({asked}) does not match the {what} in record ({real}). {then}"
            );
            return Err(status::precondition(resource, name, &why));
        }
    }
    Ok(())
}

fn present(store: &Store, wanted: &Object) -> Result<Value, Response> {
    let found = store.find(wanted.resource, wanted.namespace.as_deref().unwrap_or_default(), &wanted.name);
    found.cloned().ok_or_else(|| status::not_found(wanted.resource, &wanted.name))
}

fn body(request: &Request, resource: &Resource) -> Result<Value, Response> {
    let object = request.json().filter(Value::is_object).ok_or_else(|| {
        let kind = resource.kind;
        status::bad_request(&format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind"
        ))
    })?;
    let (kind, version) =
        (object["kind"].as_str().unwrap_or_default(), object["apiVersion"].as_str().unwrap_or_default());
    if kind != resource.kind || version != resource.api_version() {
        let message = format!("{kind} in version \"{version}\" cannot be handled as a {}", resource.kind);
        return Err(status::bad_request(&message));
    }
    Ok(object)
}

fn place(object: &mut Value, namespace: &str) -> Result<(), Response> {
    let given = &object["metadata"]["namespace"];
    if given.is_string() && given != namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(status::bad_request(message));
    }
    object["metadata"]["namespace"] = json!(namespace);
    Ok(())
}

fn namespace_exists(store: &Store, namespace: &str) -> Result<(), Response> {
    match super::kinds::by_qualified_name("namespaces") {
        Some(resource) if store.find(resource, "", namespace).is_none() => Err(status::not_found(resource, namespace)),
        _ => Ok(()),
    }
}

fn is_dry(request: &Request) -> bool {
    request.parameter("dryRun") == Some("All")
}

/// Who writes: what the client says, else its program's name.
fn manager(request: &Request) -> String {
    let program = request.user_agent().split('/').next().filter(|name| !name.is_empty()).unwrap_or("unknown");
    request.parameter("fieldManager").unwrap_or(program).to_owned()
}
