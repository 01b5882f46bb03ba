//! Which rights a request needs, as Kubernetes' authorisation names them.

use lab::rights::Right;
use lab_faults::{ApiPath, Seen};

/// Everybody who is known to the cluster may ask these, by its own default roles: which versions and kinds there are, and what one may do.
const OPEN_TO_ALL: [&str; 2] = ["authorization.k8s.io", "authentication.k8s.io"];
const RBAC: &str = "rbac.authorization.k8s.io";
/// The kubelets' serving certificates: the only ones that a verb approves.
const SIGNER: &str = "kubernetes.io/kubelet-serving";

pub fn by(request: &Seen) -> Vec<Right> {
    let Some(target) = Target::of(&request.path) else { return Vec::new() };
    let mut rights = vec![target.right(target.verb(request))];
    // What is waited for is watched; whether there was anything to wait for depends on how fast the cluster is.
    if request.method == "GET" && target.can_be_watched() {
        rights.push(target.right("watch"));
    }
    // A server-side apply of what is not there yet creates it.
    if request.method == "PATCH" && request.served == Some(201) {
        rights.push(target.right("create"));
    }
    if request.method != "GET" && request.method != "DELETE" {
        rights.extend(target.entrusted());
    }
    rights
}

struct Target<'a> {
    path: ApiPath<'a>,
    /// With its subresource.
    resource: String,
}

impl<'a> Target<'a> {
    /// `None` for what needs no right.
    fn of(path: &'a str) -> Option<Target<'a>> {
        let path = ApiPath::of(path).filter(|path| !OPEN_TO_ALL.contains(&path.group))?;
        let resource = [Some(path.resource), path.subresource].into_iter().flatten().collect::<Vec<_>>().join("/");
        Some(Target { path, resource })
    }

    fn can_be_watched(&self) -> bool {
        self.path.group != "metrics.k8s.io" && self.path.subresource.is_none()
    }

    fn verb(&self, request: &Seen) -> &'static str {
        let is_watch = request.query.split('&').any(|part| matches!(part, "watch=true" | "watch=1"));
        match request.method.as_str() {
            "GET" if self.path.name.is_some() => "get",
            "GET" if is_watch => "watch",
            "GET" => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if self.path.name.is_some() => "delete",
            "DELETE" => "deletecollection",
            other => panic!("which right does {other} need?"),
        }
    }

    fn right(&self, verb: &str) -> Right {
        Right::new(verb, self.path.group, &self.resource, self.path.namespace)
    }

    /// What is asked for beside the change itself. By the API server: nobody hands on what is not theirs.
    fn entrusted(&self) -> Vec<Right> {
        match (self.path.group, self.resource.as_str()) {
            (RBAC, "roles" | "clusterroles") => vec![self.right("escalate")],
            (RBAC, "rolebindings") => vec![Right::new("bind", RBAC, "roles", self.path.namespace)],
            (RBAC, "clusterrolebindings") => vec![Right::new("bind", RBAC, "clusterroles", None)],
            // A journal is read again where somebody else has written it too; that this is possible is made sure of beforehand.
            ("", "configmaps") => vec![self.right("get"), self.right("watch")],
            (group, "certificatesigningrequests/approval") => {
                vec![Right::new("approve", group, "signers", None).named(SIGNER)]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(method: &str, address: &str, served: u16) -> Vec<String> {
        by(&Seen::made_up(method, address).answered(served)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_request_needs_its_right() {
        for (method, address, right) in [
            ("GET", "/api/v1/nodes/a/proxy/stats/summary", "get nodes/proxy (cluster-wide)"),
            ("GET", "/api/v1/namespaces/a/pods/b/log?follow=true", "get pods/log in namespace a"),
            ("DELETE", "/apis/batch/v1/namespaces/a/jobs/b", "delete jobs.batch in namespace a"),
            ("PATCH", "/apis/apps/v1/namespaces/a/deployments/b", "patch deployments.apps in namespace a"),
            ("POST", "/api/v1/namespaces", "create namespaces (cluster-wide)"),
        ] {
            assert_eq!(needed(method, address, 200), [right], "{method} {address}");
        }
    }

    #[test]
    fn what_is_read_may_be_watched() {
        for (address, rights) in [
            ("/api/v1/nodes", ["list nodes (cluster-wide)", "watch nodes (cluster-wide)"]),
            ("/api/v1/namespaces/a", ["get namespaces (cluster-wide)", "watch namespaces (cluster-wide)"]),
            ("/api/v1/namespaces/a/pods?watch=true&x=y", ["watch pods in namespace a"; 2]),
        ] {
            assert_eq!(needed("GET", address, 200), rights, "{address}");
        }
        let metrics = "/apis/metrics.k8s.io/v1beta1/nodes";
        assert_eq!(needed("GET", metrics, 200), ["list nodes.metrics.k8s.io (cluster-wide)"]);
    }

    #[test]
    fn what_everybody_may_ask_needs_none() {
        for address in ["/version", "/apis", "/api/v1", "/apis/apps/v1"] {
            assert_eq!(needed("GET", address, 200), [""; 0], "{address}");
        }
        assert_eq!(needed("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 201), [""; 0]);
    }

    #[test]
    fn what_is_handed_on_needs_more() {
        let role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/a";
        assert_eq!(needed("PATCH", role, 201).len(), 3);
        assert_eq!(needed("PATCH", role, 200).len(), 2);
        assert_eq!(needed("DELETE", role, 200).len(), 1);
        let binding = "/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings";
        assert_eq!(needed("POST", binding, 201)[1], "bind roles.rbac.authorization.k8s.io in namespace a");
        let approval = "/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval";
        let approve = "approve signers.certificates.k8s.io kubernetes.io/kubelet-serving (cluster-wide)";
        assert_eq!(needed("PUT", approval, 200)[1], approve);
    }
}
