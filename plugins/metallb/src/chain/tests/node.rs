//! Hop 7: may a node announce it?

use serde_json::json;

use super::with_advertisements;
use crate::chain::State;
use crate::chain::sample::{self, Lab, advertisement, seen, typed};

#[test]
fn the_exclude_label_on_all_nodes() {
    let mut lab = Lab::new();
    lab.exclude(1..=3);
    insta::assert_snapshot!(lab.failure(), @r"
    node: no node may announce it: lab-1, lab-2 and lab-3 (label node.kubernetes.io/exclude-from-external-load-balancers)
      kubectl label node lab-1 lab-2 lab-3 node.kubernetes.io/exclude-from-external-load-balancers-
    ");
}

#[test]
fn the_exclude_label_can_be_ignored() {
    let mut lab = Lab::new();
    lab.exclude(1..=3);
    let mut speaker = sample::speaker("v0.16.2");
    speaker["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["--ignore-exclude-lb"]);
    lab.world.present.speaker = Some(seen(&speaker));
    assert_eq!(lab.hops()[6].state, State::Ok);
    lab.world.present.speaker = Some(seen(sample::speaker("v0.13.12")));
    assert_eq!(lab.hops()[6].state, State::Ok);
}

#[test]
fn node_selectors_that_select_no_node() {
    let lab = with_advertisements(&[advertisement(
        "edge",
        &json!({ "nodeSelectors": [{ "matchLabels": { "role": "edge" } }] }),
    )]);
    insta::assert_snapshot!(lab.failure(), @r"
    node: no node may announce it: lab-1, lab-2 and lab-3 (the advertisement's nodeSelectors do not select it)
      kubectl -n metallb-system get l2advertisements -o yaml
    ");
}

#[test]
fn every_node_has_its_own_reason() {
    let mut lab = Lab::new();
    lab.exclude([1]);
    lab.edit_node(2, |node| {
        node["status"]["conditions"] = json!([{ "type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown" }]);
    });
    lab.edit_node(3, |node| {
        node["spec"]["taints"] = json!([{ "key": "lecture.example/staff", "effect": "NoExecute" }]);
    });
    lab.world.present.speaker_pods.truncate(2);
    insta::assert_snapshot!(lab.failure(), @r"
    node: no node may announce it: lab-1 (label node.kubernetes.io/exclude-from-external-load-balancers), lab-2 (the node is not Ready: NodeStatusUnknown), lab-3 (no speaker pod (the DaemonSet does not tolerate the node's taint lecture.example/staff))
      kubectl label node lab-1 node.kubernetes.io/exclude-from-external-load-balancers-
      kubectl -n metallb-system get pods -o wide, then describe the speaker of a node
      kubectl describe nodes
    ");
}

#[test]
fn speakers_that_are_not_ready() {
    let mut lab = Lab::new();
    for seen in &mut lab.world.present.speaker_pods {
        seen.object.status = Some(typed(&json!({ "phase": "Pending", "containerStatuses": [{
            "name": "speaker", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "waiting": { "reason": "CreateContainerConfigError", "message": "secret \"memberlist\" not found" } },
        }] })));
    }
    insta::assert_snapshot!(lab.failure(), @r#"
    node: no node may announce it: lab-1, lab-2 and lab-3 (its speaker is not ready: CreateContainerConfigError: secret "memberlist" not found)
      kubectl -n metallb-system get pods -o wide, then describe the speaker of a node
    "#);
    lab.world.present.speaker_pods.clear();
    lab.world.present.speaker = None;
    insta::assert_snapshot!(lab.failure(), @r"
    node: no node may announce it: lab-1, lab-2 and lab-3 (no speaker pod (there is no speaker DaemonSet))
      kubectl -n metallb-system get pods -o wide, then describe the speaker of a node
    ");
}

#[test]
fn a_local_policy_without_an_endpoint_on_a_node_that_may() {
    let mut lab = Lab::new();
    lab.edit(|service| service["spec"]["externalTrafficPolicy"] = json!("Local"));
    insta::assert_snapshot!(lab.hops()[6].said, @"lab-2 and lab-3 may announce it, having ready endpoints (externalTrafficPolicy Local)");
    lab.exclude([2, 3]);
    insta::assert_snapshot!(lab.failure(), @r#"
    node: externalTrafficPolicy is Local, so only a node with a ready endpoint may announce it, and none of these may: lab-2 and lab-3 (label node.kubernetes.io/exclude-from-external-load-balancers)
      kubectl -n default patch service web -p '{"spec":{"externalTrafficPolicy":"Cluster"}}'
      kubectl label node lab-2 lab-3 node.kubernetes.io/exclude-from-external-load-balancers-
    "#);
}
