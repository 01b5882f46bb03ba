//! Which paths are meant: `*` stands for one segment, a last `**` for any number of them.

#[derive(Clone, Debug)]
pub struct PathPattern(String);

impl PathPattern {
    pub fn new(pattern: &str) -> Self {
        Self(pattern.trim_matches('/').to_owned())
    }

    pub fn matches(&self, path: &str) -> bool {
        let mut segments = path.trim_matches('/').split('/');
        for wanted in self.0.split('/') {
            match (wanted, segments.next()) {
                ("**", _) => return true,
                ("*", Some(_)) => {}
                (wanted, Some(segment)) if wanted == segment => {}
                _ => return false,
            }
        }
        segments.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_segments() {
        for (pattern, path, expected) in [
            ("/api/v1/namespaces/*/configmaps/*", "/api/v1/namespaces/kube-system/configmaps/kube-proxy", true),
            ("/api/v1/namespaces/*/configmaps", "/api/v1/namespaces/kube-system/configmaps/kube-proxy", false),
            ("/api/v1/namespaces/*/configmaps/*", "/api/v1/namespaces/kube-system/configmaps", false),
            ("/apis/apps/**", "/apis/apps/v1/namespaces/a/deployments/b/scale", true),
            ("/apis/apps/**", "/apis/apps", true),
            ("/apis/apps/**", "/apis/batch/v1", false),
            ("/version", "/version/", true),
        ] {
            assert_eq!(PathPattern::new(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
