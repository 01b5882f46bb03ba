//! Whether MetalLB in layer 2 mode can do its work in this cluster: what else hands out addresses, who may announce.

use k8s_openapi::api::core::v1::{Node, Service};
use lab_plan::{Change, Path, Refusal, Step, Target};
use lab_topics::metallb::EXCLUDE_LABEL as EXCLUDE;
use serde_json::Value;

use super::facts::Facts;
use crate::release::{Behaviour, Version};

pub const OTHER: &str = "other-load-balancer";
pub const CLOUD: &str = "cloud";
pub const LABEL: &str = "remove-exclude-label";

pub const ALLOWS: [(&str, &str); 3] = [
    (OTHER, "install beside something else that hands out addresses for Services"),
    (CLOUD, "install in a cloud, whose network rarely lets layer 2 through"),
    (LABEL, "remove the label that keeps every node from announcing addresses"),
];

/// By the beginning of a node's providerID. Laptops' tools (kind, minikube, k3s) set one too, and are no clouds.
const CLOUDS: [(&str, &str); 11] = [
    ("aws://", "AWS"),
    ("gce://", "Google Cloud"),
    ("azure://", "Azure"),
    ("digitalocean://", "DigitalOcean"),
    ("hcloud://", "Hetzner Cloud"),
    ("openstack://", "OpenStack"),
    ("linode://", "Akamai (Linode)"),
    ("oci://", "Oracle Cloud"),
    ("ibm://", "IBM Cloud"),
    ("alicloud://", "Alibaba Cloud"),
    ("scaleway://", "Scaleway"),
];

/// By the beginning of a DaemonSet's name in kube-system.
const BALANCERS: [(&str, &str, &str); 3] = [
    ("svclb-", "k3s's service load balancer", "start the k3s servers with --disable=servicelb"),
    ("kube-vip", "kube-vip", "remove its service mode (svc_enable) first"),
    ("cilium-lb", "Cilium's load balancer", "MetalLB is not needed where Cilium announces addresses"),
];

pub fn refusals(facts: &Facts) -> Vec<Refusal> {
    if facts.present.controller.is_some() {
        // It runs already; what is around it was weighed by whoever put it there.
        return Vec::new();
    }
    [other(facts), served_without_metallb(&facts.services), cloud(&facts.nodes)].into_iter().flatten().collect()
}

fn other(facts: &Facts) -> Option<Refusal> {
    let (_, what, instead) =
        BALANCERS.iter().find(|(name, ..)| facts.daemon_sets.iter().any(|set| set.starts_with(name)))?;
    let reason = format!("{what} hands out addresses for Services in this cluster; with MetalLB beside it two would");
    Some(Refusal::refused(reason, Some(OTHER)).hint(*instead))
}

fn served_without_metallb(services: &[Service]) -> Option<Refusal> {
    let (service, address) = services.iter().find_map(|service| Some((service, address(service)?)))?;
    let metadata = &service.metadata;
    let [namespace, name] = [&metadata.namespace, &metadata.name].map(|part| part.as_deref().unwrap_or_default());
    let reason = format!(
        "Service {namespace}/{name} has the address {address} from another load balancer; with MetalLB beside it two would hand out addresses"
    );
    Some(Refusal::refused(reason, Some(OTHER)).hint(format!(
        "see who wrote it with: kubectl -n {namespace} get service {name} --show-managed-fields -o yaml"
    )))
}

fn address(service: &Service) -> Option<&str> {
    let ingress = service.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?.first()?;
    ingress.ip.as_deref().or(ingress.hostname.as_deref())
}

fn cloud(nodes: &[Node]) -> Option<Refusal> {
    let ids = nodes.iter().filter_map(|node| node.spec.as_ref()?.provider_id.as_deref());
    let (_, name) = ids.into_iter().find_map(|id| CLOUDS.iter().find(|(start, _)| id.starts_with(start)))?;
    let reason = format!(
        "the nodes are in a cloud ({name}), whose network rarely delivers packets for addresses that it has not assigned itself"
    );
    Some(
        Refusal::refused(reason, Some(CLOUD))
            .hint("use the cloud's own load balancer: its controller serves type LoadBalancer"),
    )
}

/// Where every node is kept from announcing, the label has to go from one kind of them: those that are schedulable at all.
pub fn announcers(facts: &Facts, version: Version) -> Option<(Step, Refusal)> {
    if !Behaviour::of(version).honours_exclude_label || facts.nodes.is_empty() {
        return None;
    }
    let kept: Vec<&Node> = facts.nodes.iter().filter(is_excluded).collect();
    if kept.len() < facts.nodes.len() {
        return None;
    }
    let names: Vec<&str> = kept.iter().filter_map(|node| node.metadata.name.as_deref()).collect();
    let listed = names.join(", ");
    let why =
        format!("every node bears it ({listed}), so that none would announce an address, without a word about it");
    let step = Step::new(
        "remove-exclude-label",
        format!("remove the label {EXCLUDE} from {listed}"),
        why.clone(),
        kept.iter().map(|node| without_label(node)).collect(),
    );
    let refusal = Refusal::refused(
        format!("no node may announce addresses: the label {EXCLUDE} keeps it from that; {why}"),
        Some(LABEL),
    )
    .hint(format!("or by hand: kubectl label node {} {EXCLUDE}-", names.join(" ")));
    Some((step, refusal))
}

fn is_excluded(node: &&Node) -> bool {
    node.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key(EXCLUDE))
}

fn without_label(node: &Node) -> Change {
    let metadata = &node.metadata;
    let labels = serde_json::to_value(&metadata.labels).unwrap_or(Value::Null);
    let seen = serde_json::json!({ "metadata": { "uid": metadata.uid, "labels": labels } });
    let target = Target::cluster_wide("v1", "Node", metadata.name.as_deref().unwrap_or_default());
    Change::set(target, &seen, Path::default().key("metadata").key("labels").key(EXCLUDE), None)
}

/// Those that announce nothing, where others do.
pub fn note(facts: &Facts, version: Version) -> Option<String> {
    if !Behaviour::of(version).honours_exclude_label {
        return None;
    }
    let names: Vec<&str> =
        facts.nodes.iter().filter(is_excluded).filter_map(|node| node.metadata.name.as_deref()).collect();
    let some = !names.is_empty() && names.len() < facts.nodes.len();
    some.then(|| format!("{} will not announce addresses: the label {EXCLUDE} keeps it from that", names.join(", ")))
}
