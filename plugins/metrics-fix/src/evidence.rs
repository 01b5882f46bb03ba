//! What metrics-server's log says about why it has no metrics.
//!
//! A certificate error alone proves nothing: the front proxy's and an expired one look alike, and the insecure flag
//! mends neither. Only `Failed to scrape node` together with a name or authority error does.

use std::collections::BTreeMap;

use lab::harmless::one_line;
use lab::{Line, Log, Timestamp};

/// Why a scrape or a start failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The kubelet's certificate does not name the address it is reached at.
    CertificateNames,
    /// The kubelet's certificate is signed by nobody that metrics-server trusts.
    UnknownAuthority,
    /// The kubelet has no serving certificate at all.
    NoCertificate,
    CertificateDate,
    NoSuchHost,
    /// The kubelet answered 401 or 403.
    KubeletRefuses(u16),
    ConnectionRefused,
    Timeout,
    /// A failed scrape of another kind; the text is the log's.
    OtherScrape(String),
}

/// What ends or blocks the program as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    UnknownFlag(String),
    /// Requests that come through the API server's front proxy are not believed.
    FrontProxy,
    /// It may not read what it needs from the API server.
    Rbac(String),
    CannotListen(String),
}

/// A log, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The latest failure of each node.
    pub scrapes: BTreeMap<String, Scrape>,
    pub trouble: Option<Trouble>,
    /// When the trouble was written last.
    pub troubled_at: Option<Timestamp>,
    /// The last line that reports an error, for when nothing is recognised.
    pub last_error: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrape {
    pub cause: Cause,
    pub at: Option<Timestamp>,
    /// The error as it stands in the log.
    pub text: String,
}

impl Cause {
    /// Whether not checking the kubelets' certificates mends it.
    pub fn mended_by_insecure_flag(&self) -> bool {
        matches!(self, Cause::CertificateNames | Cause::UnknownAuthority)
    }
}

pub fn read(log: &Log) -> Evidence {
    let mut evidence = Evidence::default();
    let Log::Lines(lines) = log else { return evidence };
    for line in lines {
        read_line(&mut evidence, line);
    }
    evidence
}

fn read_line(evidence: &mut Evidence, line: &Line) {
    let text = &line.text;
    let trouble = trouble(text);
    if trouble.is_some() {
        (evidence.trouble, evidence.troubled_at) = (trouble, line.at);
    } else if text.contains("Failed to scrape node") {
        let error = field(text, "err=").unwrap_or_else(|| one_line(text));
        let node = field(text, "node=").unwrap_or_default();
        evidence.scrapes.insert(node, Scrape { cause: cause(text, &error), at: line.at, text: error });
    }
    // klog marks errors and fatal ends by the first letter; a panic or cobra's message starts otherwise.
    let error = text.starts_with(['E', 'F']) && text[1..].starts_with(|c: char| c.is_ascii_digit());
    if error || text.starts_with("Error: ") || text.starts_with("panic: ") {
        evidence.last_error = Some(one_line(text));
    }
}

fn trouble(text: &str) -> Option<Trouble> {
    if text.contains("Failed to scrape node") {
        return None;
    }
    if let Some(flag) = text.split("unknown flag: ").nth(1) {
        Some(Trouble::UnknownFlag(one_line(flag)))
    } else if text.contains("unknown shorthand flag") {
        Some(Trouble::UnknownFlag(one_line(text.split(" in ").last().unwrap_or(text))))
    } else if text.contains("Unable to authenticate the request") && text.contains("x509") {
        Some(Trouble::FrontProxy)
    } else if text.contains("is forbidden: User") {
        Some(Trouble::Rbac(field(text, "err=").unwrap_or_else(|| one_line(text))))
    } else if text.contains("failed to create listener") || text.contains("bind: ") {
        Some(Trouble::CannotListen(one_line(text)))
    } else {
        None
    }
}

fn cause(line: &str, error: &str) -> Cause {
    if error.contains("doesn't contain any IP SANs")
        || (error.contains("certificate is valid for") && error.contains(", not "))
        || error.contains("certificate is not valid for any names")
        || error.contains("certificate relies on legacy Common Name field")
    {
        Cause::CertificateNames
    } else if error.contains("certificate signed by unknown authority") {
        Cause::UnknownAuthority
    } else if error.contains("certificate has expired or is not yet valid") {
        Cause::CertificateDate
    } else if error.contains("remote error: tls: internal error") {
        Cause::NoCertificate
    } else if error.contains("no such host") {
        Cause::NoSuchHost
    } else if error.contains("403 Forbidden") {
        Cause::KubeletRefuses(403)
    } else if error.contains("401 Unauthorized") {
        Cause::KubeletRefuses(401)
    } else if error.contains("connection refused") {
        Cause::ConnectionRefused
    } else if error.contains("context deadline exceeded")
        || error.contains("i/o timeout")
        || line.contains("timeout to access kubelet")
    {
        Cause::Timeout
    } else {
        Cause::OtherScrape(error.to_owned())
    }
}

