//! May any node announce the address?

use std::collections::BTreeMap;

use super::words::list;
use super::{Case, Hop, Id};
use crate::resources::{L2Advertisement, selects};
use crate::speakers::{EXCLUDE, Obstacle, Speaker, speakers};

/// Why a node does not announce an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Obstacle(Obstacle),
    NotSelected,
}

impl Why {
    fn words(&self) -> String {
        match self {
            Why::Obstacle(obstacle) => obstacle.words(),
            Why::NotSelected => "the advertisement's nodeSelectors do not select it".into(),
        }
    }
}

pub fn judge(case: &Case<'_>) -> Hop {
    let advertisements = super::advertisement::of_service(case);
    if advertisements.is_empty() {
        return Hop::unproven(Id::Node, "it is not layer 2 that announces it");
    }
    let speakers = speakers(&case.world.nodes, &case.world.present);
    let judged: Vec<(&Speaker<'_>, Option<Why>)> =
        speakers.iter().map(|speaker| (speaker, why_not(speaker, &advertisements))).collect();
    let able: Vec<&str> = judged.iter().filter(|(_, why)| why.is_none()).map(|(speaker, _)| speaker.name()).collect();
    let others = reasons(&judged);
    if able.is_empty() {
        let said = if others.is_empty() {
            "there is no node".to_owned()
        } else {
            format!("no node may announce it: {others}")
        };
        return hints(case, Hop::failed(Id::Node, said), &judged);
    }
    let others = if others.is_empty() { String::new() } else { format!("; not {others}") };
    if case.service.is_local() {
        return local(case, &able, &judged, &others);
    }
    Hop::ok(Id::Node, format!("{} may announce it{others}", list(&able)))
}

fn why_not(speaker: &Speaker<'_>, advertisements: &[&L2Advertisement]) -> Option<Why> {
    if let Some(obstacle) = &speaker.obstacle {
        return Some(Why::Obstacle(obstacle.clone()));
    }
    let labels = speaker.node.metadata.labels.as_ref();
    let selected = advertisements.iter().any(|advertisement| {
        let selectors = &advertisement.spec.node_selectors;
        selectors.is_empty() || selectors.iter().any(|selector| selects(selector, labels))
    });
    (!selected).then_some(Why::NotSelected)
}

/// `lab-1 (label …), lab-2 and lab-3 (…)`
fn reasons(judged: &[(&Speaker<'_>, Option<Why>)]) -> String {
    let mut groups: BTreeMap<&Why, Vec<&str>> = BTreeMap::new();
    for (speaker, why) in judged {
        if let Some(why) = why {
            groups.entry(why).or_default().push(speaker.name());
        }
    }
    let words: Vec<String> = groups.iter().map(|(why, nodes)| format!("{} ({})", list(nodes), why.words())).collect();
    words.join(", ")
}

/// With that policy only nodes with a pod behind the Service announce it.
fn local(case: &Case<'_>, able: &[&str], judged: &[(&Speaker<'_>, Option<Why>)], others: &str) -> Hop {
    let mut serving: Vec<&str> = case.service.serving().filter_map(|endpoint| endpoint.node.as_deref()).collect();
    serving.sort_unstable();
    serving.dedup();
    let both: Vec<&str> = able.iter().copied().filter(|node| serving.contains(node)).collect();
    if serving.is_empty() {
        // That is the next hop's to say.
        return Hop::ok(Id::Node, format!("{} may announce it{others}", list(able)));
    }
    if !both.is_empty() {
        return Hop::ok(
            Id::Node,
            format!("{} may announce it, having ready endpoints (externalTrafficPolicy Local){others}", list(&both)),
        );
    }
    let kept: Vec<(&Speaker<'_>, Option<Why>)> =
        judged.iter().filter(|(speaker, _)| serving.contains(&speaker.name())).cloned().collect();
    let said = format!(
        "externalTrafficPolicy is Local, so only a node with a ready endpoint may announce it, and none of these may: {}",
        reasons(&kept)
    );
    let patch = r#"'{"spec":{"externalTrafficPolicy":"Cluster"}}'"#;
    let hop = Hop::failed(Id::Node, said).hint(format!(
        "{} patch service {} -p {patch}",
        case.kubectl(),
        case.service.name()
    ));
    hints(case, hop, &kept)
}

fn hints(case: &Case<'_>, mut hop: Hop, judged: &[(&Speaker<'_>, Option<Why>)]) -> Hop {
    let with = |wanted: fn(&Why) -> bool| -> Vec<&str> {
        judged.iter().filter(|(_, why)| why.as_ref().is_some_and(wanted)).map(|(speaker, _)| speaker.name()).collect()
    };
    let excluded = with(|why| matches!(why, Why::Obstacle(Obstacle::Excluded)));
    if !excluded.is_empty() {
        hop = hop.hint(format!("kubectl label node {} {EXCLUDE}-", excluded.join(" ")));
    }
    if !with(|why| matches!(why, Why::Obstacle(Obstacle::NoSpeaker(_) | Obstacle::SpeakerNotReady(_)))).is_empty() {
        hop = hop.hint(format!("{} get pods -o wide, then describe the speaker of a node", case.kubectl_there()));
    }
    if !with(|why| matches!(why, Why::Obstacle(Obstacle::NotReady(_) | Obstacle::NetworkUnavailable))).is_empty() {
        hop = hop.hint("kubectl describe nodes");
    }
    if !with(|why| matches!(why, Why::NotSelected)).is_empty() {
        hop = hop.hint(format!("{} get l2advertisements -o yaml", case.kubectl_there()));
    }
    hop
}
