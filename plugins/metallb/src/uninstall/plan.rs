//! From facts to a plan. First the pools, while there is a controller that takes their addresses back from Services; then the
//! webhook, which nobody serves soon, and the kinds; then what runs and its rights; the Namespace last.

mod owner;
mod steps;
#[cfg(test)]
mod tests;

use lab::journal::CLUSTER_WIDE;
use lab::rights::Right;
use lab_plan::{Announcement, Condition, Plan, Progress, Step, Target};
use lab_topics::cascade::CASCADE;

use super::facts::{Facts, Stage, is_going, stage};
use crate::around;
use crate::controller::{down, keeps_pools_in_use};
use crate::pool::{left_over, words};
use crate::services::LoadBalancer;

pub const ADOPT: &str = "adopt";
pub const ALLOWS: [(&str, &str); 2] =
    [(ADOPT, "remove a MetalLB that kubectl apply installed, by the names that its objects have"), CASCADE];

pub fn plan(facts: &Facts) -> Plan {
    if let Some(refusal) = owner::managed(facts) {
        return Plan::refuse(refusal);
    }
    let stage = stage(facts);
    // Addresses are cleared before the first part goes. What a Service has when none is left is somebody else's.
    if stage == Stage::Done {
        return Plan::done();
    }
    let plan = match stage {
        Stage::Pools => pools(facts),
        _ => addresses(facts).unwrap_or_else(|| parts(facts, stage)),
    };
    let mut may_follow = may_follow(facts, stage);
    may_follow.retain(|may| plan.steps.iter().all(|step| step.id != may.id));
    Plan { refusals: owner::refusals(facts), may_follow, ..plan }
}

/// What goes last has to be allowed before the first goes, and the journal of it too.
pub fn rights(facts: &Facts) -> Vec<Right> {
    let journal = ["list", "create", "get", "patch"].map(|verb| Right::new(verb, "", "configmaps", Some(CLUSTER_WIDE)));
    facts.parts().map(|part| to_delete(&part.target)).chain(journal).collect()
}

/// All kinds in question form their plural with an s.
fn to_delete(target: &Target) -> Right {
    let group = target.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let plural = format!("{}s", target.kind.to_lowercase());
    Right::new("delete", group, &plural, target.namespace.as_deref()).named(&target.name)
}

fn pools(facts: &Facts) -> Plan {
    let mut steps = Vec::new();
    // A webhook without its controller would turn every deletion away that it is to be asked about.
    if down(&facts.present).is_some() {
        steps.extend(steps::webhook(facts));
    }
    match steps::pools(facts) {
        Ok(step) => steps.push(step),
        Err(wait) => return Plan::wait(wait),
    }
    Plan { steps, ..Plan::wait("look whether the Services have lost their addresses") }
}

/// Whether Services still have something of MetalLB's although no pool is left.
pub fn has_addresses_left(facts: &Facts) -> bool {
    !stale(facts).is_empty()
}

/// What Services still have of MetalLB's although no pool is left.
fn stale(facts: &Facts) -> Vec<&LoadBalancer> {
    let pools = around::pools(&facts.present);
    let mut stale = left_over(&facts.services, &pools, None);
    if down(&facts.present).is_some() {
        // Half of what the controller writes on a Service may be left where something died before.
        let noted = facts.services.iter().filter(|service| service.is_pending());
        stale.extend(noted.filter(|service| service.annotation("ip-allocated-from-pool").is_some()));
    }
    stale
}

/// The controller takes them back; where there is none that does, we do.
fn addresses(facts: &Facts) -> Option<Plan> {
    let stale = stale(facts);
    if stale.is_empty() {
        return None;
    }
    if let Some(down) = down(&facts.present) {
        return Some(Plan::step(steps::clear(facts, &stale, &down), "look at the Services again"));
    }
    if keeps_pools_in_use(&facts.present) && !facts.wrote {
        return Some(Plan::step(steps::restart(facts, &stale), "look whether the Services have lost their addresses"));
    }
    Some(Plan::wait(format!("MetalLB's controller has not taken the addresses back yet from {}", words(&stale))))
}

fn parts(facts: &Facts, stage: Stage) -> Plan {
    let steps: Vec<Step> = match stage {
        Stage::Kinds => steps::webhook(facts).into_iter().chain(steps::kinds(facts)).collect(),
        Stage::Workloads => steps::workloads(facts).into_iter().collect(),
        _ => steps::namespace(facts).into_iter().collect(),
    };
    if !steps.is_empty() {
        return Plan { steps, ..Plan::wait("look at what is left") };
    }
    Plan::wait(held_back(facts).unwrap_or_else(|| format!("these pods have not ended yet: {}", facts.pods.join(", "))))
}

/// What was deleted and does not go.
fn held_back(facts: &Facts) -> Option<String> {
    let going = facts.parts().find(|part| is_going(&part.live))?;
    let why = match Condition::Gone.judge(Some(&going.live)) {
        Progress::Waiting(why) | Progress::Hopeless(why) => why,
        Progress::Done => return None,
    };
    Some(format!("{}: {why}", going.target))
}

/// All that comes after this stage, so that it is agreed to once.
fn may_follow(facts: &Facts, stage: Stage) -> Vec<Announcement> {
    let mut steps = Vec::new();
    if stage < Stage::Kinds {
        steps.extend(steps::webhook(facts));
        steps.extend(steps::kinds(facts));
    }
    if stage < Stage::Workloads {
        steps.extend(steps::workloads(facts));
    }
    if stage < Stage::Namespace {
        steps.extend(steps::namespace(facts));
    }
    let clears = (stage == Stage::Pools).then(steps::may_clear);
    clears.into_iter().chain(steps.into_iter().map(|step| Announcement { id: step.id, title: step.title })).collect()
}
