//! From facts to plans and reports, each written by hand.

use std::net::SocketAddr;
use std::time::Duration;

use lab::here::{Heard, Reply};
use lab::temporary::{Temporary, TemporaryState};
use lab::{Line, Report as _};
use lab_plan::{Exit, Then};
use serde_json::json;

use super::args::{Args, From, Named};
use super::facts::{Facts, FromHere, Place};
use super::{plan::plan, report::report};
use crate::chain::Id;
use crate::chain::sample::{Lab, at};

fn args(from: &[From]) -> Args {
    let service = Named { namespace: None, name: "web".into() };
    Args { service, from: from.to_vec(), port: None, image: lab::temporary::IMAGE.into() }
}

fn facts(lab: Lab) -> Facts {
    Facts {
        run: "20261123-010203-1".into(),
        namespace: "default".into(),
        service: Some(lab.service),
        world: lab.world,
        others: Vec::new(),
        pods: lab.pods,
        looks: Vec::new(),
        here: None,
    }
}

fn look(about: &str, node: Option<&str>, state: TemporaryState) -> Temporary {
    Temporary {
        about: about.into(),
        namespace: "default".into(),
        name: "look".into(),
        uid: None,
        node: node.map(str::to_owned),
        state,
    }
}

fn said(lines: &[&str]) -> TemporaryState {
    TemporaryState::Succeeded(lines.iter().map(|text| Line { at: None, text: (*text).to_owned() }).collect())
}

fn answered() -> TemporaryState {
    said(&["http://172.30.0.200:80/ 0"])
}

fn here(reply: Reply, place: Place, node: Option<bool>) -> FromHere {
    let socket: SocketAddr = "172.30.0.200:80".parse().unwrap();
    let heard = Heard { from: Some([172, 30, 0, 1].into()), reply, took: Duration::from_millis(3) };
    FromHere {
        heard: vec![(socket, heard)],
        place,
        nobody: None,
        node: node.map(|reached| ("172.30.0.2:10250".parse().unwrap(), reached)),
    }
}

fn off_nodes() -> Place {
    Place::OffNodes([172, 30, 0, 1].into())
}

fn shown(args: &Args, facts: &Facts) -> (String, Exit) {
    let report = report(args, facts);
    (report.table(false), report.exit())
}

#[test]
fn asks_first_from_a_pod_and_then_from_a_nodes_network() {
    let facts = facts(Lab::new());
    let plan = plan(&args(&[From::Node, From::Pod, From::Here]), &facts);
    let titles: Vec<&str> = plan.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(
        titles,
        ["ask 172.30.0.200:80 from a pod in namespace default", "ask 172.30.0.200:80 from the network of node lab-1"]
    );
    let jobs: Vec<serde_json::Value> = plan.changes().map(|change| change.after.clone().unwrap()).collect();
    assert_eq!(jobs[0]["metadata"]["namespace"], "default");
    assert_eq!(jobs[1]["metadata"]["namespace"], "metallb-system");
    // The announcing node is lab-2.
    assert_eq!(jobs[1]["spec"]["template"]["spec"]["nodeName"], "lab-1");
    assert_eq!(jobs[1]["spec"]["template"]["spec"]["hostNetwork"], true);
}

#[test]
fn from_here_alone_nothing_is_made() {
    assert!(plan(&args(&[From::Here]), &facts(Lab::new())).is_empty());
}

#[test]
fn what_was_asked_is_waited_for_and_not_asked_again() {
    let mut facts = facts(Lab::new());
    let args = args(&[From::Pod]);
    facts.looks = vec![look("ask-from-pod", None, TemporaryState::Pending("ContainerCreating".into()))];
    assert_eq!(plan(&args, &facts), lab_plan::Plan::wait("the pod that asks: ContainerCreating"));
    facts.looks = vec![look("ask-from-pod", None, answered())];
    assert!(plan(&args, &facts).is_empty());
}

