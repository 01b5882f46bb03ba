//! From a request to its answer, as a real server goes about it: script, rights, then the store.

use serde_json::{Value, json};

use super::discovery;
use super::exec::Ran;
use super::kinds::Served;
use super::log::Wanted;
use super::read::{self, Watch};
use super::rights;
use super::route::{Collection, Object, Route};
use super::script::Answer;
use super::state::State;
use super::status;
use super::wire::{Request, Response};
use super::write;

/// What the connection has to do.
pub enum Reply {
    Whole(Response),
    Watch(Box<Watch>),
    Follow(Wanted),
    Stall,
    Drop,
    Broken(Response),
    Late(std::time::Duration),
    Exec(Ran),
}

/// Answers a request; the scenario's own answers come first.
pub fn to(state: &mut State, request: &Request) -> Reply {
    state.requests.push(request.clone());
    match state.script.answer_to(request) {
        None => carried_out(state, request),
        Some(Answer::Whole(response)) => Reply::Whole(response),
        Some(Answer::Broken(response)) => Reply::Broken(response),
        Some(Answer::Stall) => Reply::Stall,
        Some(Answer::Drop) => Reply::Drop,
        Some(Answer::Late(delay)) => Reply::Late(delay),
        Some(Answer::Ran(ran)) => Reply::Exec(ran),
        Some(Answer::Lost) => {
            carried_out(state, request);
            Reply::Drop
        }
    }
}

/// Answers a request from the store, and lets happen what follows it.
pub fn carried_out(state: &mut State, request: &Request) -> Reply {
    let reply = from_store(state, request).unwrap_or_else(Reply::Whole);
    let succeeded = !matches!(&reply, Reply::Whole(response) if !response.is_success());
    if succeeded && !request.is_dry_run() {
        state.follow(request);
    }
    reply
}

fn from_store(state: &mut State, request: &Request) -> Result<Reply, Response> {
    let route = Route::of(&request.path);
    if let Some(refusal) = state.rights.refusal(request, &route) {
        return Err(refusal);
    }
    match route {
        Route::Version => only_read(request, Response::json(200, &state.version_info())),
        Route::Health => only_read(request, Response::text(200, "ok")),
        Route::Groups { core } => only_read(request, discovery::groups(&state.store, request, core)),
        Route::Group(name) => only_read(request, discovery::group(&state.store, &name)),
        Route::GroupVersion { group, version } => group_version(state, request, &group, &version),
        Route::UnknownResource => Err(unexpected(state, request, status::no_such_resource())),
        Route::UnknownPath => Err(unexpected(state, request, status::no_such_path())),
        Route::Collection(collection) => self::collection(state, request, &collection),
        Route::Object(object) => self::object(state, request, &object),
    }
}

fn only_read(request: &Request, response: Response) -> Result<Reply, Response> {
    if request.method == "GET" { Ok(Reply::Whole(response)) } else { Err(status::method_not_allowed()) }
}

/// Answers as a real server would, and makes the scenario fail in the end: nobody thought of this request.
fn unexpected(state: &mut State, request: &Request, response: Response) -> Response {
    state.unexpected.push(super::seen::line(request));
    response
}

fn group_version(state: &mut State, request: &Request, group: &str, version: &str) -> Result<Reply, Response> {
    match discovery::group_version(&state.store, group, version) {
        Some(response) => only_read(request, response),
        None if may_come(group) => Err(status::no_such_path()),
        None => Err(unexpected(state, request, status::no_such_path())),
    }
}

/// Somebody may serve it later; to ask whether it is there is nothing unexpected.
fn may_come(group: &str) -> bool {
    let comes = |served: Served| matches!(served, Served::Aggregated | Served::Defined);
    super::kinds::RESOURCES.iter().any(|resource| resource.group == group && comes(resource.served))
}

