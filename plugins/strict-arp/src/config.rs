//! kube-proxy's configuration as it stands in the ConfigMap.

use lab::harmless::harmless;
use lab_plan::{Change, Path, Target, YamlError, yaml_value};
use serde_json::{Value, json};

use crate::facts::{Facts, NAMESPACE};
use crate::mode::Mode;

/// The text of a configuration, and where it stands.
pub struct Place<'f> {
    facts: &'f Facts,
    raw: &'f Value,
    pub name: &'f str,
    pub key: &'static str,
    pub text: &'f str,
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

pub fn value_path() -> Path {
    Path::default().key("ipvs").key("strictARP")
}

pub fn place(facts: &Facts) -> Result<Place<'_>, Trouble> {
    let seen = facts.config_map.as_ref().ok_or(Trouble::NoConfigMap)?;
    let name = seen.object.metadata.name.as_deref().unwrap_or_default();
    let key = facts.key;
    let data = seen.object.data.as_ref();
    let Some(text) = data.and_then(|data| data.get(key)) else {
        let keys = data.into_iter().flat_map(|data| data.keys().cloned()).collect();
        return Err(Trouble::NoKey { name: name.to_owned(), key, keys });
    };
    Ok(Place { facts, raw: &seen.raw, name, key, text })
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
        Change::yaml_in(self.target(), self.raw, text, value_path(), Some(json!(on)))
            .map_err(|why| Trouble::Unreadable { name: self.name.to_owned(), key: self.key, why })
    }

    /// When somebody last wrote the text, by the API server's own account.
    pub fn changed(&self) -> Option<lab::Timestamp> {
        let seen = self.facts.config_map.as_ref()?;
        let entries = seen.object.metadata.managed_fields.iter().flatten();
        let key = format!("f:{}", self.key);
        let writes = entries
            .filter(|entry| entry.fields_v1.as_ref().and_then(|fields| fields.0.get("f:data")?.get(&key)).is_some());
        writes.filter_map(|entry| entry.time.as_ref().map(|time| time.0)).max()
    }
}

impl Config {
    /// The address and port that /configz answers on from outside the node, if it does.
    pub fn configz_port(&self) -> Option<u16> {
        let (host, port) = self.metrics_address.rsplit_once(':')?;
        let loopback = host.starts_with("127.") || matches!(host, "localhost" | "[::1]" | "");
        if loopback { None } else { port.parse().ok() }
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