/// The value of `key="…"` in a klog line, with its quotes undone. What was written out inside them stays harmless.
fn field(line: &str, key: &str) -> Option<String> {
    let start = line.find(&format!(" {key}\""))? + key.len() + 1;
    let mut values = serde_json::Deserializer::from_str(&line[start..]).into_iter::<String>();
    values.next()?.ok().map(|value| one_line(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrape(error: &str) -> String {
        let quoted = serde_json::to_string(error).unwrap();
        format!("E1122 22:40:31.118127       1 scraper.go:149] \"Failed to scrape node\" err={quoted} node=\"lab-1\"")
    }

    fn evidence(lines: &[&str]) -> Evidence {
        read(&Log::Lines(lines.iter().map(|text| Line { at: None, text: (*text).to_owned() }).collect()))
    }

    fn cause_of(error: &str) -> Cause {
        evidence(&[&scrape(error)]).scrapes["lab-1"].cause.clone()
    }

    #[test]
    fn tells_the_causes_apart() {
        let get = "Get \"https://172.30.0.4:10250/metrics/resource\": ";
        for (error, cause) in [
            (
                "tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.4 because it doesn't contain any IP SANs",
                Cause::CertificateNames,
            ),
            (
                "x509: cannot validate certificate for 172.30.0.4 because it doesn't contain any IP SANs",
                Cause::CertificateNames,
            ),
            (
                "tls: failed to verify certificate: x509: certificate is valid for 10.0.0.1, 127.0.0.1, not 172.30.0.4",
                Cause::CertificateNames,
            ),
            ("x509: certificate signed by unknown authority", Cause::UnknownAuthority),
            (
                "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-22T22:40:31Z is after 2025-01-01T00:00:00Z",
                Cause::CertificateDate,
            ),
            ("remote error: tls: internal error", Cause::NoCertificate),
            ("dial tcp: lookup lab-1 on 10.96.0.10:53: no such host", Cause::NoSuchHost),
            ("dial tcp 172.30.0.4:10250: connect: connection refused", Cause::ConnectionRefused),
            ("dial tcp 172.30.0.4:10250: i/o timeout", Cause::Timeout),
            ("context deadline exceeded", Cause::Timeout),
        ] {
            assert_eq!(cause_of(&format!("{get}{error}")), cause, "{error}");
        }
        assert_eq!(cause_of("request failed, status: \"403 Forbidden\""), Cause::KubeletRefuses(403));
        assert_eq!(cause_of("request failed, status: \"401 Unauthorized\""), Cause::KubeletRefuses(401));
        assert_eq!(cause_of("EOF"), Cause::OtherScrape("EOF".into()));
    }

    #[test]
    fn a_certificate_error_without_a_scrape_is_another_matter() {
        let line = "E1122 22:40:31.1 1 authentication.go:73] \"Unable to authenticate the request\" err=\"x509: certificate signed by unknown authority\"";
        let evidence = evidence(&[line]);
        assert!(evidence.scrapes.is_empty());
        assert_eq!(evidence.trouble, Some(Trouble::FrontProxy));
    }

    #[test]
    fn escapes_inside_quotes_stay_written_out() {
        let line =
            "E1122 1 1 s.go:1] \"Failed to scrape node\" err=\"\\u001b[2J\\u202egone\\n\\nx\" node=\"\\u001b]0;x\"";
        let (node, scrape) = evidence(&[line]).scrapes.pop_first().unwrap();
        assert_eq!(scrape.text, "\\u{1b}[2J\\u{202e}gone x");
        assert_eq!(node, "\\u{1b}]0;x");
    }

    #[test]
    fn a_line_of_any_length_is_bounded() {
        let evidence = evidence(&[&scrape(&"x".repeat(200_000))]);
        assert!(evidence.scrapes.values().all(|scrape| scrape.text.len() < 3000));
        assert!(evidence.last_error.is_some_and(|line| line.len() < 3000));
    }

    #[test]
    fn the_latest_failure_of_a_node_counts() {
        let evidence = evidence(&[&scrape("EOF"), &scrape("request failed, status: \"403 Forbidden\"")]);
        assert_eq!(evidence.scrapes["lab-1"].cause, Cause::KubeletRefuses(403));
    }

    #[test]
    fn an_unknown_flag_is_named() {
        assert_eq!(
            evidence(&["Error: unknown flag: --kubectl-insecure-tls", "Usage:"]).trouble,
            Some(Trouble::UnknownFlag("--kubectl-insecure-tls".into()))
        );
    }

    #[test]
    fn an_unrecognised_error_is_kept_to_be_shown() {
        let line = "E1122 22:40:31.1 1 server.go:1] \"something else\"";
        assert_eq!(evidence(&["I1122 fine", line, "W1122 warned"]).last_error.as_deref(), Some(line));
    }
}
