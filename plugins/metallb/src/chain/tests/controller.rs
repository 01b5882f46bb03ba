//! Hop 3: does MetalLB run?

use serde_json::json;

use crate::chain::State;
use crate::chain::sample::{self, Lab, seen};

#[test]
fn without_metallb_nothing_is_given() {
    let mut lab = Lab::new();
    lab.pending();
    lab.world.present = crate::present::Present::default();
    insta::assert_snapshot!(lab.failure(), @r"
    controller: MetalLB is not installed
      kubectl lab metallb install
    ");
    lab.world.present.kinds = true;
    insta::assert_snapshot!(lab.failure(), @r"
    controller: MetalLB is here by halves: there is no Deployment of its controller (label app=metallb)
      kubectl lab metallb install
    ");
}

#[test]
fn a_controller_that_does_not_run_is_the_cause_only_where_an_address_is_missing() {
    let mut lab = Lab::new();
    let mut controller = sample::controller("v0.16.2");
    controller["spec"]["replicas"] = json!(0);
    lab.world.present.controller = Some(seen(&controller));
    let hop = lab.hops().remove(2);
    assert_eq!(hop.state, State::Ok);
    insta::assert_snapshot!(hop.warnings.join("\n"), @"MetalLB's controller does not run (it is scaled to 0): addresses that are given stay, new ones are not given");
    lab.pending();
    insta::assert_snapshot!(lab.failure(), @r"
    controller: MetalLB's controller gives no address: it is scaled to 0
      kubectl -n metallb-system scale deployment controller --replicas=1
    ");
}

#[test]
fn a_controller_whose_pod_does_not_start_says_why() {
    let mut lab = Lab::new();
    lab.pending();
    let mut controller = sample::controller("v0.16.2");
    controller["status"] = json!({});
    lab.world.present.controller = Some(seen(&controller));
    let mut pod = sample::pod("metallb-system", "controller-1", "lab-2", &json!({}));
    pod["status"] = json!({ "phase": "Pending", "containerStatuses": [{
        "name": "controller", "image": "", "imageID": "", "ready": false, "restartCount": 0,
        "state": { "waiting": { "reason": "ImagePullBackOff", "message": "Back-off pulling image" } },
    }] });
    lab.world.present.controller_pods = vec![seen(&pod)];
    insta::assert_snapshot!(lab.failure(), @r"
    controller: MetalLB's controller gives no address: pod controller-1: ImagePullBackOff: Back-off pulling image
      kubectl -n metallb-system describe pod controller-1
    ");
    lab.world.present.controller_pods.clear();
    insta::assert_snapshot!(lab.failure(), @r"
    controller: MetalLB's controller gives no address: it has no pod
      kubectl -n metallb-system describe deployment controller
    ");
}

#[test]
fn speakers_of_another_version_and_an_invalid_configuration_are_worth_a_word() {
    let mut lab = Lab::new();
    lab.world.present.speaker = Some(seen(sample::speaker("v0.15.3")));
    lab.world.present.configuration_states = vec![seen(json!({
        "metadata": { "name": "controller" },
        "status": { "result": "Invalid", "errorSummary": "peer lecture has no myASN\nand more" },
    }))];
    insta::assert_snapshot!(lab.hops()[2].warnings.join("\n"), @r"
    the controller is of version v0.16.2, the speakers of v0.15.3
    MetalLB cannot use its configuration (controller): peer lecture has no myASN and more
    ");
}
