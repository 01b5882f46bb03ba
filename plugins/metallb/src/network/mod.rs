//! The nodes' network, as a short pod on the host network of a node sees it: no object of the cluster tells its length,
//! nor its gateway.

mod given;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::Node as NodeObject;
use lab::temporary::{Temporary, TemporaryJob, TemporaryState};
use lab_plan::{Announcement, Plan, Step, Then};

use crate::addresses::range::Family;
use crate::addresses::surroundings::{Network, Node, Subnet, Surroundings};
use crate::resources::name;

pub use given::Given;

const ID: &str = "look-at-network";
/// MetalLB's own namespace does not exist yet; this one allows host networks everywhere.
const NAMESPACE: &str = "kube-system";
const PURPOSE: &str = "network";
const SCRIPT: &str = "ip -o addr; ip route; ip -6 route 2>/dev/null; exit 0";

/// What of a verb's facts the look needs to know.
pub struct Look<'l> {
    pub given: &'l Given,
    /// Names this run on what it creates.
    pub run: &'l str,
    pub nodes: &'l [NodeObject],
    pub around: &'l Surroundings,
    /// The Jobs of this run.
    pub jobs: &'l [Temporary],
    /// A pool is still to be made.
    pub is_of_use: bool,
    /// Addresses are still to be chosen.
    pub proposes: bool,
}

impl Look<'_> {
    /// The plan, unless the nodes have to be looked at first.
    pub fn before(&self, plan: Plan) -> Plan {
        if let Some(look) = looks(self.jobs).find(|look| !look.is_over()) {
            let why = match &look.state {
                TemporaryState::Pending(why) => format!("the pod that looks at the network: {why}"),
                _ => "the pod that looks at the network is at work".to_owned(),
            };
            return Plan { refusals: plan.refusals, ..Plan::wait(why) };
        }
        match self.step() {
            Some(step) => Plan { steps: vec![step], may_follow: self.announcements(&plan), then: then(), ..plan },
            None => plan,
        }
    }

    /// What was asked for follows without a further question; where addresses are still to be chosen, the plan is shown again.
    fn announcements(&self, plan: &Plan) -> Vec<Announcement> {
        if self.proposes {
            return Vec::new();
        }
        let steps = plan.steps.iter().map(|step| Announcement { id: step.id.clone(), title: step.title.clone() });
        steps.chain(plan.may_follow.iter().cloned()).collect()
    }

    fn step(&self) -> Option<Step> {
        let families = self.wanted();
        if families.is_empty() || looks(self.jobs).next().is_some() {
            return None;
        }
        let nodes = chosen(self.nodes, self.around, &families);
        let changes = nodes.iter().enumerate().map(|(at, node)| {
            let purpose = format!("{PURPOSE}-{}", at + 1);
            let job = TemporaryJob::new(self.run, NAMESPACE, &purpose, SCRIPT).about(format!("{PURPOSE} {node}"));
            job.on_node(*node).on_host_network().image(&self.given.image).create()
        });
        let changes: Vec<_> = changes.collect();
        let title = format!("look at the network of {} (a short pod on the host network)", nodes.join(" and "));
        let why = "nothing else tells which network the nodes are on, and which addresses of it are the gateway's; --subnet CIDR tells it without a pod";
        (!changes.is_empty()).then(|| Step::new(ID, title, why, changes).for_this_run().or_go_on())
    }

    /// The families whose network is needed and unknown: for a proposal where none is known, and all that there are where that
    /// was asked for.
    fn wanted(&self) -> Vec<Family> {
        let families = self.around.families();
        let is_unknown = |family: &Family| matches!(self.around.subnet(*family), Subnet::Unknown(_));
        let unknown: Vec<Family> = families.iter().copied().filter(is_unknown).collect();
        let proposes = self.proposes && unknown.len() == families.len();
        if self.is_of_use && (proposes || self.given.look_at_nodes) { unknown } else { Vec::new() }
    }
}

fn then() -> Then {
    Then::LookAgain { why: "see what the network is".into() }
}

fn looks(jobs: &[Temporary]) -> impl Iterator<Item = &Temporary> {
    jobs.iter().filter(|job| node_of(job).is_some())
}

