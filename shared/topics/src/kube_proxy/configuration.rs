//! kube-proxy's configuration as it stands in the ConfigMap.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use k8s_openapi::api::core::v1::ConfigMap;
use lab::harmless::harmless;
use lab::{Seen, Timestamp};
use lab_plan::{Change, Path, Refusal, Target, YamlError, yaml_value};
use serde_json::{Value, json};

use super::facts::{KubeProxy, NAMESPACE};
use super::mode::Mode;

/// Where a configuration may be: ConfigMap and key, the usual place first. EKS has its own.
pub const PLACES: [(&str, &str); 2] = [("kube-proxy", "config.conf"), ("kube-proxy-config", "config")];

/// The text of a configuration, and where it stands.
pub struct Place<'m> {
    pub(super) seen: &'m Seen<ConfigMap>,
    pub name: &'m str,
    pub key: &'static str,
    pub text: &'m str,
}

/// What a configuration says about our matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub mode: Mode,
    /// No mode is written in it, so that the default counts.
    pub by_default: bool,
    pub strict_arp: StrictArp,
    pub metrics_address: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StrictArp {
    On,
    Off,
    /// Off, too.
    Absent,
    /// Something that kube-proxy does not take for a boolean.
    Other(Value),
}

/// Why there is no configuration to work on.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    NoConfigMap,
    NoKey { name: String, key: &'static str, keys: Vec<String> },
    Unreadable { name: String, key: &'static str, why: YamlError },
    AnotherKind { name: String, key: &'static str, kind: String },
}

pub(super) fn value_path() -> Path {
    Path::default().key("ipvs").key("strictARP")
}

impl KubeProxy {
    pub fn place(&self) -> Result<Place<'_>, Trouble> {
        let seen = self.config_map.as_ref().ok_or(Trouble::NoConfigMap)?;
        let name = seen.object.metadata.name.as_deref().unwrap_or_default();
        let key = self.key;
        let data = seen.object.data.as_ref();
        let Some(text) = data.and_then(|data| data.get(key)) else {
            let keys = data.into_iter().flat_map(|data| data.keys().cloned()).collect();
            return Err(Trouble::NoKey { name: name.to_owned(), key, keys });
        };
        Ok(Place { seen, name, key, text })
    }

    pub fn config(&self) -> Result<Config, Trouble> {
        self.place()?.read()
    }
}

impl Place<'_> {
    pub fn read(&self) -> Result<Config, Trouble> {
        let unreadable = |why| Trouble::Unreadable { name: self.name.to_owned(), key: self.key, why };
        let top = |key: &str| yaml_value(self.text, &Path::default().key(key)).map_err(unreadable);
        let text = |value: Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, group) = (text(top("kind")?), text(top("apiVersion")?));
        if kind != "KubeProxyConfiguration" || !group.starts_with("kubeproxy.config.k8s.io/") {
            let kind = if kind.is_empty() {
                "nothing that names its kind".into()
            } else {
                harmless(&format!("{group} {kind}"))
            };
            return Err(Trouble::AnotherKind { name: self.name.to_owned(), key: self.key, kind });
        }
        let mode = text(top("mode")?);
        let strict_arp = match yaml_value(self.text, &value_path()).map_err(unreadable)? {
            Some(Value::Bool(true)) => StrictArp::On,
            Some(Value::Bool(false)) => StrictArp::Off,
            None | Some(Value::Null) => StrictArp::Absent,
            Some(other) => StrictArp::Other(other),
        };
        let metrics_address = text(top("metricsBindAddress")?);
        Ok(Config { by_default: mode.is_empty(), mode: Mode::configured(&mode), strict_arp, metrics_address })
    }

    pub fn target(&self) -> Target {
        Target::namespaced("v1", "ConfigMap", NAMESPACE, self.name)
    }

    pub fn change(&self, on: bool) -> Result<Change, Trouble> {
        let text = Path::default().key("data").key(self.key);
        Change::yaml_in(self.target(), &self.seen.raw, text, value_path(), Some(json!(on)))
            .map_err(|why| Trouble::Unreadable { name: self.name.to_owned(), key: self.key, why })
    }

    /// When somebody last wrote the text, by the API server's own account.
    pub fn changed(&self) -> Option<Timestamp> {
        let entries = self.seen.object.metadata.managed_fields.iter().flatten();
        let key = format!("f:{}", self.key);
        let writes = entries
            .filter(|entry| entry.fields_v1.as_ref().and_then(|fields| fields.0.get("f:data")?.get(&key)).is_some());
        writes.filter_map(|entry| entry.time.as_ref().map(|time| time.0)).max()
    }
}

