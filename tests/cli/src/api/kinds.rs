//! The kinds that the scripted API serves, as a table.

/// One kind of object and how it is served.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    /// Empty for the core group.
    pub group: &'static str,
    pub version: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub kind: &'static str,
    pub namespaced: bool,
    pub short: &'static [&'static str],
    pub subresources: &'static [&'static str],
    /// What a field selector may name beyond the object's own name and namespace.
    pub fields: &'static [&'static str],
    pub served: Served,
}

/// Who answers for a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The API server, from its store.
    Stored,
    /// The API server, which answers a question and stores nothing.
    Asked,
    /// The API server, from its store, as long as a CustomResourceDefinition defines it.
    Defined,
    /// Another program behind an APIService; read only.
    Aggregated,
}

impl Resource {
    /// `deployments.apps`, as messages and scenarios name it.
    pub fn qualified(&self) -> String {
        qualified(self.plural, self.group)
    }

    /// `Deployment.apps`, as some messages name it.
    pub fn qualified_kind(&self) -> String {
        qualified(self.kind, self.group)
    }

    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether an edit of its specification raises metadata.generation.
    pub fn counts_generations(&self) -> bool {
        matches!(self.kind, "Deployment" | "ReplicaSet" | "DaemonSet" | "Job" | "Pod" | "EndpointSlice")
    }

    pub fn is_stored(&self) -> bool {
        matches!(self.served, Served::Stored | Served::Defined)
    }

    pub fn has_status(&self) -> bool {
        self.subresources.contains(&"status")
    }
}

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// The kind that a scenario calls `deployments.apps`.
pub fn by_qualified_name(name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.qualified() == name)
}

pub fn by_kind(api_version: &str, kind: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.api_version() == api_version && resource.kind == kind)
}

pub fn by_path(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|r| (r.group, r.version, r.plural) == (group, version, plural))
}

/// The versions of groups that the API server answers itself, in the order of its discovery.
pub fn local_group_versions() -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let is_local = |resource: &&Resource| matches!(resource.served, Served::Stored | Served::Asked);
    for resource in RESOURCES.iter().filter(is_local) {
        if !found.contains(&(resource.group, resource.version)) {
            found.push((resource.group, resource.version));
        }
    }
    found
}

const CORE: Resource = Resource {
    group: "",
    version: "v1",
    plural: "",
    singular: "",
    kind: "",
    namespaced: true,
    short: &[],
    subresources: &[],
    fields: &[],
    served: Served::Stored,
};
const APPS: Resource = Resource { group: "apps", subresources: &["scale", "status"], ..CORE };
const RBAC: Resource = Resource { group: "rbac.authorization.k8s.io", ..CORE };
const CERTIFICATES: Resource = Resource { group: "certificates.k8s.io", namespaced: false, ..CORE };
const AUTHORIZATION: Resource =
    Resource { group: "authorization.k8s.io", namespaced: false, served: Served::Asked, ..CORE };
const METALLB: Resource =
    Resource { group: "metallb.io", version: "v1beta1", subresources: &["status"], served: Served::Defined, ..CORE };
const METRICS: Resource = Resource { group: "metrics.k8s.io", version: "v1beta1", served: Served::Aggregated, ..CORE };

const EVENT_FIELDS: &[&str] = &[
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
];
const POD_FIELDS: &[&str] = &[
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
];