/// The node whose network it looks at, if that is what it is for.
fn node_of(look: &Temporary) -> Option<&str> {
    look.about.strip_prefix(PURPOSE)?.strip_prefix(' ')
}

/// Of each family one node that is ready, and one for both where that is possible.
fn chosen<'n>(nodes: &'n [NodeObject], around: &Surroundings, families: &[Family]) -> Vec<&'n str> {
    let ready: Vec<&str> = nodes.iter().filter(|node| is_ready(node)).map(|node| name(&node.metadata)).collect();
    let has = |node: &str, family: Family| {
        let own = around.nodes.iter().find(|own| own.name == node);
        own.is_some_and(|own| own.internal.iter().any(|address| Family::of(*address) == family))
    };
    let all = ready.iter().find(|node| families.iter().all(|family| has(node, *family)));
    if let Some(all) = all {
        return vec![*all];
    }
    families.iter().filter_map(|family| ready.iter().find(|node| has(node, *family)).copied()).collect()
}

fn is_ready(node: &NodeObject) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let runs_linux =
        node.metadata.labels.as_ref().and_then(|labels| labels.get("kubernetes.io/os")).is_none_or(|os| os == "linux");
    runs_linux && conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Adds what pods of this run have seen to what is known; where they have seen nothing, says why.
pub fn learn(around: &mut Surroundings, looks: &[Temporary]) {
    for look in looks.iter().filter(|look| look.is_over()) {
        let Some(node) = node_of(look).and_then(|name| around.nodes.iter().find(|node| node.name == name)).cloned()
        else {
            continue;
        };
        for family in Family::BOTH {
            let known = matches!(around.subnet(family), Subnet::Known(_));
            if known || !node.internal.iter().any(|own| Family::of(*own) == family) {
                continue;
            }
            let seen = match seen(&node, family, look) {
                Ok(networks) => Subnet::Known(networks),
                Err(why) => Subnet::Unknown(why),
            };
            match family {
                Family::V4 => around.v4 = seen,
                Family::V6 => around.v6 = seen,
            }
        }
    }
}

fn seen(node: &Node, family: Family, look: &Temporary) -> Result<Vec<Network>, String> {
    let lines = match &look.state {
        TemporaryState::Succeeded(lines) => lines,
        TemporaryState::Failed(why, _) => return Err(format!("no pod could look at it on node {}: {why}", node.name)),
        TemporaryState::Pending(_) | TemporaryState::Running => return Err("nobody has looked yet".to_owned()),
    };
    let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let own = node.internal.iter().filter(|own| Family::of(**own) == family);
    own.map(|own| network(node, *own, &lines)).collect()
}

fn network(node: &Node, own: IpAddr, lines: &[&str]) -> Result<Network, String> {
    let assigned = lines.iter().filter_map(|line| assigned(line)).find(|(_, network)| network.addr() == own);
    let Some((interface, network)) = assigned else {
        return Err(format!("no interface of node {} has its InternalIP {own}", node.name));
    };
    if network.prefix_len() == network.max_prefix_len() {
        return Err(format!("node {} has its InternalIP alone ({network} on {interface})", node.name));
    }
    let gateways = lines.iter().filter_map(|line| gateway(line)).filter(|(over, _)| *over == interface);
    let gateway = gateways.map(|(_, gateway)| gateway).find(|gateway| network.contains(gateway));
    Ok(Network { network: network.trunc(), source: format!("seen on node {}", node.name), gateway })
}

/// An interface and its address with the length of its network, from a line of `ip -o addr`. An address towards one other
/// machine alone has no network there.
fn assigned(line: &str) -> Option<(&str, IpNet)> {
    let mut words = line.split_whitespace();
    let interface = words.nth(1)?;
    let family = words.next()?;
    let network = words.next()?.parse().ok().filter(|_| matches!(family, "inet" | "inet6"))?;
    Some((interface.trim_end_matches(':'), network))
}

/// The interface and the gateway, from a line of `ip route` about everything else.
fn gateway(line: &str) -> Option<(&str, IpAddr)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |word: &str| words.iter().position(|it| *it == word).and_then(|at| words.get(at + 1)).copied();
    (words.first() == Some(&"default")).then_some(())?;
    Some((after("dev")?, after("via")?.parse().ok()?))
}