/// A kind behind an APIService is there only as far as that service is.
fn reachable(state: &State, resource: &super::kinds::Resource) -> Result<(), Response> {
    match (resource.served, discovery::availability(&state.store, resource.group, resource.version)) {
        (Served::Aggregated, None) => Err(status::no_such_path()),
        (Served::Aggregated, Some(false)) => Err(status::aggregated_api_is_down()),
        (Served::Defined, _) if !discovery::is_there(&state.store, resource) => Err(status::no_such_path()),
        _ => Ok(()),
    }
}

fn collection(state: &mut State, request: &Request, wanted: &Collection) -> Result<Reply, Response> {
    reachable(state, wanted.resource)?;
    let stored = wanted.resource.is_stored();
    let is_watch = request.flag("watch");
    match request.method.as_str() {
        "POST" if wanted.resource.served == Served::Asked => review(state, request, wanted).map(Reply::Whole),
        "GET" if wanted.resource.served == Served::Asked => Err(status::method_not_allowed()),
        "GET" if is_watch && stored => {
            read::watch(&state.store, request, wanted).map(|watch| Reply::Watch(Box::new(watch)))
        }
        // What is measured anew every few seconds cannot be watched.
        "GET" if is_watch => Err(status::method_not_allowed()),
        "GET" => read::list(&state.store, request, wanted).map(Reply::Whole),
        "POST" if stored => write::create(&mut state.store, request, wanted).map(Reply::Whole),
        "DELETE" => Err(unexpected(state, request, status::method_not_allowed())),
        _ => Err(status::method_not_allowed()),
    }
}

fn object(state: &mut State, request: &Request, wanted: &Object) -> Result<Reply, Response> {
    reachable(state, wanted.resource)?;
    let stored = wanted.resource.is_stored();
    if wanted.subresource.as_deref() == Some("approval") && request.method != "GET" {
        let decided = state.store.find(wanted.resource, "", &wanted.name);
        decided.and_then(|object| state.rights.decision_refusal(object)).map_or(Ok(()), Err)?;
    }
    match (request.method.as_str(), wanted.subresource.as_deref()) {
        ("GET", Some("log")) if wanted.resource.kind == "Pod" => log(state, request, wanted),
        (_, Some(name)) if !matches!(name, "status" | "approval") || !wanted.resource.subresources.contains(&name) => {
            Err(unexpected(state, request, status::no_such_resource()))
        }
        ("GET", _) => Ok(Reply::Whole(read::object(&state.store, wanted))),
        ("PUT", _) if stored => write::update(&mut state.store, request, wanted).map(Reply::Whole),
        ("PATCH", _) if stored => write::patch(&mut state.store, request, wanted).map(Reply::Whole),
        ("DELETE", None) if stored => write::delete(&mut state.store, request, wanted).map(Reply::Whole),
        _ => Err(status::method_not_allowed()),
    }
}

fn log(state: &State, request: &Request, wanted: &Object) -> Result<Reply, Response> {
    let log = read::log(&state.store, request, wanted)?;
    if log.follow {
        return Ok(Reply::Follow(log));
    }
    let text = super::log::present(&state.store, &log);
    Ok(Reply::Whole(Response { headers: Vec::new(), ..Response::text(200, log.cut(&text)) }))
}

/// Questions that are asked by creating an object: may I, and who am I.
fn review(state: &mut State, request: &Request, wanted: &Collection) -> Result<Response, Response> {
    let mut object = request.json().ok_or_else(|| status::bad_request("invalid JSON"))?;
    object["status"] = match wanted.resource.kind {
        "SelfSubjectAccessReview" => json!({"allowed": state.rights.may(&object["spec"]["resourceAttributes"])}),
        _ => json!({"userInfo": {"username": rights::user(request), "groups": groups(request)}}),
    };
    Ok(Response::json(201, &object))
}

fn groups(request: &Request) -> Value {
    match request.header("impersonate-group") {
        Some(group) => json!([group, "system:authenticated"]),
        None => json!(["lecture", "system:authenticated"]),
    }
}
