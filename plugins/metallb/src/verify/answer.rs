//! The last hops: an answer from a pod, from a node and from this machine, and what each of them shows.

use std::net::{IpAddr, SocketAddr};

use lab::here::{Heard, Reply};
use lab::temporary::{Temporary, TemporaryState};

use super::args::{Args, From};
use super::facts::{Facts, FromHere, Place};
use super::look::{self, Told};
use crate::addresses::range::Range;
use crate::chain::{Hop, Id, list};
use crate::services::LoadBalancer;

/// In the order of the places, from near to far.
const PLACES: [From; 3] = [From::Pod, From::Node, From::Here];

pub fn judge(args: &Args, facts: &Facts) -> Vec<Hop> {
    let places = PLACES.into_iter().filter(|from| args.from.contains(from));
    places.map(|from| one(args, facts, from)).collect()
}

fn one(args: &Args, facts: &Facts, from: From) -> Hop {
    let id = from.hop();
    if !facts.is_promising(args) {
        return Hop::not_looked_at(id);
    }
    if let Err(why) = facts.sockets(args) {
        return Hop::unproven(id, why);
    }
    match from {
        From::Here => facts.here.as_ref().map_or_else(|| Hop::not_looked_at(id), |here| from_here(facts, here)),
        From::Pod | From::Node => {
            facts.look(id).map_or_else(|| Hop::not_looked_at(id), |look| from_pod(facts, id, look))
        }
    }
}

fn from_pod(facts: &Facts, id: Id, look: &Temporary) -> Hop {
    let place = match id {
        Id::FromNode => look.node.as_ref().map(|node| format!(" (node {node})")).unwrap_or_default(),
        _ => String::new(),
    };
    let lines = match &look.state {
        TemporaryState::Succeeded(lines) => lines,
        TemporaryState::Failed(why, _) => return Hop::unproven(id, format!("no pod could ask{place}: {why}")),
        TemporaryState::Pending(why) => return Hop::unproven(id, format!("no pod could ask{place} in time: {why}")),
        TemporaryState::Running => return Hop::unproven(id, format!("the pod that asks{place} did not end in time")),
    };
    let told = look::read(lines.iter().map(|line| line.text.as_str()));
    let nothing = told.iter().find_map(|(socket, told)| match told {
        Told::Nothing(why) => Some((socket, why)),
        Told::Answer(_) => None,
    });
    if let Some((socket, why)) = nothing {
        if let Some(only) = shut_out(facts, socket, None).filter(|_| look::is_silence(why)) {
            return Hop::unproven(id, format!("no answer from {socket}{place}: {why}; {only}"));
        }
        return unanswered(facts, Hop::failed(id, format!("no answer from {socket}{place}: {why}")));
    }
    let answers: Vec<String> = told
        .iter()
        .filter_map(|(socket, told)| match told {
            Told::Answer(what) => Some(format!("{what} from {socket}")),
            Told::Nothing(_) => None,
        })
        .collect();
    match answers.is_empty() {
        true => Hop::unproven(id, format!("the pod that asked{place} said nothing that can be understood")),
        false => Hop::ok(id, format!("{}{place}", list(&answers))),
    }
}

/// Who alone is let in, where the asker may be none of them: then nothing comes back. Of a pod it is not known where it asks from.
fn shut_out(facts: &Facts, asked: &SocketAddr, asker: Option<IpAddr>) -> Option<String> {
    let ranges = facts.service.as_ref().map(LoadBalancer::source_ranges).filter(|ranges| !ranges.is_empty())?;
    let everybody = if asked.is_ipv4() { "0.0.0.0/0" } else { "::/0" };
    let is_let_in = |asker| ranges.iter().filter_map(|text| Range::in_pool(text)).any(|range| range.contains(asker));
    (!ranges.iter().any(|range| range == everybody) && !asker.is_some_and(is_let_in))
        .then(|| format!("loadBalancerSourceRanges of the Service lets in {} only", ranges.join(", ")))
}

/// The pods are ready and the address is announced: what is left is between the two.
fn unanswered(facts: &Facts, hop: Hop) -> Hop {
    let Some(service) = &facts.service else { return hop };
    let pod = service.serving().find_map(|endpoint| endpoint.pod.as_deref());
    let target = service.ports().first().and_then(|port| port.target_port.as_ref()).map(|target| match target {
        k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::Int(number) => number.to_string(),
        k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::String(name) => name.clone(),
    });
    let hop = match (pod, target) {
        (Some(pod), Some(target)) => hop.hint(format!(
            "does its program listen on port {target}? kubectl -n {} port-forward pod/{pod} 8080:{target}, then curl localhost:8080",
            service.namespace()
        )),
        _ => hop,
    };
    hop.hint(format!("does a NetworkPolicy keep it out? kubectl -n {} get networkpolicies", service.namespace()))
        .hint("does kube-proxy run on every node? kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide")
}

