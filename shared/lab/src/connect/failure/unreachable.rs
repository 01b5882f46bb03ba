//! The API server could not be reached, or not be trusted.

use http::Uri;
use lab_plan::Exit;

use crate::connect::{Session, is_this_machine};
use crate::error::Error;
use crate::transport::Trouble;

pub(super) fn explain(session: &Session, what: &str, trouble: &Trouble) -> Error {
    let server = match &session.way.proxy {
        Some(proxy) => format!("{} through the proxy {proxy}", session.server),
        None => session.server.clone(),
    };
    let error = Error::new(Exit::Unreachable, what)
        .cause(format!("could not reach the API server {server}"))
        .cause(trouble.cause());
    let mut error = hints(session, trouble).into_iter().fold(error, Error::hint);
    if let Some(proxy) = session.way.proxy.as_ref().filter(|_| is_of_the_network(trouble)) {
        let host = host(session);
        error =
            error.hint(format!("is the proxy {proxy} meant for the cluster? to go past it: export NO_PROXY={host}"));
    }
    error
}

fn hints(session: &Session, trouble: &Trouble) -> Vec<String> {
    let kubectl = &session.way.kubectl;
    match trouble {
        Trouble::CertificateExpired(_) | Trouble::CertificateNotYetValid(_) => vec![
            "is this machine's clock right? date -u".into(),
            "on a control-plane node: kubeadm certs check-expiration, then kubeadm certs renew all".into(),
        ],
        Trouble::UnknownAuthority => vec![
            "the kubeconfig may be that of an earlier cluster at this address: fetch it again from the cluster".into(),
            format!("to look all the same, without knowing who answers: {kubectl} --insecure-skip-tls-verify version"),
        ],
        Trouble::WrongName(names) => {
            let name = names.first().map_or("NAME", String::as_str);
            vec![
                "use one of the certificate's names as the server's address in the kubeconfig".into(),
                format!("or say which name to expect: kubectl config set-cluster CLUSTER --tls-server-name={name}"),
            ]
        }
        Trouble::NotTls => {
            let plain = session.server.replacen("https://", "http://", 1);
            vec![format!("if it really is an API server without TLS: --server {plain}")]
        }
        Trouble::UnknownName(_) => vec![
            "is the address right? kubectl config view --minify".into(),
            "does the name need a VPN or another DNS server?".into(),
        ],
        _ if is_of_the_network(trouble) => running(session),
        _ => vec![format!("{kubectl} cluster-info")],
    }
}

fn running(session: &Session) -> Vec<String> {
    let mut hints = vec![format!("is the cluster running? {} cluster-info", session.way.kubectl)];
    if is_this_machine(&host(session)) {
        hints.push("a cluster on this machine may be stopped: docker ps --all (kind), minikube status".into());
    }
    hints
}

/// Whether it lies in the way, not in certificates.
fn is_of_the_network(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused | Trouble::TimedOut | Trouble::NoRoute | Trouble::Closed | Trouble::Proxy(_))
}

fn host(session: &Session) -> String {
    session.server.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
}
