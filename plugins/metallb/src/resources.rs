//! MetalLB's own kinds, as far as they are read here. What is written goes by the raw objects.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde::Deserialize;

pub const GROUP: &str = "metallb.io";
pub const API_VERSION: &str = "metallb.io/v1beta1";

/// A kind of MetalLB's: how the API server calls it, and what of it is read.
macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $plural:literal $(, $field:ident: $type:ty)*) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize, PartialEq)]
        #[serde(default)]
        pub struct $name {
            pub metadata: ObjectMeta,
            $(pub $field: $type,)*
        }

        impl k8s_openapi::Resource for $name {
            const API_VERSION: &'static str = API_VERSION;
            const GROUP: &'static str = GROUP;
            const KIND: &'static str = stringify!($name);
            const VERSION: &'static str = "v1beta1";
            const URL_PATH_SEGMENT: &'static str = $plural;
            type Scope = k8s_openapi::NamespaceResourceScope;
        }
    };
}

kind!(
    /// The addresses that may be given to Services.
    IPAddressPool, "ipaddresspools", spec: PoolSpec, status: Option<PoolStatus>
);
kind!(
    /// Which pools are announced by ARP and NDP, from which nodes.
    L2Advertisement, "l2advertisements", spec: L2AdvertisementSpec
);
kind!(
    /// Which pools are announced by BGP.
    BGPAdvertisement, "bgpadvertisements", spec: BGPAdvertisementSpec
);
kind!(
    /// Which node announces a Service's address (from 0.14.5 on).
    ServiceL2Status, "servicel2statuses", status: ServiceL2StatusStatus
);
kind!(
    /// Whether MetalLB could use its configuration (from 0.15.3 on).
    ConfigurationState, "configurationstates", status: ConfigurationStateStatus
);

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct PoolSpec {
    pub addresses: Vec<String>,
    pub auto_assign: Option<bool>,
    #[serde(rename = "avoidBuggyIPs")]
    pub avoid_buggy_ips: bool,
    pub service_allocation: Option<ServiceAllocation>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAllocation {
    pub priority: Option<i64>,
    pub namespaces: Vec<String>,
    pub namespace_selectors: Vec<LabelSelector>,
    pub service_selectors: Vec<LabelSelector>,
}

/// Counted by the controller (from 0.15.0 on).
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct PoolStatus {
    #[serde(rename = "assignedIPv4")]
    pub assigned_v4: i64,
    #[serde(rename = "assignedIPv6")]
    pub assigned_v6: i64,
    #[serde(rename = "availableIPv4")]
    pub available_v4: i64,
    #[serde(rename = "availableIPv6")]
    pub available_v6: i64,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct L2AdvertisementSpec {
    /// Without names and selectors: all pools.
    pub ip_address_pools: Vec<String>,
    pub ip_address_pool_selectors: Vec<LabelSelector>,
    pub node_selectors: Vec<LabelSelector>,
    pub interfaces: Vec<String>,
    pub service_selectors: Vec<LabelSelector>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct BGPAdvertisementSpec {
    pub ip_address_pools: Vec<String>,
    pub ip_address_pool_selectors: Vec<LabelSelector>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceL2StatusStatus {
    pub node: String,
    pub service_name: String,
    pub service_namespace: String,
    pub interfaces: Vec<Interface>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Interface {
    pub name: String,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigurationStateStatus {
    pub result: Option<String>,
    pub error_summary: Option<String>,
    pub conditions: Vec<k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition>,
}

pub fn name(metadata: &ObjectMeta) -> &str {
    metadata.name.as_deref().unwrap_or_default()
}

impl L2AdvertisementSpec {
    /// Whether it announces the pool of this name and these labels.
    pub fn covers(&self, pool: &str, labels: Option<&BTreeMap<String, String>>) -> bool {
        is_meant(&self.ip_address_pools, &self.ip_address_pool_selectors, pool, labels)
    }
}

impl BGPAdvertisementSpec {
    /// Whether it announces the pool of this name and these labels.
    pub fn covers(&self, pool: &str, labels: Option<&BTreeMap<String, String>>) -> bool {
        is_meant(&self.ip_address_pools, &self.ip_address_pool_selectors, pool, labels)
    }
}

/// Without a name and a selector all pools are meant.
fn is_meant(
    names: &[String],
    selectors: &[LabelSelector],
    pool: &str,
    labels: Option<&BTreeMap<String, String>>,
) -> bool {
    let all = names.is_empty() && selectors.is_empty();
    all || names.iter().any(|named| named == pool) || selectors.iter().any(|selector| selects(selector, labels))
}

/// Whether a label selector of MetalLB's selects something with these labels.
pub fn selects(selector: &LabelSelector, labels: Option<&BTreeMap<String, String>>) -> bool {
    let of = |key: &str| labels.and_then(|labels| labels.get(key));
    let equal = selector.match_labels.iter().flatten().all(|(key, value)| of(key) == Some(value));
    let values = |values: &Option<Vec<String>>, found: &String| values.iter().flatten().any(|value| value == found);
    let expressions = selector.match_expressions.iter().flatten().all(|expression| {
        let found = of(&expression.key);
        match expression.operator.as_str() {
            "In" => found.is_some_and(|found| values(&expression.values, found)),
            "NotIn" => !found.is_some_and(|found| values(&expression.values, found)),
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            _ => false,
        }
    });
    equal && expressions
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pool_is_read_as_metallb_writes_it() {
        let pool: IPAddressPool = serde_json::from_value(json!({
            "metadata": { "name": "lecture" },
            "spec": { "addresses": ["172.30.0.200-172.30.0.220"], "autoAssign": true, "avoidBuggyIPs": true },
            "status": { "assignedIPv4": 1, "availableIPv4": 20 },
        }))
        .unwrap();
        assert!(pool.spec.avoid_buggy_ips);
        assert_eq!(pool.status.map(|status| (status.assigned_v4, status.available_v4)), Some((1, 20)));
    }

    #[test]
    fn selectors_select_as_kubernetes_says() {
        let selector = |value: serde_json::Value| serde_json::from_value::<LabelSelector>(value).unwrap();
        let labels = [("role".to_owned(), "edge".to_owned())].into();
        assert!(selects(&selector(json!({})), None));
        assert!(selects(&selector(json!({ "matchLabels": { "role": "edge" } })), Some(&labels)));
        assert!(!selects(&selector(json!({ "matchLabels": { "role": "edge" } })), None));
        let expression = |operator: &str, values: &[&str]| {
            selector(json!({ "matchExpressions": [{ "key": "role", "operator": operator, "values": values }] }))
        };
        assert!(selects(&expression("In", &["edge", "core"]), Some(&labels)));
        assert!(selects(&expression("NotIn", &["core"]), Some(&labels)));
        assert!(!selects(&expression("DoesNotExist", &[]), Some(&labels)));
        assert!(selects(&expression("Exists", &[]), Some(&labels)));
    }
}
