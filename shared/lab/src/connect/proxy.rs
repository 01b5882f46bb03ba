//! Which proxy the way to the API server goes through, by the rules that kubectl (Go) has: the kubeconfig's own
//! `proxy-url` always; the environment's only where `NO_PROXY` does not name the server, and never to this machine.

use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use super::environment::Environment;
use crate::error::{Error, Result};

pub(crate) fn proxy_for(server: &Uri, proxy_url: Option<&str>, environment: &Environment) -> Result<Option<Uri>> {
    if let Some(url) = proxy_url {
        return parsed(url, "the kubeconfig's proxy-url").map(Some);
    }
    let (proxy, variable) = match server.scheme_str() {
        Some("http") => (&environment.http_proxy, "HTTP_PROXY"),
        _ => (&environment.https_proxy, "HTTPS_PROXY"),
    };
    if proxy.is_empty() || bypassed(server, &environment.no_proxy) {
        return Ok(None);
    }
    parsed(proxy, variable).map(Some)
}

fn bypassed(server: &Uri, no_proxy: &str) -> bool {
    let Some(host) = server.host() else { return true };
    if is_this_machine(host) || no_proxy.split(',').any(|entry| entry.trim() == "*") {
        return true;
    }
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    let entries: Vec<&str> = no_proxy.split(',').filter_map(|entry| applicable(entry.trim(), port)).collect();
    // The proxy's own address plays no part: only whether the matcher would send this server through one.
    let matcher = Matcher::builder().all("http://proxy").no(entries.join(",")).build();
    matcher.intercept(server).is_none()
}

/// `localhost` and the loopback addresses, which Go's programs never ask a proxy for.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// One entry of `NO_PROXY` in the form that the matcher knows: it has neither ports nor `*.`.
fn applicable(entry: &str, port: u16) -> Option<&str> {
    let (name, wanted) = match entry.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') || name.ends_with(']') => match digits.parse::<u16>() {
            Ok(wanted) => (name, Some(wanted)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    (!name.is_empty() && wanted.is_none_or(|wanted| wanted == port)).then_some(name)
}

fn parsed(url: &str, from: &str) -> Result<Uri> {
    let url = url.trim();
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    // The name resolution is the proxy's either way.
    let url = url.strip_prefix("socks5h://").map(|rest| format!("socks5://{rest}")).unwrap_or(url);
    let wrong = |why: String| {
        Error::usage(format!("could not use the proxy that {from} names"))
            .cause(why)
            .hint("write it like http://proxy.example:3128 or socks5://proxy.example:1080")
    };
    let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| wrong(error.to_string()))?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https" | "socks5"), Some(_)) => Ok(uri),
        (scheme, _) => Err(wrong(format!("{} is not a kind of proxy that is known", scheme.unwrap_or("this")))),
    }
}

/// A proxy as it may be shown: without the password that its address may carry.
pub(crate) fn shown(proxy: &Uri) -> String {
    let authority = proxy.authority().map_or("", http::uri::Authority::as_str);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{}://{host}", proxy.scheme_str().unwrap_or("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(server: &str, no_proxy: &str) -> bool {
        let environment = Environment {
            https_proxy: "http://proxy:3128".into(),
            no_proxy: no_proxy.into(),
            ..Environment::default()
        };
        proxy_for(&server.parse().unwrap(), None, &environment).unwrap().is_some()
    }

    #[test]
    fn no_proxy_is_matched_against_the_cluster() {
        let table = [
            ("https://10.1.2.3:6443", "", true),
            ("https://10.1.2.3:6443", "10.1.2.3", false),
            ("https://10.1.2.3:6443", "10.0.0.0/8", false),
            ("https://10.1.2.3:6443", "192.168.0.0/16,10.1.0.0/16", false),
            ("https://10.1.2.3:6443", "10.1.2.4", true),
            ("https://10.1.2.3:6443", "proxy", true),
            ("https://10.1.2.3:6443", "*", false),
            ("https://10.1.2.3:6443", "localhost,", true),
            ("https://10.1.2.3:6443", ", ,10.1.2.3,,", false),
            ("https://10.1.2.3:6443", "10.1.2.3:6443", false),
            ("https://10.1.2.3:6443", "10.1.2.3:443", true),
            ("https://kube.example.com", "example.com", false),
            ("https://kube.example.com", ".example.com", false),
            ("https://kube.example.com", "*.example.com", false),
            ("https://kube.example.com", "EXAMPLE.com:443", false),
            ("https://kube.example.com", "ample.com", true),
            ("https://kube.example.com", "kube.example.com.evil", true),
            ("https://[fd00::7]:6443", "fd00::/64", false),
            ("https://[fd00::7]:6443", "[fd00::7]:6443", false),
            ("https://[fd00::7]:6443", "fd00::8", true),
        ];
        for (server, no_proxy, expected) in table {
            assert_eq!(through(server, no_proxy), expected, "{server} with NO_PROXY={no_proxy}");
        }
    }

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        for server in ["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443", "https://127.1.2.3"] {
            assert!(!through(server, ""), "{server}");
        }
    }

    #[test]
    fn the_kubeconfigs_own_proxy_stays() {
        let environment = Environment { no_proxy: "*".into(), ..Environment::default() };
        let proxy = proxy_for(&"https://10.1.2.3".parse().unwrap(), Some("socks5://jump:1080"), &environment).unwrap();
        assert_eq!(proxy.unwrap().to_string(), "socks5://jump:1080/");
    }

    #[test]
    fn the_proxy_follows_the_servers_scheme() {
        let environment = Environment { https_proxy: "http://secure:1".into(), ..Environment::default() };
        assert_eq!(proxy_for(&"http://10.1.2.3".parse().unwrap(), None, &environment).unwrap(), None);
        let environment = Environment { http_proxy: "plain:2".into(), ..environment };
        let proxy = proxy_for(&"http://10.1.2.3".parse().unwrap(), None, &environment).unwrap().unwrap();
        assert_eq!(proxy.to_string(), "http://plain:2/");
    }

    #[test]
    fn a_proxy_is_understood_or_refused_with_its_origin() {
        assert_eq!(parsed("proxy:3128", "HTTPS_PROXY").unwrap().to_string(), "http://proxy:3128/");
        assert_eq!(parsed("socks5h://proxy:1080", "HTTPS_PROXY").unwrap().to_string(), "socks5://proxy:1080/");
        let error = parsed("ftp://proxy", "HTTPS_PROXY").unwrap_err();
        insta::assert_snapshot!(error, @"could not use the proxy that HTTPS_PROXY names: ftp is not a kind of proxy that is known");
        assert!(parsed("http://", "HTTPS_PROXY").is_err());
    }

    #[test]
    fn a_proxys_password_is_not_shown() {
        assert_eq!(shown(&"http://me:secret@proxy:3128".parse().unwrap()), "http://proxy:3128");
    }
}
