//! Asking each kube-proxy on its own node what it runs: its /configz listens on the node's loopback only, so a short pod
//! on the host network has to ask.

use k8s_openapi::api::core::v1::Node;
use lab::Line;
use lab::harmless::one_line;
use lab::temporary::{Temporary, TemporaryJob, TemporaryState};
use lab_plan::{Announcement, Plan, Step};
use lab_topics::kube_proxy::{Config, MOST_ASKED, NAMESPACE, Proxy, configz};
use serde_json::Value;

use crate::args::Args;
use crate::facts::Facts;

pub const LOOK: &str = "ask-kube-proxy";

/// Where there is more than one address, the last one's complaint is what is told.
const SCRIPT: &str = r#"for url in "$@"; do timeout 5 wget -q -O - "$url" && exit 0; done; exit 1"#;

/// What is next until each of these kube-proxies that can be asked has been: a step, a wait, or nothing.
pub fn next(args: &Args, facts: &Facts, config: &Config, whom: impl Fn(&Proxy) -> bool) -> Option<Plan> {
    let asked: Vec<&Proxy> = within_reach(facts, config).into_iter().filter(|proxy| whom(proxy)).collect();
    let new: Vec<&Proxy> = asked.iter().filter(|proxy| of(facts, proxy).is_none()).copied().collect();
    if !new.is_empty() {
        let jobs = new.iter().map(|proxy| job(args, facts, config, proxy).create()).collect();
        let why = "its /configz, which tells, answers on its node's loopback only";
        let nodes = match facts.kube_proxy.proxies.len() {
            all if all == new.len() => "each node".to_owned(),
            all => format!("{} of {all} nodes", new.len()),
        };
        let step = Step::new(LOOK, title(&nodes), why, jobs).for_this_run().or_go_on();
        return Some(Plan::step(step, "look at what kube-proxy says"));
    }
    let open: Vec<String> = asked.iter().filter_map(|proxy| waits(of(facts, proxy)?)).collect();
    (!open.is_empty()).then(|| Plan::wait(format!("kube-proxy's own word on {}", open.join("; "))))
}

/// That it may come to that after the step at hand. Whether it does is not known before: a restart makes other pods.
pub fn announced() -> Announcement {
    Announcement { id: LOOK.into(), title: title("each node") }
}

fn title(nodes: &str) -> String {
    format!("ask kube-proxy on {nodes} what it runs (a short pod on the host network of each)")
}

/// Those that do not let themselves be asked otherwise, and whose nodes can run a pod.
fn within_reach<'f>(facts: &'f Facts, config: &Config) -> Vec<&'f Proxy> {
    if config.configz_on_node().is_empty() {
        return Vec::new();
    }
    let all = facts.kube_proxy.proxies.iter().enumerate();
    let in_reach = |(place, proxy): &(usize, &Proxy)| {
        of(facts, proxy).is_some() || (proxy.uses.is_err() && out_of_reach(facts, *place, proxy).is_none())
    };
    all.filter(in_reach).map(|(_, proxy)| proxy).collect()
}

/// Why no pod is made to ask this one.
fn out_of_reach(facts: &Facts, place: usize, proxy: &Proxy) -> Option<String> {
    if place >= MOST_ASKED {
        Some(format!("it was not asked, because {MOST_ASKED} others were"))
    } else if !is_ready(facts, &proxy.node) {
        Some("it was not asked, because its node is not Ready".into())
    } else {
        None
    }
}

pub fn of<'f>(facts: &'f Facts, proxy: &Proxy) -> Option<&'f Temporary> {
    facts.looks.iter().find(|look| look.about == proxy.pod)
}

fn is_ready(facts: &Facts, name: &str) -> bool {
    let node = facts.nodes.iter().find(|node| node.metadata.name.as_deref() == Some(name));
    let ready = |node: &Node| {
        let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
        conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
    };
    node.is_some_and(ready)
}

fn job(args: &Args, facts: &Facts, config: &Config, proxy: &Proxy) -> TemporaryJob {
    // The letters that tell the pods of a DaemonSet apart tell the Jobs apart, too.
    let letters = proxy.pod.rsplit('-').next().unwrap_or_default();
    TemporaryJob::new(&facts.run, NAMESPACE, &format!("configz-{letters}"), SCRIPT)
        .about(&proxy.pod)
        .args(config.configz_on_node())
        .on_node(&proxy.node)
        .on_host_network()
        .image(&args.image)
}

fn waits(look: &Temporary) -> Option<String> {
    let node = look.node.as_deref().unwrap_or(&look.name);
    match &look.state {
        TemporaryState::Pending(why) => Some(format!("{node}: {why}")),
        TemporaryState::Running => Some(format!("{node}: the pod that asks is running")),
        TemporaryState::Succeeded(_) | TemporaryState::Failed(..) => None,
    }
}

/// Adds what the looks brought to what is known of each kube-proxy.
pub fn learn(facts: &mut Facts) {
    let not_asked: Vec<Option<String>> =
        facts.kube_proxy.proxies.iter().enumerate().map(|(place, proxy)| out_of_reach(facts, place, proxy)).collect();
    for (proxy, not_asked) in facts.kube_proxy.proxies.iter_mut().zip(not_asked) {
        match facts.looks.iter().find(|look| look.about == proxy.pod) {
            Some(look) => tell(proxy, look),
            // Where others were asked, it is told why this one was not.
            None if !facts.looks.is_empty() && proxy.uses.is_err() => {
                proxy.uses = proxy.uses.clone().map_err(|why| not_asked.unwrap_or(why));
            }
            None => {}
        }
    }
}

fn tell(proxy: &mut Proxy, look: &Temporary) {
    let answer = match &look.state {
        TemporaryState::Succeeded(lines) => answer(lines).ok_or_else(|| "its /configz is no JSON".to_owned()),
        TemporaryState::Failed(why, _) => Err(format!("the pod that was to ask it: {}", one_line(why))),
        TemporaryState::Pending(_) | TemporaryState::Running => return,
    };
    let said = answer.map(|answer| configz::read(&answer));
    proxy.uses = match &said {
        Ok(said) => said.strict_arp.ok_or_else(|| "its /configz does not name strictARP".to_owned()),
        Err(why) => Err(why.clone()),
    };
    if let (Err(unknown), said) = (&proxy.mode, said) {
        proxy.mode = match said {
            Ok(said) => said.mode.ok_or_else(|| format!("{unknown}, and its /configz does not name it")),
            Err(why) => Err(format!("{unknown}; {why}")),
        };
    }
}

/// It is one line, but for what wget may have said about another address before.
fn answer(lines: &[Line]) -> Option<Value> {
    lines.iter().find_map(|line| serde_json::from_str::<Value>(&line.text).ok().filter(Value::is_object))
}
