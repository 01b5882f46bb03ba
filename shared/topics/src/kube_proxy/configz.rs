//! What kube-proxy says about itself at /configz.

use serde_json::Value;

use super::mode::Mode;

/// What it really runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configz {
    pub strict_arp: Option<bool>,
    pub mode: Option<Mode>,
}

/// kube-proxy shows its internal type there, whose names are spelt another way.
pub fn read(answer: &Value) -> Configz {
    let field = |value: &Value, name: &str| {
        value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    };
    let Some(config) = answer.as_object().and_then(|parts| parts.values().next()) else { return Configz::default() };
    Configz {
        strict_arp: field(config, "ipvs").and_then(|ipvs| field(&ipvs, "strictARP")?.as_bool()),
        mode: field(config, "mode").and_then(|mode| mode.as_str().map(Mode::configured)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn configz_is_read_in_either_spelling() {
        let internal = json!({ "kubeproxy.config.k8s.io": { "Mode": "ipvs", "IPVS": { "StrictARP": true } } });
        assert_eq!(read(&internal), Configz { strict_arp: Some(true), mode: Some(Mode::Ipvs) });
        let external = json!({ "kubeproxy.config.k8s.io": { "mode": "", "ipvs": { "strictARP": false } } });
        assert_eq!(read(&external), Configz { strict_arp: Some(false), mode: Some(Mode::Iptables) });
        for odd in [json!({}), json!([]), json!({ "kubeproxy.config.k8s.io": { "ipvs": null, "mode": 1 } })] {
            assert_eq!(read(&odd), Configz::default());
        }
    }
}
