//! The API server answered, and the answer is no.

use http::StatusCode;
use kube::core::Status;
use lab_plan::Exit;

use super::credentials;
use super::denial::{denied_right, is_anonymous, is_policy};
use crate::connect::Session;
use crate::connect::credential::Credential;
use crate::error::Error;
use crate::harmless::one_line;
use crate::rights::Right;

/// kube's mark on an answer that was no `Status` of Kubernetes: a proxy's page, or plain text.
const NO_STATUS: &str = "Failed to parse error data";

pub(super) fn explain(session: &Session, what: &str, right: Option<&Right>, status: &Status) -> Error {
    let said = said(status);
    match status.code {
        401 => credentials::not_accepted(&session.way.credential, what, &session.server, &said),
        403 => forbidden(session, what, right, status, &said),
        400 if said.contains("HTTP request to an HTTPS server") => Error::new(Exit::Unreachable, what)
            .cause(format!("the API server {} wants TLS", session.server))
            .hint(format!("--server {}", session.server.replacen("http://", "https://", 1))),
        // An overloaded server says so in plain text.
        429 => Error::failed(what)
            .cause(said)
            .hint("the API server is overloaded: wait a little, then run the command again"),
        _ if status.reason == NO_STATUS => foreign(session, what, status, &said),
        409 => Error::new(Exit::Refused, what)
            .cause(said)
            .hint("somebody else changed it at the same time: run the command again"),
        503 => Error::failed(what).cause(said).hint(format!("{} get apiservices", session.way.kubectl)),
        500.. => Error::failed(what).cause(said).hint(format!("{} get --raw '/readyz?verbose'", session.way.kubectl)),
        _ => Error::failed(what).cause(said),
    }
}

/// The server's message, or at least what kind of answer it was.
fn said(status: &Status) -> String {
    let said = one_line(&status.message);
    if !said.is_empty() && status.reason != NO_STATUS {
        return said;
    }
    let code = StatusCode::from_u16(status.code).map_or_else(|_| status.code.to_string(), |code| code.to_string());
    let page = said.starts_with('<');
    match said.as_str() {
        "" => format!("the answer was {code}"),
        _ if page => format!("the answer was {code}, with a web page"),
        text => format!("the answer was {code}: {}", text.chars().take(200).collect::<String>()),
    }
}

/// An answer that no API server wrote, or that one wrote for a path that it does not know.
fn foreign(session: &Session, what: &str, status: &Status, said: &str) -> Error {
    let error = Error::failed(what).cause(said);
    match (&session.way.proxy, status.code) {
        (_, 404) => {
            error.hint(format!("does the server know this kind of object? {} api-resources", session.way.kubectl))
        }
        (Some(proxy), _) => error.hint(format!("it may come from the proxy {proxy}")),
        (None, _) => error
            .hint(format!("is {} really a Kubernetes API? {} get --raw /version", session.server, session.way.kubectl)),
    }
}

fn forbidden(session: &Session, what: &str, right: Option<&Right>, status: &Status, said: &str) -> Error {
    if is_anonymous(said) && session.way.credential != Credential::None {
        return credentials::not_recognised(&session.way.credential, what, &session.server, said);
    }
    let mut error = Error::new(Exit::Forbidden, what).cause(said);
    if let Some(denied) = denied_right(&status.message) {
        let impersonating = denied.verb.starts_with("impersonate");
        error.missing.push(denied);
        return if impersonating { error.hint("or leave out --as, --as-group and --as-uid") } else { error };
    }
    if is_policy(status) {
        error.exit = Exit::Refused;
        return error.hint("this is not about rights: a policy of the cluster or a quota forbids it");
    }
    error.missing.extend(right.cloned());
    error
}
