//! Which address is really asked: the release sites' own, or the one that stands in for them; and none that anybody on
//! the way could have tampered with.

use std::fmt::Display;

use reqwest::Url;

use crate::connect::is_this_machine;
use crate::error::{Error, Result};
use crate::harmless::one_line;

/// The sites that a stand-in replaces; paths stay as they are.
const SITES: [&str; 3] = ["github.com", "api.github.com", "raw.githubusercontent.com"];

const HTTPS: &str = "give an https address; http is for this machine alone (127.0.0.1, localhost)";

#[derive(Clone, Debug)]
pub(super) struct Addresses {
    base: Option<Url>,
}

impl Addresses {
    pub fn new(base: Option<&str>) -> Result<Addresses> {
        let base = base.map(|text| {
            let url = Url::parse(text).map_err(|error| malformed(text, error))?;
            checked(url).map_err(|error| error.hint(HTTPS))
        });
        Ok(Addresses { base: base.transpose()? })
    }

    pub fn are_replaced(&self) -> bool {
        self.base.is_some()
    }

    /// The address for `host/path` or a whole URL.
    pub fn first(&self, text: &str) -> Result<Url> {
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&whole).map_err(|error| malformed(text, error))?;
        checked(self.replaced(url)).map_err(|error| error.hint(HTTPS))
    }

    /// The address that a redirect leads to. Leaving https is refused, however near the goal.
    pub fn next(&self, current: &Url, location: &str) -> Result<Url> {
        let url = current.join(location).map_err(|error| unusable(location, error.to_string()))?;
        let next = checked(self.replaced(url))?;
        if current.scheme() == "https" && next.scheme() != "https" {
            return Err(unusable(&shown(&next), "it leads from https to http".into()));
        }
        Ok(next)
    }

    fn replaced(&self, url: Url) -> Url {
        let Some(base) = &self.base else { return url };
        if !url.host_str().is_some_and(|host| SITES.contains(&host)) {
            return url;
        }
        let mut replaced = base.clone();
        replaced.set_path(&format!("{}{}", base.path().trim_end_matches('/'), url.path()));
        replaced.set_query(url.query());
        replaced
    }
}

/// Only https, except on this machine, where nobody is in between.
fn checked(url: Url) -> Result<Url> {
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(url),
        ("http", Some(host)) if is_this_machine(host) => Ok(url),
        ("http", _) => Err(unusable(&shown(&url), "http can be tampered with on the way".into())),
        _ => Err(unusable(&shown(&url), "only https addresses are downloaded".into())),
    }
}

fn unusable(text: &str, why: String) -> Error {
    Error::usage(format!("could not use the address {}", one_line(text))).cause(why)
}

fn malformed(text: &str, error: impl Display) -> Error {
    unusable(text, error.to_string()).hint("write it like https://HOST/PATH")
}

/// As it may be shown: without password, signature and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail only for addresses that cannot carry them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    one_line(url.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(base: Option<&str>, text: &str) -> String {
        Addresses::new(base).unwrap().first(text).unwrap().to_string()
    }

    #[test]
    fn the_real_sites_are_asked_over_https() {
        assert_eq!(first(None, "github.com/a/b"), "https://github.com/a/b");
        assert_eq!(first(None, "https://example.com/x.yaml"), "https://example.com/x.yaml");
        assert_eq!(first(None, "http://localhost:80/x"), "http://localhost/x");
    }

    #[test]
    fn a_stand_in_takes_the_place_of_the_sites_and_of_no_other() {
        let base = Some("http://127.0.0.1:8080/");
        assert_eq!(first(base, "github.com/a/b?c=d"), "http://127.0.0.1:8080/a/b?c=d");
        assert_eq!(first(base, "https://api.github.com/repos/a/b"), "http://127.0.0.1:8080/repos/a/b");
        assert_eq!(first(Some("https://mirror/gh/"), "raw.githubusercontent.com/a/b"), "https://mirror/gh/a/b");
        assert_eq!(first(base, "https://example.com/x"), "https://example.com/x");
        assert_eq!(first(base, "https://github.com.evil.example/x"), "https://github.com.evil.example/x");
    }

    #[test]
    fn redirects_are_replaced_likewise_and_may_be_relative() {
        let addresses = Addresses::new(Some("http://127.0.0.1:8080")).unwrap();
        let current = addresses.first("github.com/a/b").unwrap();
        let next = |location| addresses.next(&current, location).unwrap().to_string();
        assert_eq!(next("https://github.com/c"), "http://127.0.0.1:8080/c");
        assert_eq!(next("/d?e"), "http://127.0.0.1:8080/d?e");
        assert_eq!(next("https://files.example/f"), "https://files.example/f");
    }

    #[test]
    fn https_is_not_left() {
        let addresses = Addresses::new(None).unwrap();
        let current = addresses.first("github.com/a").unwrap();
        insta::assert_snapshot!(addresses.next(&current, "http://files.example/a").unwrap_err(), @"could not use the address http://files.example/a: http can be tampered with on the way");
        insta::assert_snapshot!(addresses.next(&current, "http://127.0.0.1/a").unwrap_err(), @"could not use the address http://127.0.0.1/a: it leads from https to http");
        insta::assert_snapshot!(addresses.next(&current, "file:///etc/passwd").unwrap_err(), @"could not use the address file:///etc/passwd: only https addresses are downloaded");
        insta::assert_snapshot!(addresses.first("http://example.com/a").unwrap_err(), @"could not use the address http://example.com/a: http can be tampered with on the way");
        insta::assert_snapshot!(Addresses::new(Some("mirror")).unwrap_err(), @"could not use the address mirror: relative URL without a base");
        assert!(Addresses::new(Some("http://mirror.example")).is_err());
    }

    #[test]
    fn signatures_and_passwords_are_not_shown() {
        let url = Url::parse("https://me:secret@files.example/a.yaml?sig=abc#d").unwrap();
        assert_eq!(shown(&url), "https://files.example/a.yaml");
    }
}
