//! MetalLB's pools, and the Services that hold addresses of them.

use lab_plan::{Change, Path, Place, Target};
use serde_json::Value;

/// Before `ip-allocated-from-pool`: from 0.14.9 on, and before.
const PREFIXES: [&str; 2] = ["metallb.io/", "metallb.universe.tf/"];

pub fn is_pool(target: &Target) -> bool {
    target.kind == "IPAddressPool" && target.api_version.starts_with("metallb.io/")
}

const WRITTEN_BY_METALLB: [&str; 4] =
    ["bgpsessionstates", "configurationstates", "servicebgpstatuses", "servicel2statuses"];

/// Whether it is a resource, named as kubectl takes it, whose objects MetalLB itself writes and takes away: they say how things
/// are, and nobody has made them.
pub fn is_written_by_metallb(resource: &str) -> bool {
    resource.strip_suffix(".metallb.io").is_some_and(|plural| WRITTEN_BY_METALLB.contains(&plural))
}

/// Whether the Service has an address that MetalLB's controller took from the pool. Only a running controller takes it
/// back; without one the Service would keep it in its status for ever.
pub fn holds_address_of(service: &Value, pool: &str) -> bool {
    let annotations = service.pointer("/metadata/annotations");
    let from = PREFIXES.iter().find_map(|prefix| annotations?.get(format!("{prefix}ip-allocated-from-pool"))?.as_str());
    let ingress = service.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    from == Some(pool) && ingress.is_some_and(|ingress| !ingress.is_empty())
}

/// Nodes that bear it announce nothing, whatever its value.
pub const EXCLUDE_LABEL: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

/// The one value that `metallb` changes in objects of others: a label of nodes.
pub fn touchable(change: &Change) -> bool {
    let label = Path::default().key("metadata").key("labels").key(EXCLUDE_LABEL);
    let values = change.before.iter().chain(&change.after);
    change.target.kind == "Node"
        && change.target.api_version == "v1"
        && matches!(&change.place, Place::At(path) if *path == label)
        && values.into_iter().all(|value| value.as_str().is_some_and(|text| text.len() <= 63))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_of_the_pool_is_told_by_either_annotation() {
        for prefix in PREFIXES {
            let service = json!({
                "metadata": { "annotations": { format!("{prefix}ip-allocated-from-pool"): "lecture" } },
                "status": { "loadBalancer": { "ingress": [{ "ip": "172.30.0.200" }] } },
            });
            assert!(holds_address_of(&service, "lecture") && !holds_address_of(&service, "other"));
            let cleared = json!({ "metadata": service["metadata"], "status": { "loadBalancer": {} } });
            assert!(!holds_address_of(&cleared, "lecture"));
        }
    }

    #[test]
    fn of_nodes_only_this_label_is_touchable() {
        let change = |key: &str, value: Value| {
            let path = Path::default().key("metadata").key("labels").key(key);
            Change::set(Target::cluster_wide("v1", "Node", "lab-1"), &json!({}), path, Some(value))
        };
        assert!(touchable(&change(EXCLUDE_LABEL, json!(""))));
        assert!(!touchable(&change("node-role.kubernetes.io/control-plane", json!(""))));
        assert!(!touchable(&change(EXCLUDE_LABEL, json!({ "a": 1 }))));
    }

    #[test]
    fn kinds_are_told_by_their_group_too() {
        assert!(is_pool(&Target::namespaced("metallb.io/v1beta1", "IPAddressPool", "metallb-system", "lecture")));
        assert!(!is_pool(&Target::namespaced("example.org/v1", "IPAddressPool", "metallb-system", "lecture")));
        assert!(is_written_by_metallb("servicel2statuses.metallb.io"));
        assert!(!is_written_by_metallb("ipaddresspools.metallb.io") && !is_written_by_metallb("servicel2statuses"));
    }
}
