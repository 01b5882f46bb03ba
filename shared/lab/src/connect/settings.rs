//! kube's configuration from what was chosen. It is put together here and not by kube's own loader, because that one
//! matches `NO_PROXY` against the proxy instead of the cluster, and stops at an empty entry in it.

use std::time::Duration;

use http::Uri;
use http::header::{HeaderValue, USER_AGENT};
use kube::Config;

use super::authority::root_certificates;
use super::choice::Choice;
use super::credential::quieted;
use super::environment::Environment;
use super::proxy::proxy_for;
use crate::error::{Error, Result};
use crate::harmless::one_line;

/// The longest time for a connection to come about, whatever the requests may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn settings(choice: &Choice, environment: &Environment, request_timeout: Duration) -> Result<Config> {
    let server = server_url(choice.cluster.server.as_deref().unwrap_or_default())?;
    let proxy = proxy_for(&server, choice.cluster.proxy_url.as_deref(), environment)?;
    let mut config = Config::new(server);
    config.proxy_url = proxy;
    config.default_namespace.clone_from(&choice.namespace);
    config.root_cert = root_certificates(&choice.cluster)?;
    config.accept_invalid_certs = choice.cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name.clone_from(&choice.cluster.tls_server_name);
    config.disable_compression = choice.cluster.disable_compression.unwrap_or(false);
    config.auth_info = quieted(choice.auth.clone(), environment.has_terminal);
    Ok(bounded(config, environment, request_timeout))
}

/// What holds however the configuration came about: our name, our patience, and no repetition behind our back (kube
/// would repeat a request for many minutes).
pub(crate) fn bounded(mut config: Config, environment: &Environment, request_timeout: Duration) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(connect_limit(request_timeout));
    config.headers.extend(HeaderValue::from_str(&environment.user_agent()).ok().map(|value| (USER_AGENT, value)));
    config
}

/// A little less than the time for the whole request, so that the more exact of the two explanations comes first.
fn connect_limit(request_timeout: Duration) -> Duration {
    if request_timeout.is_zero() { CONNECT_LIMIT } else { (request_timeout * 4 / 5).min(CONNECT_LIMIT) }
}

/// As kubectl reads an address: without a scheme it is http.
fn server_url(text: &str) -> Result<Uri> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let wrong = |why: String| {
        Error::usage(format!("could not use {:?} as the API server's address", one_line(text)))
            .cause(why)
            .hint("write it like https://HOST:6443")
    };
    let uri: Uri = full.parse().map_err(|error: http::uri::InvalidUri| wrong(error.to_string()))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("https" | "http"), Some(host)) if !host.is_empty() => Ok(uri),
        (Some("https" | "http"), _) => Err(wrong("it names no host".into())),
        _ => Err(wrong("only https and http are known".into())),
    }
}

#[cfg(test)]
mod tests {
    use kube::config::{AuthInfo, Cluster};

    use super::*;

    fn choice(server: &str) -> Choice {
        Choice {
            context: None,
            cluster: Cluster { server: Some(server.into()), ..Cluster::default() },
            user: None,
            auth: AuthInfo::default(),
            namespace: "lab".into(),
        }
    }

    #[test]
    fn nothing_is_repeated_and_the_program_is_named() {
        let environment = Environment { program: "kubectl-lab-probe".into(), ..Environment::default() };
        let config = settings(&choice("https://10.1.2.3:6443"), &environment, Duration::from_secs(5)).unwrap();
        assert!(!config.default_retry);
        assert_eq!(config.headers, [(USER_AGENT, HeaderValue::from_str(&environment.user_agent()).unwrap())]);
        assert_eq!(config.default_namespace, "lab");
    }

    #[test]
    fn connecting_takes_less_than_the_whole_request_and_is_always_bounded() {
        assert_eq!(connect_limit(Duration::from_secs(5)), Duration::from_secs(4));
        assert_eq!(connect_limit(Duration::from_secs(600)), CONNECT_LIMIT);
        assert_eq!(connect_limit(Duration::ZERO), CONNECT_LIMIT);
    }

    #[test]
    fn an_empty_entry_in_no_proxy_does_no_harm() {
        let environment = Environment {
            https_proxy: "http://proxy:3128".into(),
            no_proxy: "localhost,".into(),
            ..Environment::default()
        };
        let config = settings(&choice("https://10.1.2.3:6443"), &environment, Duration::ZERO).unwrap();
        assert_eq!(config.proxy_url.unwrap().to_string(), "http://proxy:3128/");
    }

    #[test]
    fn an_address_is_read_as_kubectl_reads_it() {
        assert_eq!(server_url("localhost:8080").unwrap().to_string(), "http://localhost:8080/");
        insta::assert_snapshot!(server_url("ftp://x").unwrap_err(), @r#"could not use "ftp://x" as the API server's address: only https and http are known"#);
        insta::assert_snapshot!(server_url("https://").unwrap_err(), @r#"could not use "https://" as the API server's address: empty string"#);
        insta::assert_snapshot!(server_url("https://a b").unwrap_err(), @r#"could not use "https://a b" as the API server's address: invalid uri character"#);
    }
}