impl Config {
    /// The port that /configz answers on from outside the node, if it does.
    pub fn configz_port(&self) -> Option<u16> {
        let (host, port) = self.metrics()?;
        host.filter(|host| !host.is_loopback()).map(|_| port)
    }

    /// Where /configz answers on its own node; the most telling one last, if there are several.
    pub fn configz_on_node(&self) -> Vec<String> {
        const LOOPBACKS: [IpAddr; 2] = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
        let Some((host, port)) = self.metrics() else { return Vec::new() };
        let hosts = match host {
            Some(host) if !host.is_unspecified() => vec![host],
            // One of the two is the default, depending on the family of the cluster.
            _ => LOOPBACKS.to_vec(),
        };
        hosts.into_iter().map(|host| format!("http://{}/configz", SocketAddr::new(host, port))).collect()
    }

    /// No address means the loopback.
    fn metrics(&self) -> Option<(Option<IpAddr>, u16)> {
        const DEFAULT: u16 = 10249;
        let text = self.metrics_address.as_str();
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Some((Some(address.ip()), address.port()));
        }
        if let Ok(host) = text.parse::<IpAddr>() {
            return Some((Some(host), DEFAULT));
        }
        match text.rsplit_once(':') {
            Some(("localhost" | "", port)) => Some((None, port.parse().ok()?)),
            None if matches!(text, "" | "localhost") => Some((None, DEFAULT)),
            _ => None,
        }
    }
}

impl StrictArp {
    pub fn is(&self, on: bool) -> bool {
        match self {
            StrictArp::On => on,
            StrictArp::Off | StrictArp::Absent => !on,
            StrictArp::Other(_) => false,
        }
    }
}

impl Trouble {
    pub fn refusal(&self) -> Refusal {
        let refusal = Refusal::cannot_mend(self.to_string());
        match self {
            Trouble::Unreadable { name, .. } => {
                refusal.hint(format!("set ipvs.strictARP by hand: kubectl edit configmap {name} -n {NAMESPACE}"))
            }
            _ => refusal,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let map = |name: &str| Target::namespaced("v1", "ConfigMap", NAMESPACE, name);
        match self {
            Trouble::NoConfigMap => f.write_str("there is no ConfigMap with kube-proxy's configuration"),
            Trouble::NoKey { name, key, keys } => {
                let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
                write!(f, "{} has no key {key}; its keys: {keys}", map(name))
            }
            Trouble::Unreadable { name, key, why } => {
                write!(f, "{} cannot be edited safely at key {key}: {}", map(name), harmless(&why.to_string()))
            }
            Trouble::AnotherKind { name, key, kind } => {
                write!(f, "{} holds no KubeProxyConfiguration at key {key}, but {kind}", map(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configz_is_found_wherever_it_is_bound_to() {
        let config = |address: &str| Config {
            mode: Mode::Ipvs,
            by_default: false,
            strict_arp: StrictArp::On,
            metrics_address: address.into(),
        };
        let both = |port: u16| vec![format!("http://[::1]:{port}/configz"), format!("http://127.0.0.1:{port}/configz")];
        for (address, outside, inside) in [
            ("", None, both(10249)),
            ("localhost:1", None, both(1)),
            ("127.0.0.1:10249", None, vec!["http://127.0.0.1:10249/configz".into()]),
            ("[::1]:10249", None, vec!["http://[::1]:10249/configz".into()]),
            ("0.0.0.0:10249", Some(10249), both(10249)),
            ("[::]:1", Some(1), both(1)),
            ("0.0.0.0", Some(10249), both(10249)),
            ("192.0.2.1:2", Some(2), vec!["http://192.0.2.1:2/configz".into()]),
            ("$(reboot):10249", None, Vec::new()),
        ] {
            let config = config(address);
            assert_eq!((config.configz_port(), config.configz_on_node()), (outside, inside), "{address}");
        }
    }
}
