//! What a Service asks MetalLB for, by annotations of either prefix and by spec.loadBalancerIP.

use std::net::IpAddr;

use super::LoadBalancer;
use crate::release::{Behaviour, Version};

pub const PREFIX: &str = "metallb.io/";
/// Deprecated since 0.14.9, and the only one before.
pub const OLD_PREFIX: &str = "metallb.universe.tf/";

/// The prefixes that a release of MetalLB knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefixes {
    Both,
    /// Before 0.14.9.
    Old,
}

impl Prefixes {
    /// Without a version it is taken for a new one.
    pub fn of(version: Option<Version>) -> Prefixes {
        match version.map(Behaviour::of) {
            Some(behaviour) if behaviour.annotation_prefix == OLD_PREFIX => Prefixes::Old,
            _ => Prefixes::Both,
        }
    }

    /// The one to write with.
    pub fn best(self) -> &'static str {
        match self {
            Prefixes::Both => PREFIX,
            Prefixes::Old => OLD_PREFIX,
        }
    }
}

/// An annotation of MetalLB's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annotation<'s> {
    pub key: &'s str,
    pub value: &'s str,
}

/// Addresses that a Service asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    pub addresses: Vec<IpAddr>,
    /// The annotation's key, or spec.loadBalancerIP.
    pub by: String,
}

