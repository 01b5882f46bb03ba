//! Turns what kube reports into what a person can act on.

mod answer;
mod credentials;
mod denial;
mod unreachable;

use std::error::Error as StdError;
use std::time::Duration;

use kube::client::AuthError;
use lab_plan::Exit;

use super::Session;
use super::client::Unbuilt;
use super::credential::Credential;
use super::kubeconfig::shown;
use crate::error::Error;
use crate::harmless::one_line;
use crate::rights::Right;
use crate::transport::{Trouble, links};

/// `what` is the whole of `could not …`; `right` is what was needed, for when it is missing.
#[expect(clippy::needless_pass_by_value, reason = "a failure ends here; nobody needs it afterwards")]
pub(crate) fn explain(session: &Session, what: &str, right: Option<&Right>, error: kube::Error) -> Error {
    if let kube::Error::Api(status) = &error {
        return answer::explain(session, what, right, status);
    }
    if let Some(auth) = links(&error).find_map(|link| link.downcast_ref::<AuthError>()) {
        return credentials::explain(&session.way.credential, what, auth);
    }
    if let kube::Error::SerdeError(why) = &error {
        return garbled(session, what, &one_line(&why.to_string()));
    }
    match Trouble::of(&error) {
        Some(trouble) => unreachable::explain(session, what, &trouble),
        None => Error::failed(what).cause(innermost(&error)),
    }
}

/// Nothing was answered within the time limit for one request.
pub(crate) fn silent(session: &Session, what: &str, limit: Duration) -> Error {
    let limit = humantime::format_duration(limit);
    Error::new(Exit::TimedOut, what)
        .cause(format!("the API server {} did not answer within {limit}", session.server))
        .hint("give it more time: --request-timeout 30s")
        .hint(format!("see whether it answers at all: {} get --raw /readyz", session.way.kubectl))
}

/// There is no client to send anything with.
pub(crate) fn unbuilt(server: &str, credential: &Credential, unbuilt: Unbuilt) -> Error {
    let what = format!("could not prepare the connection to {server}");
    let error = match unbuilt {
        Unbuilt::PluginHangs(limit) => return credentials::hangs(credential, &what, limit),
        Unbuilt::Kube(error) => error,
    };
    match links(error.as_ref()).find_map(|link| link.downcast_ref::<AuthError>()) {
        Some(auth) => credentials::explain(credential, &what, auth),
        // Only files and words of the kubeconfig took part so far.
        None => unusable(Error::usage(what), error.as_ref()).hint("kubectl config view"),
    }
}

/// A file that the kubeconfig names is missing, or does not hold what it should.
fn unusable(failed: Error, error: &kube::Error) -> Error {
    use kube::config::{KubeconfigError as Fault, LoadDataError};
    let kube::Error::InferKubeconfig(Fault::LoadClientCertificate(fault) | Fault::LoadClientKey(fault)) = error else {
        return failed.cause(innermost(error));
    };
    let failed = failed.cause("could not load the user's client certificate and key");
    match fault {
        LoadDataError::ReadFile(why, file) => failed.cause(shown(file)).cause(one_line(&why.to_string())),
        LoadDataError::NoBase64DataOrFile => failed.cause("there is only one of the two"),
        other => failed.cause(one_line(&other.to_string())),
    }
}

/// What came is no JSON, so perhaps another program answers there.
pub(crate) fn garbled(session: &Session, what: &str, why: &str) -> Error {
    Error::failed(what).cause("the answer could not be understood").cause(why).hint(format!(
        "is {} really a Kubernetes API? see what it answers: {} get --raw /version",
        session.server, session.way.kubectl
    ))
}

/// The last cause: what stands before it is only the way through kube's layers.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    one_line(&links(error).last().map(ToString::to_string).unwrap_or_default())
}
