//! Which systems a selector means.

use super::manifest::{Expression, Selector};

/// The systems that krew knows, as os and arch.
pub const SYSTEMS: [(&str, &str); 11] = [
    ("windows", "386"),
    ("windows", "amd64"),
    ("windows", "arm64"),
    ("linux", "386"),
    ("linux", "amd64"),
    ("linux", "arm"),
    ("linux", "arm64"),
    ("linux", "ppc64le"),
    ("darwin", "386"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
];

impl Selector {
    /// As Kubernetes matches labels: everything that is asked for must hold.
    pub fn selects(&self, os: &str, arch: &str) -> bool {
        let value = |key: &str| match key {
            "os" => Some(os),
            "arch" => Some(arch),
            _ => None,
        };
        let labels = self.match_labels.iter().flatten().all(|(key, wanted)| value(key) == Some(wanted));
        labels && self.match_expressions.iter().flatten().all(|expression| expression.holds(value(&expression.key)))
    }

    pub fn systems(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        SYSTEMS.into_iter().filter(|(os, arch)| self.selects(os, arch))
    }

    /// What it asks about.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let labels = self.match_labels.iter().flatten().map(|(key, _)| key.as_str());
        labels.chain(self.match_expressions.iter().flatten().map(|expression| expression.key.as_str()))
    }
}

impl Expression {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_named = value.is_some_and(|value| self.values.iter().any(|named| named == value));
        match self.operator.as_str() {
            "In" => is_named,
            "NotIn" => !is_named,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn systems(text: &str) -> Vec<String> {
        let selector: Selector = serde_saphyr::from_str(text).unwrap();
        selector.systems().map(|(os, arch)| format!("{os}/{arch}")).collect()
    }

    #[test]
    fn labels_and_expressions_must_hold_together() {
        assert_eq!(systems("matchLabels: {os: linux, arch: amd64}"), ["linux/amd64"]);
        assert_eq!(
            systems(
                "{matchLabels: {arch: arm64}, matchExpressions: [{key: os, operator: In, values: [linux, darwin]}]}"
            ),
            ["linux/arm64", "darwin/arm64"]
        );
        assert_eq!(
            systems(
                "matchExpressions: [{key: os, operator: NotIn, values: [linux, windows]}, {key: arch, operator: Exists}]"
            ),
            ["darwin/386", "darwin/amd64", "darwin/arm64"]
        );
        assert_eq!(systems("matchLabels: {os: plan9}"), [""; 0]);
        assert_eq!(systems("matchExpressions: [{key: os, operator: Like, values: [linux]}]"), [""; 0]);
    }
}
