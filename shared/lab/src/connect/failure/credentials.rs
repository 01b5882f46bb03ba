//! Credentials that could not be had, or that the server does not accept.

use std::io;
use std::time::Duration;

use kube::client::AuthError;
use lab_plan::Exit;

use crate::connect::credential::{Credential, Plugin};
use crate::error::Error;
use crate::harmless::one_line;

use super::innermost;

/// Before any request: there is nothing to send.
pub(super) fn explain(credential: &Credential, what: &str, error: &AuthError) -> Error {
    let failed = Error::new(Exit::Unreachable, what);
    match (error, credential) {
        (AuthError::AuthExecStart(why), Credential::Plugin(plugin)) => not_started(failed, plugin, why),
        (AuthError::AuthExecRun { out, .. }, Credential::Plugin(plugin)) => {
            let failed = failed.cause(format!("the credential plugin {} failed ({})", plugin.command, out.status));
            let failed = match (one_line(&String::from_utf8_lossy(&out.stderr)), plugin.interactive) {
                (said, _) if !said.is_empty() => failed.cause(said),
                (_, true) => failed.cause("what it said stands above"),
                (_, false) => failed.cause("it said nothing"),
            };
            login_hint(failed, credential)
        }
        (AuthError::ReadTokenFile(why, file), _) => failed
            .cause(format!("could not read the token file {}", one_line(&file.display().to_string())))
            .cause(one_line(&why.to_string())),
        (error, credential) => {
            login_hint(failed.cause(format!("could not use {}", credential.name())).cause(innermost(error)), credential)
        }
    }
}

pub(super) fn hangs(credential: &Credential, what: &str, limit: Duration) -> Error {
    let limit = humantime::format_duration(limit);
    let failed = match credential {
        Credential::Plugin(plugin) => format!("the credential plugin {} did not end within {limit}", plugin.command),
        other => format!("{} did not come within {limit}", other.name()),
    };
    login_hint(Error::new(Exit::Unreachable, what).cause(failed), credential)
}

fn not_started(failed: Error, plugin: &Plugin, why: &io::Error) -> Error {
    let failed = failed
        .cause(format!("could not run the credential plugin {}", plugin.command))
        .cause(one_line(&why.to_string()));
    match &plugin.install_hint {
        Some(hint) => failed.hint(hint),
        None => failed.hint(format!("is it installed and on the PATH? command -v {}", plugin.command)),
    }
}

/// 401: the server looked at what was sent and does not accept it.
pub(super) fn not_accepted(credential: &Credential, what: &str, server: &str, said: &str) -> Error {
    let refusal = match credential {
        Credential::None => format!("the API server {server} wants credentials, and there are none for it (401)"),
        some => format!("the API server {server} does not accept {} (401)", some.name()),
    };
    login_hint(Error::new(Exit::Unreachable, what).cause(refusal).cause(said), credential)
}

/// 403 for an anonymous user: the server saw nothing in what was sent, which is no matter of rights.
pub(super) fn not_recognised(credential: &Credential, what: &str, server: &str, said: &str) -> Error {
    let taken = format!("the API server {server} takes us for anonymous in spite of {}", credential.name());
    login_hint(Error::new(Exit::Unreachable, what).cause(taken).cause(said), credential)
}

/// How to come by a fresh credential of this kind.
fn login_hint(error: Error, credential: &Credential) -> Error {
    match credential {
        Credential::None => error.hint("name a user of the kubeconfig with --user, or give a --token"),
        Credential::TokenFlag => error.hint("get a fresh token, such as: kubectl create token NAME"),
        Credential::Certificate(Some(file)) => {
            error.hint(format!("has it expired? openssl x509 -noout -enddate -in {file}"))
        }
        Credential::Certificate(None) => error
            .hint("it may have expired, or be that of an earlier cluster: fetch the kubeconfig again from the cluster"),
        Credential::Plugin(plugin) => error.hint(format!("log in again, as {} asks for it", plugin.command)),
        Credential::Token | Credential::Password | Credential::Provider(_) => {
            error.hint("log in again, or fetch the kubeconfig again from the cluster")
        }
        Credential::TokenFile(file) => error.hint(format!("is it fresh? ls -l {file}")),
        Credential::ServiceAccount => error.hint("is the pod's service account still there? start the pod again"),
    }
}
