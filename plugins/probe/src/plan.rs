//! From facts to a plan: the pods that ask, once; then what is waited for until they are at work.

use lab::temporary::TemporaryState;
use lab_plan::{Plan, Step};

use crate::args::{Args, From};
use crate::asked::asked;
use crate::facts::Facts;
use crate::job;
use crate::place::{Place, look, places};

pub fn plan(args: &Args, facts: &Facts) -> Plan {
    if let Some((_, trouble)) = facts.trouble(args) {
        return if facts.is_young() { Plan::wait(trouble.said) } else { Plan::done() };
    }
    let places = places(args, facts);
    if facts.looks.is_empty()
        && let Some(why) = facts.unsettled()
    {
        return Plan::wait(why);
    }
    if args.from == From::Here {
        return Plan::done();
    }
    let missing: Vec<(usize, &Place)> =
        places.iter().enumerate().filter(|(number, _)| look(facts, *number).is_none()).collect();
    if !missing.is_empty() {
        return match step(args, facts, &missing) {
            Some(step) => Plan::step(step, "follow what they are answered"),
            None => Plan::done(),
        };
    }
    let pending = |number: usize| match &look(facts, number)?.state {
        TemporaryState::Pending(why) => Some(why.clone()),
        _ => None,
    };
    match (0..places.len()).find_map(pending) {
        Some(why) => Plan::wait(format!("the pod that asks: {why}")),
        None => Plan::done(),
    }
}

fn step(args: &Args, facts: &Facts, missing: &[(usize, &Place)]) -> Option<Step> {
    let (_, first) = missing.first()?;
    let url = asked(args, facts, first).ok()?.url();
    let jobs = missing.iter().filter_map(|(number, place)| {
        let asked = asked(args, facts, place).ok()?;
        Some(job::job(args, facts, *number, place, &asked).create())
    });
    let jobs: Vec<_> = jobs.collect();
    let place = match (args.from, args.from_each_node) {
        (From::Node, true) => format!("from the network of each of {} nodes", facts.nodes.len()),
        (_, true) => format!("from a pod on each of {} nodes", facts.nodes.len()),
        (From::Node, false) => match &first.node {
            Some(node) => format!("from the network of node {node}"),
            None => "from a node's network".into(),
        },
        (_, false) => format!(
            "from {} in namespace {}",
            Place { keep_alive: false, ..(*first).clone() }.words(None),
            facts.namespace
        ),
    };
    let kept = if args.keep_alive { ", and as often over one connection" } else { "" };
    let times = if args.count == 1 { "once".to_owned() } else { format!("{} times", args.count) };
    let title = format!("ask {url} {times} {place}{kept}");
    Some(Step::new("probe", title, "the answers show which pods the connections go to", jobs).for_this_run())
}