fn from_here(facts: &Facts, here: &FromHere) -> Hop {
    let silent = here.heard.iter().find(|(_, heard)| !is_answer(heard));
    let Some((socket, heard)) = silent else {
        let answers: Vec<String> =
            here.heard.iter().map(|(socket, heard)| format!("{} from {socket}", words(heard))).collect();
        if let Some((nobody, true)) = here.nobody {
            return in_everybodys_name(&list(&answers), nobody);
        }
        if here.place == Place::Owner {
            return own(&list(&answers));
        }
        return Hop::ok(Id::FromHere, format!("{}; {}", list(&answers), shows(&here.place)));
    };
    let said = format!("no answer from {socket}: {}", words(heard));
    let is_silence = heard.reply == Reply::TimedOut;
    if let Some(only) = shut_out(facts, socket, heard.from).filter(|_| is_silence) {
        let from = heard.from.map_or_else(String::new, |from| format!(", and this machine is {from}"));
        return Hop::unproven(Id::FromHere, format!("{said}; {only}{from}"));
    }
    match (&heard.reply, &here.place, here.node) {
        (Reply::Refused | Reply::Failed(_), ..) | (_, Place::Node(_) | Place::Pod | Place::Owner, _) => {
            unanswered(facts, Hop::failed(Id::FromHere, format!("{said}; {}", is(&here.place))))
        }
        (_, _, Some((node, false))) => Hop::unproven(
            Id::FromHere,
            format!("{said}; this machine does not reach node {node} either, so that says nothing about MetalLB"),
        )
        .hint("ask from a machine on the nodes' network"),
        (_, _, Some((node, true))) => {
            lost_on_the_way(facts, &format!("{said}, though this machine reaches node {node}"), socket.ip())
        }
        (_, _, None) => {
            Hop::unproven(Id::FromHere, format!("{said}; whether this machine reaches the nodes is unknown"))
        }
    }
}

/// It never left this machine.
fn own(answers: &str) -> Hop {
    let said = format!("{answers}, which shows nothing: this machine has that address itself");
    Hop::unproven(Id::FromHere, said).hint("take the address out of the pool: two machines must not have it")
}

/// Then an answer says nothing about who gave it.
fn in_everybodys_name(answers: &str, nobody: std::net::SocketAddr) -> Hop {
    let said =
        format!("{answers}, which shows nothing: {nobody}, which no Service has, takes connections from here as well");
    Hop::unproven(Id::FromHere, said)
        .hint("something on the way takes connections for every address (a proxy or a login page of this network): ask from a machine on the nodes' network")
        .hint(format!("or another machine has an address of the pool: arping -c 3 {}", nobody.ip()))
}

fn is_answer(heard: &Heard) -> bool {
    matches!(heard.reply, Reply::Http(_) | Reply::Tcp(_))
}

fn words(heard: &Heard) -> String {
    match &heard.reply {
        Reply::Http(status) => format!("HTTP {status}"),
        Reply::Tcp(why) => format!("a connection without HTTP ({why})"),
        Reply::Refused => "connection refused".into(),
        Reply::TimedOut => "nothing came back".into(),
        Reply::NoRoute => "there is no way to it".into(),
        Reply::Failed(why) => why.clone(),
    }
}

fn is(place: &Place) -> String {
    match place {
        Place::Node(node) => format!("this machine is node {node}"),
        Place::Pod => "this machine is a pod of the cluster".into(),
        Place::Owner => "this machine has the address itself".into(),
        Place::OffNodes(own) => format!("this machine ({own}) is none of the nodes"),
        Place::Unknown => "whether this machine is a node, or a pod on one, is unknown".into(),
    }
}

/// kube-proxy short-cuts the address wherever it runs.
fn shows(place: &Place) -> String {
    let what = match place {
        Place::OffNodes(_) => "layer 2 is shown",
        Place::Unknown => "layer 2 is shown only if it is none",
        Place::Owner => "that shows nothing",
        Place::Node(_) | Place::Pod => "that shows kube-proxy alone",
    };
    format!("{}: {what}", is(place))
}

/// Announced, and yet nobody on the network knows the way.
fn lost_on_the_way(facts: &Facts, said: &str, address: IpAddr) -> Hop {
    let node = facts.service.as_ref().and_then(|service| service.announcers.first());
    let node =
        node.map_or_else(|| "the node that announces it".to_owned(), |announcer| format!("node {}", announcer.node));
    Hop::failed(Id::FromHere, format!("{said}: layer 2 does not bring it to {node}"))
        .hint(format!("who answers for it? on this machine: arping -c 3 {address}, then ip neighbour show {address}"))
        .hint("a cloud's network, a virtual switch or a Wi-Fi drops packets for addresses that it has not given out itself (anti-spoofing)")
        .hint(format!("is {address} of the nodes' network? kubectl get nodes -o wide shows theirs; elsewhere nobody asks for it by ARP"))
        .hint("is kube-proxy in ipvs mode without strictARP? kubectl lab strict-arp")
        .hint("does another machine have the address? a second answer to arping shows it")
}
