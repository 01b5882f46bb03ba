//! Which advertisements announce a pool.

use serde::Serialize;

use crate::present::Present;
use crate::resources::{IPAddressPool, name};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Advertisement {
    /// L2Advertisement or BGPAdvertisement.
    pub kind: &'static str,
    pub name: String,
}

impl std::fmt::Display for Advertisement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// Their names, for a column.
pub fn advertisers(advertised: &[Advertisement]) -> String {
    let name = |one: &Advertisement| {
        if one.kind == "L2Advertisement" { one.name.clone() } else { format!("{} (BGP)", one.name) }
    };
    let names: Vec<String> = advertised.iter().map(name).collect();
    if names.is_empty() { "<none>".into() } else { names.join(",") }
}

/// Those that MetalLB heeds for the pool: in its own namespace, and naming or selecting it, or naming none.
pub fn advertised(present: &Present, pool: &IPAddressPool) -> Vec<Advertisement> {
    let (named, labels) = (name(&pool.metadata), pool.metadata.labels.as_ref());
    let l2 = present.l2_advertisements.iter().map(|seen| &seen.object);
    let l2 = l2.filter(|one| one.spec.covers(named, labels)).map(|one| ("L2Advertisement", &one.metadata));
    let bgp = present.bgp_advertisements.iter().map(|seen| &seen.object);
    let bgp = bgp.filter(|one| one.spec.covers(named, labels)).map(|one| ("BGPAdvertisement", &one.metadata));
    let heeded = l2.chain(bgp).filter(|(_, metadata)| metadata.namespace.as_deref() == Some(present.namespace()));
    heeded.map(|(kind, metadata)| Advertisement { kind, name: name(metadata).to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seen::seen;
    use lab::Seen;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    fn with<K: DeserializeOwned>(namespace: &str, name: &str, spec: &Value) -> Seen<K> {
        let raw = json!({ "metadata": { "name": name, "namespace": namespace }, "spec": spec });
        seen(raw)
    }

    #[test]
    fn by_name_by_label_or_without_a_word() {
        let pool: IPAddressPool =
            serde_json::from_value(json!({ "metadata": { "name": "lecture", "labels": { "room": "a" } } })).unwrap();
        let here = "metallb-system";
        let present = Present {
            l2_advertisements: vec![
                with(here, "all", &json!({})),
                with(here, "named", &json!({ "ipAddressPools": ["lecture"] })),
                with(here, "other", &json!({ "ipAddressPools": ["another"] })),
                with(here, "room", &json!({ "ipAddressPoolSelectors": [{ "matchLabels": { "room": "a" } }] })),
                with("elsewhere", "unheard", &json!({})),
            ],
            bgp_advertisements: vec![with(here, "routers", &json!({}))],
            ..Present::default()
        };
        let found: Vec<String> = advertised(&present, &pool).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["L2Advertisement all", "L2Advertisement named", "L2Advertisement room", "BGPAdvertisement routers"]
        );
    }
}