/// In the order in which a real server lists its groups.
pub const RESOURCES: &[Resource] = &[
    Resource { plural: "configmaps", singular: "configmap", kind: "ConfigMap", short: &["cm"], ..CORE },
    Resource { plural: "events", singular: "event", kind: "Event", short: &["ev"], fields: EVENT_FIELDS, ..CORE },
    Resource {
        plural: "namespaces",
        singular: "namespace",
        kind: "Namespace",
        namespaced: false,
        short: &["ns"],
        subresources: &["status"],
        fields: &["status.phase"],
        ..CORE
    },
    Resource {
        plural: "nodes",
        singular: "node",
        kind: "Node",
        namespaced: false,
        short: &["no"],
        subresources: &["proxy", "status"],
        fields: &["spec.unschedulable"],
        ..CORE
    },
    Resource {
        plural: "pods",
        singular: "pod",
        kind: "Pod",
        short: &["po"],
        subresources: &["log", "status"],
        fields: POD_FIELDS,
        ..CORE
    },
    Resource { plural: "secrets", singular: "secret", kind: "Secret", fields: &["type"], ..CORE },
    Resource { plural: "serviceaccounts", singular: "serviceaccount", kind: "ServiceAccount", short: &["sa"], ..CORE },
    Resource {
        plural: "services",
        singular: "service",
        kind: "Service",
        short: &["svc"],
        subresources: &["proxy", "status"],
        fields: &["spec.clusterIP", "spec.type"],
        ..CORE
    },
    Resource {
        group: "apiregistration.k8s.io",
        plural: "apiservices",
        singular: "apiservice",
        kind: "APIService",
        namespaced: false,
        subresources: &["status"],
        ..CORE
    },
    Resource {
        plural: "daemonsets",
        singular: "daemonset",
        kind: "DaemonSet",
        short: &["ds"],
        subresources: &["status"],
        ..APPS
    },
    Resource { plural: "deployments", singular: "deployment", kind: "Deployment", short: &["deploy"], ..APPS },
    Resource { plural: "replicasets", singular: "replicaset", kind: "ReplicaSet", short: &["rs"], ..APPS },
    Resource {
        plural: "selfsubjectaccessreviews",
        singular: "selfsubjectaccessreview",
        kind: "SelfSubjectAccessReview",
        ..AUTHORIZATION
    },
    Resource {
        group: "authentication.k8s.io",
        plural: "selfsubjectreviews",
        singular: "selfsubjectreview",
        kind: "SelfSubjectReview",
        ..AUTHORIZATION
    },
    Resource {
        group: "batch",
        plural: "jobs",
        singular: "job",
        kind: "Job",
        subresources: &["status"],
        fields: &["status.successful"],
        ..CORE
    },
    Resource {
        plural: "certificatesigningrequests",
        singular: "certificatesigningrequest",
        kind: "CertificateSigningRequest",
        short: &["csr"],
        subresources: &["approval", "status"],
        fields: &["spec.signerName"],
        ..CERTIFICATES
    },
    Resource {
        plural: "clusterrolebindings",
        singular: "clusterrolebinding",
        kind: "ClusterRoleBinding",
        namespaced: false,
        ..RBAC
    },
    Resource { plural: "clusterroles", singular: "clusterrole", kind: "ClusterRole", namespaced: false, ..RBAC },
    Resource { plural: "rolebindings", singular: "rolebinding", kind: "RoleBinding", ..RBAC },
    Resource { plural: "roles", singular: "role", kind: "Role", ..RBAC },
    Resource {
        group: "admissionregistration.k8s.io",
        plural: "validatingwebhookconfigurations",
        singular: "validatingwebhookconfiguration",
        kind: "ValidatingWebhookConfiguration",
        namespaced: false,
        ..CORE
    },
    Resource {
        group: "apiextensions.k8s.io",
        plural: "customresourcedefinitions",
        singular: "customresourcedefinition",
        kind: "CustomResourceDefinition",
        namespaced: false,
        short: &["crd", "crds"],
        subresources: &["status"],
        ..CORE
    },
    Resource {
        group: "networking.k8s.io",
        plural: "servicecidrs",
        singular: "servicecidr",
        kind: "ServiceCIDR",
        namespaced: false,
        subresources: &["status"],
        ..CORE
    },
    Resource { group: "coordination.k8s.io", plural: "leases", singular: "lease", kind: "Lease", ..CORE },
    Resource {
        group: "discovery.k8s.io",
        plural: "endpointslices",
        singular: "endpointslice",
        kind: "EndpointSlice",
        ..CORE
    },
    Resource { plural: "addresspools", singular: "addresspool", kind: "AddressPool", ..METALLB },
    Resource { plural: "bfdprofiles", singular: "bfdprofile", kind: "BFDProfile", ..METALLB },
    Resource { plural: "bgpadvertisements", singular: "bgpadvertisement", kind: "BGPAdvertisement", ..METALLB },
    Resource { version: "v1beta2", plural: "bgppeers", singular: "bgppeer", kind: "BGPPeer", ..METALLB },
    Resource { plural: "communities", singular: "community", kind: "Community", ..METALLB },
    Resource { plural: "configurationstates", singular: "configurationstate", kind: "ConfigurationState", ..METALLB },
    Resource { plural: "ipaddresspools", singular: "ipaddresspool", kind: "IPAddressPool", ..METALLB },
    Resource { plural: "l2advertisements", singular: "l2advertisement", kind: "L2Advertisement", ..METALLB },
    Resource { plural: "servicebgpstatuses", singular: "servicebgpstatus", kind: "ServiceBGPStatus", ..METALLB },
    Resource { plural: "servicel2statuses", singular: "servicel2status", kind: "ServiceL2Status", ..METALLB },
    Resource { plural: "nodes", singular: "node", kind: "NodeMetrics", namespaced: false, ..METRICS },
    Resource { plural: "pods", singular: "pod", kind: "PodMetrics", ..METRICS },
    Resource { version: "v1", plural: "nodes", singular: "node", kind: "NodeMetrics", namespaced: false, ..METRICS },
    Resource { version: "v1", plural: "pods", singular: "pod", kind: "PodMetrics", ..METRICS },
];
