//! Hop 2: is it MetalLB's to serve?

use serde_json::json;

use crate::chain::State;
use crate::chain::sample::{self, Lab, seen};

#[test]
fn a_class_of_somebody_else_is_not_served() {
    let mut lab = Lab::new();
    lab.pending();
    lab.edit(|service| service["spec"]["loadBalancerClass"] = json!("lecture.example/other"));
    insta::assert_snapshot!(lab.failure(), @r"
    class: its loadBalancerClass is lecture.example/other, and MetalLB serves those without a class here
      a Service's class cannot be changed: delete it and make it again with the right spec.loadBalancerClass, or without
    ");
}

#[test]
fn metallb_may_serve_one_class_alone() {
    let mut lab = Lab::new();
    lab.pending();
    let mut controller = sample::controller("v0.16.2");
    controller["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["--port=7472", "--lb-class=metallb"]);
    lab.world.present.controller = Some(seen(&controller));
    insta::assert_snapshot!(lab.failure(), @r"
    class: it has no loadBalancerClass, and MetalLB serves only those of class metallb here (--lb-class)
      delete it and make it again with spec.loadBalancerClass: metallb, which cannot be set later
    ");
    lab.edit(|service| service["spec"]["loadBalancerClass"] = json!("metallb"));
    assert_eq!(lab.hops()[1].state, State::Ok);
}
