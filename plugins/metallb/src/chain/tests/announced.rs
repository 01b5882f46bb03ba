//! Hop 9: is it announced?

use serde_json::json;

use crate::chain::State;
use crate::chain::sample::{self, Lab, at, seen};
use crate::services::{Announcer, Source};

#[test]
fn nobody_announces_though_some_may() {
    let mut lab = Lab::new();
    lab.service.announcers.clear();
    insta::assert_snapshot!(lab.failure(), @r"
    announced: no node announces it, though some may (there is no ServiceL2Status of it)
      kubectl -n metallb-system logs -l component=speaker --tail=20 --prefix
    ");
}

#[test]
fn an_interface_that_no_node_has() {
    let mut lab = Lab::new();
    lab.service.announcers.clear();
    lab.told("announceFailed", r#"the interfaces specified by LB IP "172.30.0.201" doesn't exist in assigned node "lab-2" with protocol "layer2""#);
    insta::assert_snapshot!(lab.failure(), @r#"
    announced: no node announces it; MetalLB said: the interfaces specified by LB IP "172.30.0.201" doesn't exist in assigned node "lab-2" with protocol "layer2"
      kubectl -n metallb-system get l2advertisements -o yaml, and look at their interfaces
    "#);
}

#[test]
fn an_old_release_tells_it_by_an_event_or_not_at_all() {
    let mut lab = Lab::new();
    lab.world.present.controller = Some(seen(sample::controller("v0.13.12")));
    lab.service.announcers =
        vec![Announcer { node: "lab-3".into(), interfaces: Vec::new(), source: Source::Event(Some(at(240))) }];
    insta::assert_snapshot!(lab.hops()[8].said, @"by lab-3, as an event said 4m ago; this release keeps no status of it");
    lab.service.announcers.clear();
    let hop = lab.hops().remove(8);
    assert_eq!(hop.state, State::Unproven);
    insta::assert_snapshot!(hop.said, @"MetalLB v0.13.12 says who announces it in an event alone, and there is none (any more)");
}

#[test]
fn an_announcer_that_is_gone_is_worth_a_word() {
    let mut lab = Lab::new();
    lab.edit_node(2, |node| {
        node["status"]["conditions"] = json!([{ "type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown" }]);
    });
    insta::assert_snapshot!(lab.hops()[8].warnings.join("\n"), @"lab-2 is said to announce it, and the node is not Ready: NodeStatusUnknown");
}
