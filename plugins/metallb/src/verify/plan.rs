//! From facts to a plan: what has to be asked yet, and what is waited for.

use lab_plan::Plan;

use super::args::{Args, From};
use super::facts::Facts;
use crate::chain::{Hop, Id, State};

/// A Service is this old before anything that takes a moment is held against it.
const GRACE: i64 = 10;

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    let hops = facts.chain(args);
    if let Some(failed) = hops.iter().find(|hop| hop.state == State::Failed) {
        return if may_pass(facts, failed) { Plan::wait(failed.said.clone()) } else { Plan::done() };
    }
    let Ok(sockets) = facts.sockets(args) else { return Plan::done() };
    let wanted: Vec<From> = [From::Pod, From::Node].into_iter().filter(|from| args.from.contains(from)).collect();
    let missing: Vec<_> = wanted
        .iter()
        .filter(|from| facts.look(from.hop()).is_none())
        .filter_map(|from| super::look::step(args, facts, *from, &sockets))
        .collect();
    if !missing.is_empty() {
        return Plan { steps: missing, ..Plan::wait("look at what they were told") };
    }
    match facts.looks.iter().find(|look| !look.is_over()) {
        Some(look) => Plan::wait(waits_for(look)),
        None => Plan::done(),
    }
}

fn waits_for(look: &lab::temporary::Temporary) -> String {
    match &look.state {
        lab::temporary::TemporaryState::Pending(why) => format!("the pod that asks: {why}"),
        _ => "the pod that asks is at work".into(),
    }
}

/// What takes controllers and pods a moment after a Service was made.
fn may_pass(facts: &Facts, failed: &Hop) -> bool {
    let created =
        facts.service.as_ref().and_then(|service| service.service.object.metadata.creation_timestamp.as_ref());
    let age = created.map_or(GRACE, |created| facts.world.now.duration_since(created.0).as_secs());
    age < GRACE && matches!(failed.id, Id::Address | Id::Endpoints | Id::Announced)
}
