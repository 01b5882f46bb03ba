//! Does a node announce the address, by MetalLB's own word?

use super::words::{age, list, pairs};
use super::{Case, Hop, Id};
use crate::release::Behaviour;
use crate::services::{Announcer, Source};
use crate::speakers::{Obstacle, speakers};

pub fn judge(case: &Case<'_>) -> Hop {
    if super::advertisement::of_service(case).is_empty() {
        return Hop::unproven(Id::Announced, "it is not layer 2 that announces it");
    }
    let announcers = &case.service.announcers;
    let Some(first) = announcers.first() else { return by_nobody(case) };
    let nodes: Vec<String> = announcers.iter().map(words).collect();
    let hop = match first.source {
        Source::Status => Hop::ok(Id::Announced, format!("by {}", list(&nodes))),
        Source::Event(at) => {
            let since = at.map(|at| format!(" {} ago", age(case.world.now, at))).unwrap_or_default();
            Hop::ok(
                Id::Announced,
                format!("by {}, as an event said{since}; this release keeps no status of it", list(&nodes)),
            )
        }
    };
    hop.warn(gone(case))
}

fn words(announcer: &Announcer) -> String {
    if announcer.interfaces.is_empty() {
        return announcer.node.clone();
    }
    format!("{} on {}", announcer.node, list(&announcer.interfaces))
}

/// What is written of a node that has gone away is not true any more.
fn gone(case: &Case<'_>) -> Vec<String> {
    let speakers = speakers(&case.world.nodes, &case.world.present);
    let lost = case.service.announcers.iter().filter_map(|announcer| {
        let speaker = speakers.iter().find(|speaker| speaker.name() == announcer.node);
        match speaker.map(|speaker| &speaker.obstacle) {
            None => Some(format!("{} is said to announce it, and there is no such node", announcer.node)),
            Some(Some(obstacle @ (Obstacle::NotReady(_) | Obstacle::NoSpeaker(_) | Obstacle::SpeakerNotReady(_)))) => {
                Some(format!("{} is said to announce it, and {}", announcer.node, obstacle.words()))
            }
            Some(_) => None,
        }
    });
    lost.collect()
}

fn by_nobody(case: &Case<'_>) -> Hop {
    let present = &case.world.present;
    let labels = present.speaker.as_ref().and_then(|seen| seen.object.spec.selector.match_labels.as_ref());
    let labels = labels.map(pairs).unwrap_or_default();
    let log = format!("{} logs -l {labels} --tail=20 --prefix", case.kubectl_there());
    let failed = case.service.events.iter().rev().find(|told| told.reason == "announceFailed");
    if let Some(told) = failed {
        return Hop::failed(Id::Announced, format!("no node announces it; MetalLB said: {}", told.message))
            .hint(format!("{} get l2advertisements -o yaml, and look at their interfaces", case.kubectl_there()));
    }
    let version = present.version();
    if version.is_some_and(|version| !Behaviour::of(version).tells_who_announces) {
        let version = version.map(|version| version.to_string()).unwrap_or_default();
        return Hop::unproven(
            Id::Announced,
            format!("MetalLB {version} says who announces it in an event alone, and there is none (any more)"),
        );
    }
    Hop::failed(Id::Announced, "no node announces it, though some may (there is no ServiceL2Status of it)").hint(log)
}
