//! Why bytes do not get across: finds the one fact in the nest of errors that an HTTP client reports, and words it.
//! The same for the API server and for downloads.

use std::error::Error as StdError;
use std::io;

use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error as TlsError};

use crate::harmless::one_line;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Refused,
    TimedOut,
    NoRoute,
    /// The name does not resolve; what the resolver said.
    UnknownName(String),
    /// The peer hung up, at once or midway.
    Closed,
    CertificateExpired(Option<String>),
    CertificateNotYetValid(Option<String>),
    UnknownAuthority,
    /// The certificate is for these names instead.
    WrongName(Vec<String>),
    /// Another fault of the peer's certificate.
    BadCertificate(String),
    /// The peer does not speak TLS at all.
    NotTls,
    /// The peer ended the TLS handshake, giving this reason.
    Alert(String),
    Tls(String),
    /// The proxy would not let us through.
    Proxy(String),
}

impl Trouble {
    /// Looks through the error and everything it was caused by; what lies deepest is the most exact.
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Trouble> {
        links(error).filter_map(one).last()
    }

    pub fn cause(&self) -> String {
        let dated = |text: &str, at: &Option<String>, word: &str| match at {
            Some(at) => format!("{text} ({word} {at})"),
            None => text.to_owned(),
        };
        match self {
            Trouble::Refused => "connection refused".into(),
            Trouble::TimedOut => "no answer within the time limit".into(),
            Trouble::NoRoute => "there is no route to this address".into(),
            Trouble::UnknownName(why) => format!("its name cannot be resolved: {why}"),
            Trouble::Closed => "the connection was closed before an answer came".into(),
            Trouble::CertificateExpired(at) => dated("its certificate has expired", at, "on"),
            Trouble::CertificateNotYetValid(at) => dated("its certificate is not valid yet", at, "from"),
            Trouble::UnknownAuthority => "its certificate is signed by an unknown authority".into(),
            Trouble::WrongName(names) if names.is_empty() => "its certificate is for another name".into(),
            Trouble::WrongName(names) => format!("its certificate is for another name: {}", names.join(", ")),
            Trouble::BadCertificate(why) => format!("its certificate is not acceptable: {why}"),
            Trouble::NotTls => "it does not speak TLS".into(),
            Trouble::Alert(why) => format!("it broke off the TLS handshake: {why}"),
            Trouble::Tls(why) => format!("TLS failed: {why}"),
            Trouble::Proxy(why) => format!("the proxy on the way refused: {why}"),
        }
    }
}

/// The error and its causes, outermost first.
pub(crate) fn links<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // What an I/O error wraps is not among its sources: `source` skips to the wrapped error's own cause.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
    .take(32)
}

fn one(error: &(dyn StdError + 'static)) -> Option<Trouble> {
    if let Some(error) = error.downcast_ref::<TlsError>() {
        return Some(tls(error));
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return by_kind(error.kind());
    }
    // These types are private to the HTTP client; their words are all there is.
    let text = error.to_string();
    if text == "dns error" {
        let why = links(error).skip(1).last().map_or_else(|| "unknown name".into(), ToString::to_string);
        return Some(Trouble::UnknownName(one_line(&why)));
    }
    if let Some(why) = text.strip_prefix("tunnel error: ").or_else(|| text.strip_prefix("SOCKS error: ")) {
        let why = if why == "unsuccessful" { "it opens no way to this address" } else { why };
        return Some(Trouble::Proxy(one_line(why)));
    }
    (text == "connection closed before message completed").then_some(Trouble::Closed)
}

fn by_kind(kind: io::ErrorKind) -> Option<Trouble> {
    use io::ErrorKind as Kind;
    match kind {
        Kind::ConnectionRefused => Some(Trouble::Refused),
        Kind::TimedOut => Some(Trouble::TimedOut),
        Kind::NetworkUnreachable | Kind::HostUnreachable | Kind::AddrNotAvailable => Some(Trouble::NoRoute),
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
            Some(Trouble::Closed)
        }
        _ => None,
    }
}

fn tls(error: &TlsError) -> Trouble {
    match error {
        TlsError::InvalidCertificate(error) => certificate(error),
        TlsError::InvalidMessage(_) => Trouble::NotTls,
        TlsError::AlertReceived(alert) => Trouble::Alert(format!("{alert:?}")),
        other => Trouble::Tls(one_line(&other.to_string())),
    }
}

fn certificate(error: &CertificateError) -> Trouble {
    use CertificateError as Fault;
    match error {
        Fault::Expired => Trouble::CertificateExpired(None),
        Fault::ExpiredContext { not_after, .. } => Trouble::CertificateExpired(date(*not_after)),
        Fault::NotValidYet => Trouble::CertificateNotYetValid(None),
        Fault::NotValidYetContext { not_before, .. } => Trouble::CertificateNotYetValid(date(*not_before)),
        // Clusters' authorities all bear the same name; the wrong one is then found by its signature alone.
        Fault::UnknownIssuer | Fault::BadSignature => Trouble::UnknownAuthority,
        Fault::NotValidForName => Trouble::WrongName(Vec::new()),
        Fault::NotValidForNameContext { presented, .. } => {
            Trouble::WrongName(presented.iter().map(|name| one_line(bare_name(name))).collect())
        }
        other => Trouble::BadCertificate(one_line(&other.to_string())),
    }
}

/// `kube` out of `DnsName("kube")`, as the TLS library writes the names that it saw.
fn bare_name(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, rest)| rest.strip_suffix(')').unwrap_or(rest));
    inner.trim_matches('"')
}

fn date(at: UnixTime) -> Option<String> {
    let at = jiff::Timestamp::from_second(i64::try_from(at.as_secs()).ok()?).ok()?;
    Some(at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_fact_wins() {
        let tls = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        let nested = io::Error::other(io::Error::new(io::ErrorKind::ConnectionReset, tls));
        assert_eq!(Trouble::of(&nested), Some(Trouble::UnknownAuthority));
    }

    #[test]
    fn an_error_that_says_nothing_is_not_guessed_at() {
        assert_eq!(Trouble::of(&io::Error::other("odd")), None);
    }

    #[test]
    fn the_end_of_a_certificate_is_dated() {
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_700_000_000));
        let error = TlsError::InvalidCertificate(CertificateError::ExpiredContext { time: at, not_after: at });
        let cause = Trouble::of(&error).unwrap().cause();
        assert_eq!(cause, "its certificate has expired (on 2023-11-14T22:13:20Z)");
    }

    #[test]
    fn the_names_of_a_certificate_are_bare() {
        assert_eq!(bare_name("DnsName(\"kube\")"), "kube");
        assert_eq!(bare_name("IpAddress(10.0.0.1)"), "10.0.0.1");
        assert_eq!(bare_name("kube"), "kube");
    }
}
