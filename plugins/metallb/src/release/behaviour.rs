//! What differs from release to release, as data; from the release notes, the manifests and the sources at the tags.

use super::Version;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Before the annotations of Services; the old one is understood by all releases so far, and warned about by newer ones.
    pub annotation_prefix: &'static str,
    /// The names of the Service and the Secret that the webhook is served with.
    pub webhook_service: &'static str,
    pub webhook_secret: &'static str,
    /// Nodes labelled exclude-from-external-load-balancers announce nothing.
    pub honours_exclude_label: bool,
    /// The speaker has a flag that makes it ignore that label.
    pub can_ignore_exclude_label: bool,
    /// ServiceL2Status says which node announces a Service. v0.14.5 has the kind, and only writes it if told to.
    pub tells_who_announces: bool,
    /// IPAddressPool.status counts addresses.
    pub counts_addresses: bool,
    /// ConfigurationState says what is wrong with the configuration.
    pub tells_configuration_errors: bool,
    /// The webhook keeps a pool whose addresses Services have.
    pub keeps_pools_in_use: bool,
    /// How the speakers make the key of their memberlist out of its Secret: those of different ways do not hear each other.
    pub memberlist_key: MemberlistKey,
    /// It has the kind AddressPool, which came before IPAddressPool.
    pub has_address_pools: bool,
    /// The oldest Kubernetes that it runs on.
    pub oldest_server: (u32, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberlistKey {
    /// 16 bytes, for AES-128.
    Short,
    /// 32 bytes, for AES-256, of which some were the same everywhere.
    Long,
    /// The hash of the secret.
    Hashed,
}

impl Behaviour {
    pub fn of(version: Version) -> Behaviour {
        let since = |minor, patch| version >= Version::new(0, minor, patch);
        Behaviour {
            annotation_prefix: if since(14, 9) { "metallb.io/" } else { "metallb.universe.tf/" },
            webhook_service: if since(14, 4) { "metallb-webhook-service" } else { "webhook-service" },
            webhook_secret: if since(14, 4) { "metallb-webhook-cert" } else { "webhook-server-cert" },
            honours_exclude_label: since(14, 0),
            can_ignore_exclude_label: since(14, 4),
            tells_who_announces: since(14, 6),
            counts_addresses: since(15, 0),
            tells_configuration_errors: since(15, 3),
            keeps_pools_in_use: !since(14, 0),
            memberlist_key: match () {
                () if since(16, 2) => MemberlistKey::Hashed,
                () if since(14, 2) => MemberlistKey::Long,
                () => MemberlistKey::Short,
            },
            has_address_pools: !since(14, 3),
            // 0.14 reads EndpointSlices of discovery.k8s.io/v1 and nothing else.
            oldest_server: if since(14, 0) { (1, 21) } else { (1, 19) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: &str) -> Behaviour {
        Behaviour::of(version.parse().unwrap())
    }

    #[test]
    fn the_old_line_and_the_newest() {
        let old = of("0.13.12");
        assert_eq!(old.annotation_prefix, "metallb.universe.tf/");
        assert_eq!((old.webhook_service, old.webhook_secret), ("webhook-service", "webhook-server-cert"));
        assert!(old.keeps_pools_in_use && old.has_address_pools && !old.honours_exclude_label);
        let new = of("0.16.2");
        assert_eq!(new.annotation_prefix, "metallb.io/");
        assert_eq!((new.webhook_service, new.webhook_secret), ("metallb-webhook-service", "metallb-webhook-cert"));
        assert!(new.honours_exclude_label && new.tells_who_announces && new.counts_addresses);
        assert!(new.tells_configuration_errors && !new.keeps_pools_in_use && !new.has_address_pools);
    }

    #[test]
    fn each_change_comes_with_its_release_and_not_before() {
        assert_ne!(of("0.14.8").annotation_prefix, of("0.14.9").annotation_prefix);
        assert_ne!(of("0.14.3").webhook_service, of("0.14.4").webhook_service);
        assert_ne!(of("0.14.5").tells_who_announces, of("0.14.6").tells_who_announces);
        assert_ne!(of("0.14.9").counts_addresses, of("0.15.0").counts_addresses);
        assert_ne!(of("0.15.2").tells_configuration_errors, of("0.15.3").tells_configuration_errors);
        assert_ne!(of("0.13.12").oldest_server, of("0.14.2").oldest_server);
        assert_ne!(of("0.13.12").memberlist_key, of("0.14.2").memberlist_key);
        assert_ne!(of("0.16.1").memberlist_key, of("0.16.2").memberlist_key);
        assert_eq!(of("0.14.2").memberlist_key, of("0.16.1").memberlist_key);
    }
}