impl LoadBalancer {
    /// By its name without the prefix; the new prefix goes before the old one, as it does in MetalLB.
    pub fn annotation(&self, wanted: &str) -> Option<Annotation<'_>> {
        [PREFIX, OLD_PREFIX]
            .iter()
            .find_map(|prefix| self.annotations().find(|found| found.key.strip_prefix(prefix) == Some(wanted)))
    }

    fn annotations(&self) -> impl Iterator<Item = Annotation<'_>> {
        let annotations = self.service.object.metadata.annotations.iter().flatten();
        annotations.map(|(key, value)| Annotation { key, value })
    }

    /// The keys with the deprecated prefix that a person has written; MetalLB's own note goes by itself.
    pub fn deprecated_annotations(&self) -> Vec<&str> {
        let old = self.annotations().map(|found| found.key).filter(|key| key.starts_with(OLD_PREFIX));
        old.filter(|key| !key.ends_with("/ip-allocated-from-pool")).collect()
    }

    /// What is asked for with the new prefix, which this MetalLB does not know.
    pub fn unknown_annotations(&self, known: Prefixes) -> Vec<&str> {
        let keys = self.annotations().map(|found| found.key).filter(|key| key.starts_with(PREFIX));
        keys.filter(|_| known == Prefixes::Old).collect()
    }

    fn asked(&self, wanted: &str, known: Prefixes) -> Option<Annotation<'_>> {
        let found = match known {
            Prefixes::Both => self.annotation(wanted),
            Prefixes::Old => self.annotations().find(|found| found.key.strip_prefix(OLD_PREFIX) == Some(wanted)),
        };
        found.filter(|found| !found.value.is_empty())
    }

    /// The pool that it asks for.
    pub fn requested_pool(&self, known: Prefixes) -> Option<Annotation<'_>> {
        self.asked("address-pool", known)
    }

    /// Services with the same key may share an address.
    pub fn sharing_key(&self, known: Prefixes) -> Option<&str> {
        self.asked("allow-shared-ip", known).map(|found| found.value)
    }

    /// The addresses that it asks for, or what MetalLB cannot make of the request.
    pub fn requested_addresses(&self, known: Prefixes) -> Result<Option<Requested>, String> {
        let annotation = self.asked("loadBalancerIPs", known);
        let field = self.spec().load_balancer_ip.as_deref().filter(|text| !text.is_empty());
        let (text, by) = match (annotation, field) {
            (None, None) => return Ok(None),
            (Some(found), Some(_)) => {
                return Err(format!(
                    "it has both the annotation {} and spec.loadBalancerIP, and may have one of them",
                    found.key
                ));
            }
            (Some(found), None) => (found.value, found.key),
            (None, Some(text)) => (text, "spec.loadBalancerIP"),
        };
        let parts = text
            .split(',')
            .map(|part| part.trim().parse::<IpAddr>().map_err(|_| format!("{by} is {text:?}, which is no IP address")));
        let addresses = parts.collect::<Result<Vec<IpAddr>, String>>()?;
        match addresses[..] {
            [one, other] if one.is_ipv4() == other.is_ipv4() => {
                Err(format!("{by} is {text:?}: two addresses of the same family"))
            }
            [_, _, _, ..] => Err(format!("{by} is {text:?}: more than one address of a family")),
            _ => Ok(Some(Requested { addresses, by: by.to_owned() })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn asking(annotations: &Value, field: &Value) -> LoadBalancer {
        LoadBalancer::of(&json!({
            "metadata": { "name": "web", "namespace": "default", "annotations": annotations },
            "spec": { "type": "LoadBalancer", "loadBalancerIP": field },
        }))
    }

    #[test]
    fn addresses_are_requested_in_three_ways() {
        for (annotations, field, by) in [
            (json!({ "metallb.io/loadBalancerIPs": "10.0.0.7" }), Value::Null, "metallb.io/loadBalancerIPs"),
            (
                json!({ "metallb.universe.tf/loadBalancerIPs": " 10.0.0.7 " }),
                Value::Null,
                "metallb.universe.tf/loadBalancerIPs",
            ),
            (json!({}), json!("10.0.0.7"), "spec.loadBalancerIP"),
        ] {
            let requested = asking(&annotations, &field).requested_addresses(Prefixes::Both).unwrap().unwrap();
            assert_eq!((requested.by.as_str(), &requested.addresses[..]), (by, &["10.0.0.7".parse().unwrap()][..]));
        }
        assert_eq!(asking(&json!({}), &Value::Null).requested_addresses(Prefixes::Both), Ok(None));
    }

    #[test]
    fn what_metallb_cannot_use_is_said() {
        for (annotations, field, words) in [
            (json!({ "metallb.io/loadBalancerIPs": "10.0.0.7" }), json!("10.0.0.8"), "may have one of them"),
            (json!({ "metallb.io/loadBalancerIPs": "lecture" }), Value::Null, "which is no IP address"),
            (
                json!({ "metallb.io/loadBalancerIPs": "10.0.0.7,10.0.0.8" }),
                Value::Null,
                "two addresses of the same family",
            ),
        ] {
            let error = asking(&annotations, &field).requested_addresses(Prefixes::Both).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        let dual = asking(&json!({ "metallb.io/loadBalancerIPs": "10.0.0.7,fd00::7" }), &Value::Null);
        assert_eq!(dual.requested_addresses(Prefixes::Both).unwrap().unwrap().addresses.len(), 2);
    }

    #[test]
    fn an_old_release_does_not_know_the_new_prefix() {
        let service = asking(&json!({ "metallb.io/address-pool": "lecture" }), &Value::Null);
        assert_eq!(service.requested_pool(Prefixes::Old), None);
        assert_eq!(service.unknown_annotations(Prefixes::Old), ["metallb.io/address-pool"]);
        assert!(service.unknown_annotations(Prefixes::Both).is_empty());
        assert_eq!(Prefixes::of("0.14.8".parse().ok()), Prefixes::Old);
        assert_eq!(Prefixes::of("0.14.9".parse().ok()), Prefixes::Both);
    }

    #[test]
    fn the_new_prefix_goes_before_the_old_one() {
        let both = json!({ "metallb.universe.tf/address-pool": "old", "metallb.io/address-pool": "new" });
        let service = asking(&both, &Value::Null);
        assert_eq!(
            service.requested_pool(Prefixes::Both),
            Some(Annotation { key: "metallb.io/address-pool", value: "new" })
        );
        assert_eq!(service.deprecated_annotations(), ["metallb.universe.tf/address-pool"]);
        let written = json!({ "metallb.universe.tf/ip-allocated-from-pool": "lecture" });
        assert!(asking(&written, &Value::Null).deprecated_annotations().is_empty());
    }
}
