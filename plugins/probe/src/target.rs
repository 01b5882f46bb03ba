//! What is to be asked, as it is typed.

use std::str::FromStr;

use lab::flags::object_name;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Service(String),
    Pod(String),
    /// The Service before it.
    Deployment(String),
    Url(Url),
}

/// `http://HOST[:PORT][/PATH]`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub https: bool,
    /// Without the brackets of an IPv6 address.
    pub host: String,
    pub port: Option<u16>,
    /// With the slash.
    pub path: Option<String>,
}

impl Default for Target {
    fn default() -> Target {
        Target::Service(String::new())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        if let Some((scheme, rest)) = text.split_once("://") {
            return Ok(Target::Url(url(scheme, rest)?));
        }
        let (kind, name) = text.split_once('/').unwrap_or(("svc", text));
        let name = object_name(name)?;
        match kind {
            "svc" | "service" | "services" => Ok(Target::Service(name)),
            "po" | "pod" | "pods" => Ok(Target::Pod(name)),
            "deploy" | "deployment" | "deployments" | "deployment.apps" | "deployments.apps" => {
                Ok(Target::Deployment(name))
            }
            _ => Err(format!("{kind:?} cannot be asked; it is svc/NAME, pod/NAME, deploy/NAME or http://…")),
        }
    }
}

fn url(scheme: &str, rest: &str) -> Result<Url, String> {
    let https = match scheme {
        "http" => false,
        "https" => true,
        _ => return Err(format!("{scheme:?} is not spoken here; it is http or https")),
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, port) = bracketed.split_once(']').ok_or("the bracket of the address is not closed")?;
            (host, port.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if host.is_empty() || !host.chars().all(fine) {
        return Err(format!("{host:?} is no host"));
    }
    let port = port.map(str::parse).transpose().map_err(|_| format!("{authority:?} has no port"))?;
    let path = match path {
        "" => None,
        path if path.starts_with('/') => Some(path.to_owned()),
        query => Some(format!("/{query}")),
    };
    Ok(Url { https, host: host.to_owned(), port, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_named_as_in_kubectl() {
        let name = || "demo-app".to_owned();
        for (text, target) in [
            ("demo-app", Target::Service(name())),
            ("svc/demo-app", Target::Service(name())),
            ("service/demo-app", Target::Service(name())),
            ("pod/demo-app", Target::Pod(name())),
            ("deploy/demo-app", Target::Deployment(name())),
            ("deployment.apps/demo-app", Target::Deployment(name())),
        ] {
            assert_eq!(text.parse(), Ok(target), "{text}");
        }
        for odd in ["", "svc/", "a/b/c", "node/lab-1", "../x", "Web", "ftp://a", "http://", "http://a:b/", "http://a b"]
        {
            assert!(odd.parse::<Target>().is_err(), "{odd}");
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        let url = |text: &str| match text.parse() {
            Ok(Target::Url(url)) => (url.https, url.host, url.port, url.path),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(url("http://demo-app"), (false, "demo-app".into(), None, None));
        assert_eq!(url("https://a.b:8443/x?y=1"), (true, "a.b".into(), Some(8443), Some("/x?y=1".into())));
        assert_eq!(url("http://[fd00::7]:80?q"), (false, "fd00::7".into(), Some(80), Some("/?q".into())));
    }
}
