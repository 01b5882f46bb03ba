//! The label query that metrics-server chooses its nodes by (`--node-selector`): `=`, `==`, `!=`, and whether there is a label at all.

use std::collections::BTreeMap;

/// `None` where the query is written in a way that is not read here, such as `zone in (a, b)` or `cpus>4`.
pub fn selects(query: &str, labels: &BTreeMap<String, String>) -> Option<bool> {
    if query.contains(['(', '<', '>']) {
        return None;
    }
    Some(query.split(',').map(str::trim).filter(|part| !part.is_empty()).all(|part| holds(part, labels)))
}

fn holds(part: &str, labels: &BTreeMap<String, String>) -> bool {
    let label = |key: &str| labels.get(key.trim()).map(String::as_str);
    if let Some((key, value)) = part.split_once("!=") {
        return label(key) != Some(value.trim());
    }
    if let Some((key, value)) = part.split_once('=') {
        return label(key) == Some(value.trim_start_matches('=').trim());
    }
    match part.strip_prefix('!') {
        Some(key) => label(key).is_none(),
        None => label(part).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_selects_as_kubernetes_reads_it() {
        let labels = BTreeMap::from([("kubernetes.io/os".to_owned(), "linux".to_owned())]);
        for (query, selected) in [
            ("kubernetes.io/os=linux", Some(true)),
            ("kubernetes.io/os == linux", Some(true)),
            ("kubernetes.io/os!=windows", Some(true)),
            ("type!=virtual-kubelet,kubernetes.io/os", Some(true)),
            ("!type", Some(true)),
            ("kubernetes.io/os=windows", Some(false)),
            ("kubernetes.io/os=linux,type=big", Some(false)),
            ("!kubernetes.io/os", Some(false)),
            ("kubernetes.io/os in (linux, windows)", None),
            ("cpus>4", None),
        ] {
            assert_eq!(selects(query, &labels), selected, "{query}");
        }
    }
}
