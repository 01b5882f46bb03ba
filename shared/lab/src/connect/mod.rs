//! Connecting to the cluster that kubectl would connect to, with the same flags and files.

mod authority;
mod choice;
mod client;
mod clock;
mod credential;
mod environment;
pub(crate) mod failure;
mod kubeconfig;
mod pod;
mod proxy;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use kube::config::Kubeconfig;

use crate::error::Result;
use crate::flags::Connection;
use crate::harmless::one_line;
use choice::{Choice, choose};
use clock::Clock;
use credential::Credential;
use environment::Environment;
use kubeconfig::Found;

pub(crate) use proxy::is_this_machine;

/// How long a credential plugin may take where nobody can be asked anything.
const PLUGIN_PATIENCE: Duration = Duration::from_secs(60);

/// A connection and the words for it. Everything a plan must name: context, server, user.
pub struct Session {
    pub(crate) client: kube::Client,
    pub context: Option<String>,
    pub server: String,
    /// As the kubeconfig or `--as` says; only the server knows who that really is.
    pub user: Option<String>,
    /// From `-n`, else the context's, else `default`.
    pub namespace: String,
    /// It was from `-n`.
    pub namespace_was_given: bool,
    pub(crate) request_timeout: Duration,
    pub(crate) clock: Arc<Clock>,
    pub(crate) way: Way,
}

/// How the server is reached, for the explanation where it is not.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// The kubectl that goes the same way: the command with its flags.
    pub kubectl: String,
    pub proxy: Option<String>,
    pub credential: Credential,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("server", &self.server).field("user", &self.user).finish_non_exhaustive()
    }
}

/// Reads the files and builds the client. No request is sent yet.
pub async fn connect(flags: &Connection) -> Result<Session> {
    connect_in(flags, &Environment::of_this_process()).await
}

/// The same where nobody must be asked anything, because nothing was asked for yet.
pub(crate) async fn quietly(flags: &Connection) -> Result<Session> {
    connect_in(flags, &Environment { has_terminal: false, ..Environment::of_this_process() }).await
}

/// The kubeconfig that is meant, where there is a usable one.
pub(crate) fn kubeconfig_of(flags: &Connection) -> Option<Kubeconfig> {
    match kubeconfig::find(flags.kubeconfig.as_deref(), &Environment::of_this_process()) {
        Ok(Found::Config(config)) => Some(*config),
        _ => None,
    }
}

pub(crate) async fn connect_in(flags: &Connection, environment: &Environment) -> Result<Session> {
    let (config, in_pod) = match kubeconfig::find(flags.kubeconfig.as_deref(), environment)? {
        Found::Config(config) => (*config, false),
        // With the server's address on the command line, nothing else is needed.
        Found::Nothing(_) if flags.server.is_some() => (Kubeconfig::default(), false),
        Found::Nothing(files) => (pod::kubeconfig(&files, flags, environment)?, true),
    };
    let choice = choose(&config, flags)?;
    let context = choice.context.clone().filter(|_| !in_pod);
    let settings = settings::settings(&choice, environment, flags.request_timeout)?;
    let way = Way {
        kubectl: kubectl(flags, context.as_deref()),
        proxy: settings.proxy_url.as_ref().map(proxy::shown),
        credential: if in_pod && flags.token.is_none() {
            Credential::ServiceAccount
        } else {
            Credential::of(&settings.auth_info, flags)
        },
    };
    let server = one_line(settings.cluster_url.to_string().trim_end_matches('/'));
    let patience = (!environment.has_terminal).then_some(PLUGIN_PATIENCE);
    let clock: Arc<Clock> = Arc::default();
    let client = client::build(settings, patience, Arc::clone(&clock))
        .await
        .map_err(|unbuilt| failure::unbuilt(&server, &way.credential, unbuilt))?;
    Ok(Session {
        client,
        context: context.map(|name| one_line(&name)),
        server,
        user: user_words(&choice, flags),
        namespace: choice.namespace,
        namespace_was_given: flags.namespace.as_ref().is_some_and(|namespace| !namespace.is_empty()),
        request_timeout: flags.request_timeout,
        clock,
        way,
    })
}

/// What this program calls itself wherever it sends a request.
pub(crate) fn user_agent() -> String {
    Environment::of_this_process().user_agent()
}

/// Who acts, in the words of the kubeconfig and the flags.
fn user_words(choice: &Choice, flags: &Connection) -> Option<String> {
    let user = match &flags.token {
        Some(_) => Some("the holder of the given token".to_owned()),
        None => choice.user.as_deref().map(one_line),
    };
    match (choice.auth.impersonate.as_deref().map(one_line), user) {
        (Some(other), Some(user)) => Some(format!("{other} (impersonated by {user})")),
        (Some(other), None) => Some(other),
        (None, user) => user,
    }
}

fn kubectl(flags: &Connection, context: Option<&str>) -> String {
    let file = flags.kubeconfig.as_deref().map(kubeconfig::shown);
    let words = [
        ("--kubeconfig", file),
        ("--context", context.map(one_line)),
        ("--server", flags.server.as_deref().map(one_line)),
    ];
    let given = words.into_iter().filter_map(|(flag, word)| Some(format!(" {flag} {}", quoted(&word?))));
    format!("kubectl{}", given.collect::<String>())
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
