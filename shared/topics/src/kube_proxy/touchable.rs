//! The place that `strict-arp` writes to, with the values it writes, and what it restarts.

use lab_plan::{Change, Path, Place, Target};
use serde_json::Value;

use super::configuration::{PLACES, value_path};
use super::facts::{NAMESPACE, daemon_set};

pub fn touchable(change: &Change) -> bool {
    let Place::YamlIn { text, yaml, splice } = &change.place else { return false };
    let target = &change.target;
    let here = target.kind == "ConfigMap"
        && target.api_version == "v1"
        && target.namespace.as_deref() == Some(NAMESPACE)
        && PLACES.iter().any(|(name, key)| target.name == *name && *text == Path::default().key("data").key(key));
    let short = splice.as_ref().is_none_or(|splice| splice.old.len().max(splice.new.len()) <= LONGEST);
    here && short && *yaml == value_path() && change.before.iter().chain(&change.after).all(is_ours)
}

/// What an edit takes away or puts there is one line, or two where the map is new.
const LONGEST: usize = 200;

/// A boolean, or what people write in its place.
fn is_ours(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Null | Value::Number(_) => true,
        Value::String(text) => text.len() <= 16,
        _ => false,
    }
}

/// Whether a verb restarts this; whoever writes a journal must not be able to have anything else restarted.
pub fn restartable(target: &Target) -> bool {
    *target == daemon_set()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_plan::Path;
    use serde_json::json;

    fn change(name: &str, text: &str, yaml: &str, after: Value) -> Change {
        let target = Target::namespaced("v1", "ConfigMap", "kube-system", name);
        let path = |text: &str| text.parse::<Path>().expect("a path");
        let place = Place::YamlIn { text: path(text), yaml: path(yaml), splice: None };
        Change { target, uid: None, place, before: None, after: Some(after) }
    }

    #[test]
    fn only_this_value_in_these_places_is_touchable() {
        assert!(touchable(&change("kube-proxy", "data[\"config.conf\"]", "ipvs.strictARP", json!(true))));
        assert!(touchable(&change("kube-proxy-config", "data.config", "ipvs.strictARP", json!("false"))));
        for (name, text, yaml, after) in [
            ("coredns", "data[\"config.conf\"]", "ipvs.strictARP", json!(true)),
            ("kube-proxy", "data[\"kubeconfig.conf\"]", "ipvs.strictARP", json!(true)),
            ("kube-proxy", "data[\"config.conf\"]", "clientConnection.kubeconfig", json!(true)),
            ("kube-proxy", "data[\"config.conf\"]", "ipvs.strictARP", json!({ "a": 1 })),
        ] {
            assert!(!touchable(&change(name, text, yaml, after)), "{name} {text} {yaml}");
        }
        assert!(!restartable(&Target::namespaced("apps/v1", "DaemonSet", "kube-system", "cilium")));
    }
}
