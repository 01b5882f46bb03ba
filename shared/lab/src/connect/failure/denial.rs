//! Reads out of a 403 which right is missing. The server's own words are more exact than what we meant to do: an
//! impersonation that is forbidden, for instance, fails every request alike.

use kube::core::Status;

use crate::rights::Right;

/// From `… User "jane" cannot patch resource "deployments" in API group "apps" in the namespace "kube-system"`.
pub(super) fn denied_right(message: &str) -> Option<Right> {
    let (_, denial) = message.split_once("\" cannot ")?;
    let (verb, rest) = denial.split_once(" resource \"")?;
    let (resource, rest) = rest.split_once("\" in API group \"")?;
    let (group, rest) = rest.split_once('"')?;
    let namespace = match rest.trim_start().strip_prefix("in the namespace \"") {
        Some(rest) => Some(rest.split_once('"')?.0),
        None if rest.trim_start().starts_with("at the cluster scope") => None,
        None => return None,
    };
    let sound = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._/:*".contains(c));
    let all_sound = [verb, resource, group, namespace.unwrap_or_default()].into_iter().all(sound);
    (all_sound && !verb.is_empty() && !resource.is_empty()).then(|| Right::new(verb, group, resource, namespace))
}

pub(super) fn is_anonymous(message: &str) -> bool {
    message.contains("User \"system:anonymous\" cannot")
}

/// A 403 of an admission plugin (pod security, quota, a webhook) names the object or itself, but nobody's missing right.
pub(super) fn is_policy(status: &Status) -> bool {
    let of_plugin = status.message.contains(" is forbidden: ") && !status.message.contains("\" cannot ");
    let of_webhook = status.message.starts_with("admission webhook \"");
    of_webhook || (status.reason == "Forbidden" && of_plugin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_right_is_read_from_the_servers_words() {
        let table = [
            (
                r#"deployments.apps "x" is forbidden: User "jane" cannot patch resource "deployments" in API group "apps" in the namespace "kube-system""#,
                Some(Right::new("patch", "apps", "deployments", Some("kube-system"))),
            ),
            (
                r#"nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found"#,
                Some(Right::new("list", "", "nodes", None)),
            ),
            (
                r#"pods "x" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "lab""#,
                Some(Right::new("get", "", "pods/log", Some("lab"))),
            ),
            (
                r#"users "boss" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope"#,
                Some(Right::new("impersonate", "", "users", None)),
            ),
            (r#"forbidden: User "jane" cannot get path "/metrics""#, None),
            (r#"pods "x" is forbidden: exceeded quota: small"#, None),
            (r#"User "x" cannot get resource "a: [b" in API group "" at the cluster scope"#, None),
        ];
        for (message, right) in table {
            assert_eq!(denied_right(message), right, "{message}");
        }
    }

    #[test]
    fn a_policy_is_told_from_a_missing_right() {
        let status =
            |message: &str| Status { reason: "Forbidden".into(), message: message.into(), ..Status::default() };
        assert!(is_policy(&status(r#"admission webhook "policy.lecture.example" denied the request: no"#)));
        assert!(is_policy(&status(r#"pods "x" is forbidden: violates PodSecurity "restricted:latest""#)));
        assert!(!is_policy(&status(r#"pods "x" is forbidden: User "jane" cannot create resource "pods""#)));
        assert!(is_anonymous(r#"nodes is forbidden: User "system:anonymous" cannot list resource "nodes""#));
    }
}
