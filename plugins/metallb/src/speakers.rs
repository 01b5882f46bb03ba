//! The nodes and their speakers: which of them may announce addresses at all, and what keeps the others from it.

use k8s_openapi::api::core::v1::{Node, Pod, Taint, Toleration};
pub use lab_topics::metallb::EXCLUDE_LABEL as EXCLUDE;
use lab_topics::service::why_not_ready;

use crate::present::Present;
use crate::release::Behaviour;
use crate::resources::{name, selects};

/// How a node stands to announcing, whatever there is to announce.
#[derive(Clone, Debug, PartialEq)]
pub struct Speaker<'f> {
    pub node: &'f Node,
    pub pod: Option<&'f Pod>,
    pub obstacle: Option<Obstacle>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// The label.
    Excluded,
    NotReady(String),
    NetworkUnavailable,
    NoSpeaker(String),
    SpeakerNotReady(String),
}

impl Obstacle {
    pub fn words(&self) -> String {
        match self {
            Obstacle::Excluded => format!("label {EXCLUDE}"),
            Obstacle::NotReady(why) => format!("the node is not Ready: {why}"),
            Obstacle::NetworkUnavailable => "its network is not set up (NetworkUnavailable)".into(),
            Obstacle::NoSpeaker(why) => format!("no speaker pod{why}"),
            Obstacle::SpeakerNotReady(why) => format!("its speaker is not ready: {why}"),
        }
    }
}

impl Speaker<'_> {
    pub fn name(&self) -> &str {
        name(&self.node.metadata)
    }

    pub fn is_ready(&self) -> bool {
        !matches!(self.obstacle, Some(Obstacle::NotReady(_)))
    }
}

/// Every node, in the order of their names.
pub fn speakers<'f>(nodes: &'f [Node], present: &'f Present) -> Vec<Speaker<'f>> {
    let honours_label = honours_label(present);
    let mut all: Vec<Speaker<'f>> = nodes.iter().map(|node| stand(node, present, honours_label)).collect();
    all.sort_by(|a, b| a.name().cmp(b.name()));
    all
}

fn honours_label(present: &Present) -> bool {
    let version = present.speaker_version().or_else(|| present.version());
    let honours = version.is_none_or(|version| Behaviour::of(version).honours_exclude_label);
    let spec = present.speaker.as_ref().and_then(|seen| seen.object.spec.template.spec.as_ref());
    let arguments = spec.into_iter().flat_map(|spec| &spec.containers).flat_map(|one| one.args.iter().flatten());
    let ignores = arguments
        .into_iter()
        .any(|argument| matches!(argument.trim_start_matches('-'), "ignore-exclude-lb" | "ignore-exclude-lb=true"));
    honours && !ignores
}

fn stand<'f>(node: &'f Node, present: &'f Present, honours_label: bool) -> Speaker<'f> {
    let on_it = |pod: &&Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(name(&node.metadata));
    let mut pods: Vec<&Pod> = present.speaker_pods.iter().map(|seen| &seen.object).filter(on_it).collect();
    // In a rollout the one that leaves is beside the one that comes.
    pods.sort_by_key(|pod| pod.metadata.deletion_timestamp.is_some());
    let pod = pods.first().copied();
    Speaker { node, pod, obstacle: obstacle(node, pod, present, honours_label) }
}

fn obstacle(node: &Node, pod: Option<&Pod>, present: &Present, honours_label: bool) -> Option<Obstacle> {
    let labels = node.metadata.labels.as_ref();
    if honours_label && labels.is_some_and(|labels| labels.contains_key(EXCLUDE)) {
        return Some(Obstacle::Excluded);
    }
    if let Some(why) = not_ready(node) {
        return Some(Obstacle::NotReady(why));
    }
    if condition(node, "NetworkUnavailable").is_some_and(|(status, _)| status == "True") {
        return Some(Obstacle::NetworkUnavailable);
    }
    let Some(pod) = pod else { return Some(Obstacle::NoSpeaker(why_no_speaker(node, present))) };
    why_not_ready(pod).map(Obstacle::SpeakerNotReady)
}

fn condition<'n>(node: &'n Node, kind: &str) -> Option<(&'n str, &'n str)> {
    let conditions = node.status.as_ref()?.conditions.as_ref()?;
    let found = conditions.iter().find(|condition| condition.type_ == kind)?;
    Some((&found.status, found.reason.as_deref().unwrap_or_default()))
}

fn not_ready(node: &Node) -> Option<String> {
    match condition(node, "Ready") {
        Some(("True", _)) => None,
        Some((_, reason)) if !reason.is_empty() => Some(lab::harmless::one_line(reason)),
        _ => Some("its kubelet has not reported".into()),
    }
}

/// What of the DaemonSet keeps it away, in words behind "no speaker pod".
fn why_no_speaker(node: &Node, present: &Present) -> String {
    let Some(set) = &present.speaker else { return " (there is no speaker DaemonSet)".into() };
    let Some(spec) = set.object.spec.template.spec.as_ref() else {
        return String::new();
    };
    let selector = k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector {
        match_labels: spec.node_selector.clone(),
        match_expressions: None,
    };
    if !selects(&selector, node.metadata.labels.as_ref()) {
        let pairs: Vec<String> =
            spec.node_selector.iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
        return format!(" (the DaemonSet wants nodes with {})", pairs.join(","));
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let repels =
        |taint: &&Taint| taint.effect != "PreferNoSchedule" && !tolerations.iter().any(|one| tolerates(one, taint));
    match taints.iter().find(repels) {
        Some(taint) => format!(" (the DaemonSet does not tolerate the node's taint {})", taint.key),
        None => String::new(),
    }
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().is_none_or(|effect| effect.is_empty() || effect == taint.effect);
    let key = toleration.key.as_deref().unwrap_or_default();
    let value = match toleration.operator.as_deref() {
        Some("Exists") => key.is_empty() || key == taint.key,
        _ => key == taint.key && toleration.value == taint.value,
    };
    effect && value
}
