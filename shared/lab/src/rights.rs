//! Rights of Kubernetes RBAC, and the smallest Role that grants what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

/// One thing that somebody may or may not do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Right {
    pub verb: String,
    /// Empty for the core group.
    pub group: String,
    /// With its subresource, as in `pods/log`.
    pub resource: String,
    /// `None` where it is cluster-wide.
    pub namespace: Option<String>,
    /// The one object it is about, where the right is that narrow.
    pub name: Option<String>,
}

impl Right {
    pub fn new(verb: &str, group: &str, resource: &str, namespace: Option<&str>) -> Right {
        Right {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            namespace: namespace.map(str::to_owned),
            name: None,
        }
    }

    #[must_use]
    pub fn named(mut self, name: &str) -> Right {
        self.name = Some(name.into());
        self
    }

    /// What a right really gives, where its name does not tell.
    fn caution(&self) -> Option<&'static str> {
        match (self.resource.as_str(), self.verb.as_str()) {
            ("nodes/proxy", _) => Some("amounts to running commands in every container of every node"),
            ("pods/exec", _) => Some("lets its holder run any command in these pods"),
            ("roles" | "clusterroles", "escalate" | "bind") => Some("lets its holder give itself any right"),
            ("signers", "approve") => Some("lets its holder have certificates signed that pass for any node's kubelet"),
            _ => None,
        }
    }
}

/// `patch deployments.apps in namespace kube-system`
impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.group.is_empty() { "" } else { "." };
        write!(f, "{} {}{dot}{}", self.verb, self.resource, self.group)?;
        if let Some(name) = &self.name {
            write!(f, " {name}")?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => write!(f, " (cluster-wide)"),
        }
    }
}

/// The Roles and ClusterRoles, as YAML, that grant exactly these rights: one object per namespace, one for the cluster.
pub fn smallest_roles(rights: &[Right]) -> String {
    roles_named("kubectl-lab", rights)
}

/// The same, by a name that tells what they are for.
pub fn roles_named(name: &str, rights: &[Right]) -> String {
    let mut scopes: BTreeMap<Option<&str>, Vec<&Right>> = BTreeMap::new();
    for right in rights {
        scopes.entry(right.namespace.as_deref()).or_default().push(right);
    }
    let roles: Vec<String> = scopes.iter().map(|(namespace, rights)| role(name, *namespace, rights)).collect();
    roles.join("---\n")
}

fn role(name: &str, namespace: Option<&str>, rights: &[&Right]) -> String {
    let kind = if namespace.is_some() { "Role" } else { "ClusterRole" };
    let mut text = format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n");
    if let Some(namespace) = namespace {
        let _ = writeln!(text, "  namespace: {namespace}");
    }
    text.push_str("rules:\n");
    let mut rules: BTreeMap<(&str, &str, Option<&str>), Vec<&str>> = BTreeMap::new();
    let cautions: BTreeSet<(&str, &str)> =
        rights.iter().filter_map(|right| Some((right.resource.as_str(), right.caution()?))).collect();
    for (resource, caution) in cautions {
        let _ = writeln!(text, "# {resource}: {caution}");
    }
    for right in rights {
        let verbs = rules.entry((&right.group, &right.resource, right.name.as_deref())).or_default();
        if !verbs.contains(&right.verb.as_str()) {
            verbs.push(&right.verb);
        }
    }
    for ((group, resource, name), verbs) in rules {
        let _ = writeln!(text, "- apiGroups: [\"{group}\"]\n  resources: [\"{resource}\"]");
        if let Some(name) = name {
            let _ = writeln!(text, "  resourceNames: [\"{name}\"]");
        }
        let _ = writeln!(text, "  verbs: [\"{}\"]", verbs.join("\", \""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_role_per_namespace_and_one_for_the_cluster() {
        let rights = [
            Right::new("patch", "apps", "deployments", Some("kube-system")),
            Right::new("get", "", "pods/log", Some("kube-system")),
            Right::new("list", "", "nodes", None),
            Right::new("get", "apps", "deployments", Some("kube-system")),
            Right::new("approve", "certificates.k8s.io", "signers", None).named("kubernetes.io/kubelet-serving"),
        ];
        insta::assert_snapshot!(smallest_roles(&rights), @r#"
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata:
          name: kubectl-lab
        rules:
        # signers: lets its holder have certificates signed that pass for any node's kubelet
        - apiGroups: [""]
          resources: ["nodes"]
          verbs: ["list"]
        - apiGroups: ["certificates.k8s.io"]
          resources: ["signers"]
          resourceNames: ["kubernetes.io/kubelet-serving"]
          verbs: ["approve"]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: kubectl-lab
          namespace: kube-system
        rules:
        - apiGroups: [""]
          resources: ["pods/log"]
          verbs: ["get"]
        - apiGroups: ["apps"]
          resources: ["deployments"]
          verbs: ["patch", "get"]
        "#);
    }

    #[test]
    fn a_right_reads_as_kubectl_auth_says_it() {
        let right = Right::new("patch", "apps", "deployments", Some("kube-system"));
        assert_eq!(right.to_string(), "patch deployments.apps in namespace kube-system");
    }
}
