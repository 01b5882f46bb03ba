//! Errors in the words of a real API server (compared with one of version 1.37 by `tests/truth.rs`).

use serde_json::{Map, Value, json};

use super::kinds::Resource;
use super::wire::Response;

/// A `Status` with the given code, reason and message, about nothing in particular.
pub fn failure(code: u16, reason: &str, message: &str) -> Response {
    status(code, reason, message, None)
}

fn status(code: u16, reason: &str, message: &str, details: Option<Value>) -> Response {
    let mut body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason,
    });
    if let Some(details) = details {
        body["details"] = details;
    }
    body["code"] = json!(code);
    Response::json(code, &body)
}

/// A `Status` about something that its details name.
pub fn with_details(code: u16, reason: &str, message: &str, details: Value) -> Response {
    status(code, reason, message, Some(details))
}

/// Details as they name an object: absent parts are left out.
fn about(name: &str, group: &str, kind: &str) -> Value {
    let parts = [("name", name), ("group", group), ("kind", kind)].into_iter().filter(|(_, value)| !value.is_empty());
    Value::Object(parts.map(|(key, value)| (key.to_owned(), json!(value))).collect::<Map<_, _>>())
}

fn about_resource(resource: &Resource, name: &str) -> Option<Value> {
    Some(about(name, resource.group, resource.plural))
}

pub fn not_found(resource: &Resource, name: &str) -> Response {
    let message = format!("{} \"{name}\" not found", resource.qualified());
    status(404, "NotFound", &message, about_resource(resource, name))
}

/// For a path that is in nobody's keeping.
pub fn no_such_path() -> Response {
    Response::text(404, "404 page not found\n")
}

/// For a resource that a known group version does not have.
pub fn no_such_resource() -> Response {
    status(404, "NotFound", "the server could not find the requested resource", Some(json!({})))
}

pub fn method_not_allowed() -> Response {
    let message = "the server does not allow this method on the requested resource";
    status(405, "MethodNotAllowed", message, Some(json!({})))
}

pub fn unsupported_media_type() -> Response {
    status(415, "UnsupportedMediaType", "415: Unsupported Media Type", Some(json!({})))
}

pub fn bad_request(message: &str) -> Response {
    status(400, "BadRequest", message, None)
}

pub fn unauthorized() -> Response {
    status(401, "Unauthorized", "Unauthorized", None)
}

pub fn already_exists(resource: &Resource, name: &str) -> Response {
    let message = format!("{} \"{name}\" already exists", resource.qualified());
    status(409, "AlreadyExists", &message, about_resource(resource, name))
}

/// A write that was made from an older version of the object.
pub fn modified(resource: &Resource, name: &str) -> Response {
    let message = format!(
        "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your changes to the latest version and try again",
        resource.qualified()
    );
    status(409, "Conflict", &message, about_resource(resource, name))
}

/// A precondition of a deletion that does not hold. These messages name the kind, not the resource.
pub fn precondition(resource: &Resource, name: &str, why: &str) -> Response {
    let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified_kind());
    status(409, "Conflict", &message, Some(about(name, resource.group, resource.kind)))
}

/// A JSON patch that cannot be applied: a failed `test` looks like any other failure.
pub fn patch_does_not_apply() -> Response {
    let message = "the server rejected our request due to an error in our request";
    status(422, "Invalid", message, Some(json!({})))
}

/// One field of an object that is not as it must be.
pub fn invalid(resource: &Resource, name: &str, field: &str, reason: &str, why: &str) -> Response {
    let message = format!("{} \"{name}\" is invalid: {field}: {why}", resource.qualified_kind());
    let mut details = about(name, resource.group, resource.kind);
    details["causes"] = json!([{"reason": reason, "message": why, "field": field}]);
    status(422, "Invalid", &message, Some(details))
}

/// What was forbidden to whom, as RBAC words it.
pub struct Forbidden<'a> {
    pub user: &'a str,
    pub verb: &'a str,
    pub resource: &'a Resource,
    pub subresource: Option<&'a str>,
    pub namespace: Option<&'a str>,
    pub name: &'a str,
}

pub fn forbidden(what: &Forbidden<'_>) -> Response {
    let Forbidden { user, verb, resource, subresource, namespace, name } = what;
    let object = if name.is_empty() { String::new() } else { format!(" \"{name}\"") };
    let place = match namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let plural = match subresource {
        Some(subresource) => format!("{}/{subresource}", resource.plural),
        None => resource.plural.to_owned(),
    };
    let message = format!(
        "{}{object} is forbidden: User \"{user}\" cannot {verb} resource \"{plural}\" in API group \"{}\" {place}",
        resource.qualified(),
        resource.group
    );
    status(403, "Forbidden", &message, about_resource(resource, name)).header("X-Content-Type-Options", "nosniff")
}

/// An aggregated API whose server is not there; not a `Status`, as with a real aggregator.
pub fn aggregated_api_is_down() -> Response {
    Response::text(503, "service unavailable\n")
}

pub fn too_many_requests(retry_after: u32) -> Response {
    Response::text(429, "Too many requests, please try again later.\n").header("Retry-After", &retry_after.to_string())
}

/// A list to be continued, or a watch from a version, that the server no longer remembers.
pub fn expired() -> Response {
    let message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";
    status(410, "Expired", message, None)
}

/// What a watch says in its stream when the version is too old.
pub fn too_old(asked: u64, oldest: u64) -> Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("too old resource version: {asked} ({oldest})"), "reason": "Expired", "code": 410,
    })
}

/// What a deletion answers.
pub fn deleted(resource: &Resource, name: &str, uid: &str) -> Response {
    let mut details = about(name, resource.group, resource.plural);
    details["uid"] = json!(uid);
    Response::json(
        200,
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
    )
}