#[test]
fn nothing_is_asked_where_something_speaks_against_an_answer() {
    let mut lab = Lab::new();
    lab.world.present.l2_advertisements.clear();
    assert!(plan(&args(&[From::Pod, From::Here]), &facts(lab)).is_empty());
}

#[test]
fn a_service_that_was_just_made_is_waited_for() {
    let mut lab = Lab::new();
    lab.pending();
    lab.edit(|service| service["metadata"]["creationTimestamp"] = json!(at(2).to_string()));
    let waits = plan(&args(&[From::Pod]), &facts(lab.clone()));
    assert!(matches!(&waits.then, Then::LookAgain { why } if why.starts_with("it has no address")), "{waits:?}");
    lab.edit(|service| service["metadata"]["creationTimestamp"] = json!(at(20).to_string()));
    assert!(plan(&args(&[From::Pod]), &facts(lab)).is_empty());
}

#[test]
fn an_answer_off_the_nodes_shows_layer_2() {
    let mut facts = facts(Lab::new());
    facts.looks = vec![look("ask-from-pod", None, answered()), look("ask-from-node", Some("lab-1"), answered())];
    facts.here = Some(here(Reply::Http(200), off_nodes(), None));
    let args = args(&[From::Pod, From::Node, From::Here]);
    let (table, exit) = shown(&args, &facts);
    assert_eq!(exit, Exit::Done);
    insta::assert_snapshot!(table, @r"
    Service default/web answers at 172.30.0.200, also off the nodes: layer 2 and kube-proxy are shown

    HOP             STATE   DETAIL
    service         ok      type LoadBalancer, port 80/TCP
    class           ok      no loadBalancerClass: MetalLB serves it
    controller      ok      MetalLB v0.16.2, its controller runs
    pool            ok      lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address         ok      172.30.0.200 from the pool lecture
    advertisement   ok      L2Advertisement external-access covers the pool lecture
    node            ok      lab-1, lab-2 and lab-3 may announce it
    endpoints       ok      2 of 2 endpoints ready, on lab-2 and lab-3
    announced       ok      by lab-2
    from a pod      ok      HTTP 200 from 172.30.0.200:80
    from a node     ok      HTTP 200 from 172.30.0.200:80 (node lab-1)
    from here       ok      HTTP 200 from 172.30.0.200:80; this machine (172.30.0.1) is none of the nodes: layer 2 is shown
    ");
    let document = serde_json::to_string_pretty(&report(&args, &facts)).unwrap();
    insta::assert_snapshot!(document, @r#"
    {
      "service": "default/web",
      "addresses": [
        "172.30.0.200"
      ],
      "conclusion": "answers",
      "verdict": "Service default/web answers at 172.30.0.200, also off the nodes: layer 2 and kube-proxy are shown",
      "shown": [
        "kubeProxy",
        "layer2"
      ],
      "hops": [
        {
          "hop": "service",
          "state": "ok",
          "said": "type LoadBalancer, port 80/TCP"
        },
        {
          "hop": "class",
          "state": "ok",
          "said": "no loadBalancerClass: MetalLB serves it"
        },
        {
          "hop": "controller",
          "state": "ok",
          "said": "MetalLB v0.16.2, its controller runs"
        },
        {
          "hop": "pool",
          "state": "ok",
          "said": "lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free"
        },
        {
          "hop": "address",
          "state": "ok",
          "said": "172.30.0.200 from the pool lecture"
        },
        {
          "hop": "advertisement",
          "state": "ok",
          "said": "L2Advertisement external-access covers the pool lecture"
        },
        {
          "hop": "node",
          "state": "ok",
          "said": "lab-1, lab-2 and lab-3 may announce it"
        },
        {
          "hop": "endpoints",
          "state": "ok",
          "said": "2 of 2 endpoints ready, on lab-2 and lab-3"
        },
        {
          "hop": "announced",
          "state": "ok",
          "said": "by lab-2"
        },
        {
          "hop": "fromPod",
          "state": "ok",
          "said": "HTTP 200 from 172.30.0.200:80"
        },
        {
          "hop": "fromNode",
          "state": "ok",
          "said": "HTTP 200 from 172.30.0.200:80 (node lab-1)"
        },
        {
          "hop": "fromHere",
          "state": "ok",
          "said": "HTTP 200 from 172.30.0.200:80; this machine (172.30.0.1) is none of the nodes: layer 2 is shown"
        }
      ],
      "here": {
        "place": "offNodes",
        "address": "172.30.0.1"
      }
    }
    "#);
}

#[test]
fn an_answer_inside_the_cluster_shows_kube_proxy_alone() {
    let mut facts = facts(Lab::new());
    facts.looks = vec![look("ask-from-pod", None, answered())];
    facts.here = Some(here(Reply::Http(404), Place::Node("lab-2".into()), None));
    let (table, exit) = shown(&args(&[From::Pod, From::Here]), &facts);
    assert_eq!(exit, Exit::Done);
    insta::assert_snapshot!(table, @r"
    Service default/web answers at 172.30.0.200; that shows kube-proxy alone, and layer 2 is unproven until a machine off the nodes gets an answer

    HOP             STATE   DETAIL
    service         ok      type LoadBalancer, port 80/TCP
    class           ok      no loadBalancerClass: MetalLB serves it
    controller      ok      MetalLB v0.16.2, its controller runs
    pool            ok      lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address         ok      172.30.0.200 from the pool lecture
    advertisement   ok      L2Advertisement external-access covers the pool lecture
    node            ok      lab-1, lab-2 and lab-3 may announce it
    endpoints       ok      2 of 2 endpoints ready, on lab-2 and lab-3
    announced       ok      by lab-2
    from a pod      ok      HTTP 200 from 172.30.0.200:80
    from here       ok      HTTP 404 from 172.30.0.200:80; this machine is node lab-2: that shows kube-proxy alone
    ");
}

#[test]
fn a_machine_that_reaches_no_node_says_nothing_about_metallb() {
    let mut facts = facts(Lab::new());
    facts.looks = vec![look("ask-from-pod", None, answered())];
    facts.here = Some(here(Reply::TimedOut, off_nodes(), Some(false)));
    let (table, exit) = shown(&args(&[From::Pod, From::Here]), &facts);
    assert_eq!(exit, Exit::Done);
    insta::assert_snapshot!(table, @r"
    Service default/web answers at 172.30.0.200; that shows kube-proxy alone, and layer 2 is unproven until a machine off the nodes gets an answer

    HOP             STATE      DETAIL
    service         ok         type LoadBalancer, port 80/TCP
    class           ok         no loadBalancerClass: MetalLB serves it
    controller      ok         MetalLB v0.16.2, its controller runs
    pool            ok         lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address         ok         172.30.0.200 from the pool lecture
    advertisement   ok         L2Advertisement external-access covers the pool lecture
    node            ok         lab-1, lab-2 and lab-3 may announce it
    endpoints       ok         2 of 2 endpoints ready, on lab-2 and lab-3
    announced       ok         by lab-2
    from a pod      ok         HTTP 200 from 172.30.0.200:80
    from here       unproven   no answer from 172.30.0.200:80: nothing came back; this machine does not reach node 172.30.0.2:10250 either, so that says nothing about MetalLB

    hint: ask from a machine on the nodes' network
    ");
    let (alone, exit) = shown(&args(&[From::Here]), &facts);
    assert_eq!(exit, Exit::Done);
    assert!(alone.starts_with("unproven: nothing speaks against Service default/web"), "{alone}");
}

fn let_in(facts: &mut Facts, range: &str) {
    let spec = facts.service.as_mut().unwrap().service.object.spec.as_mut().unwrap();
    spec.load_balancer_source_ranges = Some(vec![range.to_owned()]);
}

/// Then silence is what was asked for.
#[test]
fn who_is_not_let_in_proves_nothing() {
    let mut facts = facts(Lab::new());
    facts.looks = vec![look("ask-from-pod", None, said(&["http://172.30.0.200:80/ 143"]))];
    facts.here = Some(here(Reply::TimedOut, off_nodes(), Some(true)));
    let_in(&mut facts, "10.1.0.0/16");
    let (table, exit) = shown(&args(&[From::Pod, From::Here]), &facts);
    assert_eq!(exit, Exit::Done, "{table}");
    let last: Vec<&str> = table.lines().filter(|line| line.starts_with("from ")).collect();
    insta::assert_snapshot!(last.join("\n"), @r"
    from a pod      unproven   no answer from 172.30.0.200:80: no answer within 5 seconds; loadBalancerSourceRanges of the Service lets in 10.1.0.0/16 only
    from here       unproven   no answer from 172.30.0.200:80: nothing came back; loadBalancerSourceRanges of the Service lets in 10.1.0.0/16 only, and this machine is 172.30.0.1
    ");
    let_in(&mut facts, "172.30.0.0/24");
    assert_eq!(shown(&args(&[From::Here]), &facts).1, Exit::Negative);
    // Everybody is let in, or a refusal came back, which is no kube-proxy's.
    for (range, answer) in [
        ("0.0.0.0/0", "143"),
        ("10.1.0.0/16", "1 wget: can't connect to remote host (172.30.0.200): Connection refused"),
    ] {
        facts.looks = vec![look("ask-from-pod", None, said(&[&format!("http://172.30.0.200:80/ {answer}")]))];
        let_in(&mut facts, range);
        assert_eq!(shown(&args(&[From::Pod]), &facts).1, Exit::Negative, "{answer}");
    }
}

#[test]
fn a_machine_that_reaches_the_nodes_and_not_the_address_shows_that_layer_2_fails() {
    let mut facts = facts(Lab::new());
    facts.looks = vec![look("ask-from-pod", None, answered())];
    facts.here = Some(here(Reply::TimedOut, off_nodes(), Some(true)));
    let (table, exit) = shown(&args(&[From::Pod, From::Here]), &facts);
    assert_eq!(exit, Exit::Negative);
    insta::assert_snapshot!(table, @r"
    Service default/web does not work from here: no answer from 172.30.0.200:80: nothing came back, though this machine reaches node 172.30.0.2:10250: layer 2 does not bring it to node lab-2

    HOP             STATE    DETAIL
    service         ok       type LoadBalancer, port 80/TCP
    class           ok       no loadBalancerClass: MetalLB serves it
    controller      ok       MetalLB v0.16.2, its controller runs
    pool            ok       lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address         ok       172.30.0.200 from the pool lecture
    advertisement   ok       L2Advertisement external-access covers the pool lecture
    node            ok       lab-1, lab-2 and lab-3 may announce it
    endpoints       ok       2 of 2 endpoints ready, on lab-2 and lab-3
    announced       ok       by lab-2
    from a pod      ok       HTTP 200 from 172.30.0.200:80
    from here       failed   no answer from 172.30.0.200:80: nothing came back, though this machine reaches node 172.30.0.2:10250: layer 2 does not bring it to node lab-2

    hint: who answers for it? on this machine: arping -c 3 172.30.0.200, then ip neighbour show 172.30.0.200
    hint: a cloud's network, a virtual switch or a Wi-Fi drops packets for addresses that it has not given out itself (anti-spoofing)
    hint: is 172.30.0.200 of the nodes' network? kubectl get nodes -o wide shows theirs; elsewhere nobody asks for it by ARP
    hint: is kube-proxy in ipvs mode without strictARP? kubectl lab strict-arp
    hint: does another machine have the address? a second answer to arping shows it
    ");
}

#[test]
fn a_refusal_is_no_matter_of_layer_2() {
    let mut facts = facts(Lab::new());
    let refused = "http://172.30.0.200:80/ 1 wget: can't connect to remote host (172.30.0.200): Connection refused";
    facts.looks = vec![look("ask-from-pod", None, said(&[refused]))];
    facts.here = Some(here(Reply::Refused, off_nodes(), None));
    let (table, exit) = shown(&args(&[From::Pod, From::Here]), &facts);
    assert_eq!(exit, Exit::Negative);
    insta::assert_snapshot!(table, @r"
    Service default/web does not work from a pod: no answer from 172.30.0.200:80: connection refused

    HOP             STATE    DETAIL
    service         ok       type LoadBalancer, port 80/TCP
    class           ok       no loadBalancerClass: MetalLB serves it
    controller      ok       MetalLB v0.16.2, its controller runs
    pool            ok       lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address         ok       172.30.0.200 from the pool lecture
    advertisement   ok       L2Advertisement external-access covers the pool lecture
    node            ok       lab-1, lab-2 and lab-3 may announce it
    endpoints       ok       2 of 2 endpoints ready, on lab-2 and lab-3
    announced       ok       by lab-2
    from a pod      failed   no answer from 172.30.0.200:80: connection refused
    from here       failed   no answer from 172.30.0.200:80: connection refused; this machine (172.30.0.1) is none of the nodes

    hint: does its program listen on port 80? kubectl -n default port-forward pod/web-1 8080:80, then curl localhost:8080
    hint: does a NetworkPolicy keep it out? kubectl -n default get networkpolicies
    hint: does kube-proxy run on every node? kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide
    ");
}

#[test]
fn what_answers_for_every_address_is_not_the_service() {
    let mut facts = facts(Lab::new());
    let mut here = here(Reply::Http(404), off_nodes(), None);
    here.nobody = Some(("172.30.0.220:80".parse().unwrap(), true));
    facts.here = Some(here);
    let report = report(&args(&[From::Here]), &facts);
    assert_eq!(report.exit(), Exit::Done);
    insta::assert_snapshot!(report.table(false).split("announced").nth(1).unwrap(), @r"
           ok         by lab-2
    from here       unproven   HTTP 404 from 172.30.0.200:80, which shows nothing: 172.30.0.220:80, which no Service has, takes connections from here as well

    hint: something on the way takes connections for every address (a proxy or a login page of this network): ask from a machine on the nodes' network
    hint: or another machine has an address of the pool: arping -c 3 172.30.0.220
    ");
}

#[test]
fn an_answer_of_this_machine_to_itself_shows_nothing() {
    let mut facts = facts(Lab::new());
    facts.here = Some(here(Reply::Http(200), Place::Owner, None));
    let (table, exit) = shown(&args(&[From::Here]), &facts);
    assert_eq!(exit, Exit::Done);
    assert!(
        table.contains("HTTP 200 from 172.30.0.200:80, which shows nothing: this machine has that address itself"),
        "{table}"
    );
    assert!(table.starts_with("unproven: "), "{table}");
}

#[test]
fn where_nobody_could_ask_it_is_unproven() {
    let mut facts = facts(Lab::new());
    let why = "pods \"ask\" is forbidden: exceeded quota";
    facts.looks = vec![look("ask-from-pod", None, TemporaryState::Failed(why.into(), Vec::new()))];
    let (table, exit) = shown(&args(&[From::Pod]), &facts);
    assert_eq!(exit, Exit::Done);
    insta::assert_snapshot!(table, @r#"
    unproven: nothing speaks against Service default/web at 172.30.0.200, and no answer was got

    HOP             STATE      DETAIL
    service         ok         type LoadBalancer, port 80/TCP
    class           ok         no loadBalancerClass: MetalLB serves it
    controller      ok         MetalLB v0.16.2, its controller runs
    pool            ok         lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address         ok         172.30.0.200 from the pool lecture
    advertisement   ok         L2Advertisement external-access covers the pool lecture
    node            ok         lab-1, lab-2 and lab-3 may announce it
    endpoints       ok         2 of 2 endpoints ready, on lab-2 and lab-3
    announced       ok         by lab-2
    from a pod      unproven   no pod could ask: pods "ask" is forbidden: exceeded quota
    "#);
}

#[test]
fn udp_cannot_be_asked() {
    let mut lab = Lab::new();
    lab.edit(|service| service["spec"]["ports"] = json!([{ "name": "dns", "port": 53, "protocol": "UDP" }]));
    let facts = facts(lab);
    assert!(plan(&args(&[From::Pod]), &facts).is_empty());
    let (table, _) = shown(&args(&[From::Pod]), &facts);
    assert!(table.contains("from a pod      unproven   port 53 is UDP, and only TCP can be asked"), "{table}");
}

#[test]
fn the_port_is_chosen_by_number_or_name() {
    let mut lab = Lab::new();
    lab.edit(|service| {
        service["spec"]["ports"] = json!([
            { "name": "dns", "port": 53, "protocol": "UDP" }, { "name": "web", "port": 80 }, { "name": "secure", "port": 443 },
        ]);
    });
    let facts = facts(lab);
    let port =
        |wanted: Option<&str>| facts.port(&Args { port: wanted.map(str::to_owned), ..args(&[]) }).map(|port| port.port);
    assert_eq!((port(None), port(Some("443")), port(Some("web"))), (Ok(80), Ok(443), Ok(80)));
    assert_eq!(port(Some("https")), Err("it has no port https".into()));
}

#[test]
fn the_first_hop_that_fails_is_the_verdict() {
    let mut lab = Lab::new();
    lab.exclude(1..=3);
    let (table, exit) = shown(&args(&[From::Pod, From::Here]), &facts(lab));
    assert_eq!(exit, Exit::Negative);
    insta::assert_snapshot!(table, @r"
    Service default/web does not work: no node may announce it: lab-1, lab-2 and lab-3 (label node.kubernetes.io/exclude-from-external-load-balancers)

    HOP             STATE           DETAIL
    service         ok              type LoadBalancer, port 80/TCP
    class           ok              no loadBalancerClass: MetalLB serves it
    controller      ok              MetalLB v0.16.2, its controller runs
    pool            ok              lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address         ok              172.30.0.200 from the pool lecture
    advertisement   ok              L2Advertisement external-access covers the pool lecture
    node            failed          no node may announce it: lab-1, lab-2 and lab-3 (label node.kubernetes.io/exclude-from-external-load-balancers)
    endpoints       not looked at
    announced       not looked at
    from a pod      not looked at
    from here       not looked at

    hint: kubectl label node lab-1 lab-2 lab-3 node.kubernetes.io/exclude-from-external-load-balancers-
    ");
}

#[test]
fn a_service_that_is_not_there() {
    let mut facts = facts(Lab::new());
    facts.service = None;
    facts.others = vec![("default".into(), "website".into())];
    let (table, exit) = shown(&args(&[From::Here]), &facts);
    assert_eq!(exit, Exit::Negative);
    insta::assert_snapshot!(table, @r"
    Service default/web does not work: there is no Service web in namespace default

    HOP             STATE           DETAIL
    service         failed          there is no Service web in namespace default
    class           not looked at
    controller      not looked at
    pool            not looked at
    address         not looked at
    advertisement   not looked at
    node            not looked at
    endpoints       not looked at
    announced       not looked at
    from here       not looked at

    hint: there is one called website: kubectl lab metallb verify default/website
    ");
    assert!(facts.look(Id::FromHere).is_none());
}

#[test]
fn an_answer_of_what_bgp_announces_is_no_proof_of_layer_2() {
    let mut lab = Lab::new();
    lab.world.present.l2_advertisements.clear();
    lab.world.present.bgp_advertisements =
        vec![crate::chain::sample::seen(crate::chain::sample::advertisement("peers", &json!({})))];
    let mut facts = facts(lab);
    facts.here = Some(here(Reply::Http(200), off_nodes(), None));
    let report = serde_json::to_value(report(&args(&[From::Here]), &facts)).unwrap();
    assert_eq!((&report["conclusion"], &report["shown"]), (&json!("answers"), &json!(["kubeProxy"])));
}
