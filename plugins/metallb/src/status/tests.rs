//! What is shown, to the letter.

use lab::Report as _;
use serde_json::json;

use super::facts::Facts;
use super::report::report;
use crate::chain::sample::{Lab, advertisement, pool, seen};
use crate::present::Present;

fn shown(lab: &Lab, wide: bool) -> String {
    let facts = Facts { world: lab.world.clone(), services: vec![lab.service.clone()], chosen: false };
    report(&facts).table(wide)
}

#[test]
fn a_cluster_in_which_everything_works() {
    let mut lab = Lab::new();
    lab.exclude([1]);
    insta::assert_snapshot!(shown(&lab, false), @r"
    MetalLB v0.16.2 in namespace metallb-system, not installed by this command; controller 1/1 ready, speakers 3/3 ready

    NAME      ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY
    lecture   172.30.0.200-172.30.0.220   1      20     true   external-access

    NODE    SPEAKER     ANNOUNCES
    lab-1   speaker-1   no: label node.kubernetes.io/exclude-from-external-load-balancers
    lab-2   speaker-2   yes
    lab-3   speaker-3   yes

    NAMESPACE   NAME   ADDRESS        POOL      ANNOUNCED-BY   PORTS          WARNING
    default     web    172.30.0.200   lecture   lab-2          80:31234/TCP
    ");
    insta::assert_snapshot!(shown(&lab, true), @r"
    MetalLB v0.16.2 in namespace metallb-system, not installed by this command; controller 1/1 ready, speakers 3/3 ready

    NAME      ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY     SERVICES
    lecture   172.30.0.200-172.30.0.220   1      20     true   external-access   default/web

    NODE    SPEAKER     ANNOUNCES
    lab-1   speaker-1   no: label node.kubernetes.io/exclude-from-external-load-balancers
    lab-2   speaker-2   yes
    lab-3   speaker-3   yes

    NAMESPACE   NAME   ADDRESS        POOL      ANNOUNCED-BY   PORTS          POLICY    READY   CLASS    AGE   WARNING
    default     web    172.30.0.200   lecture   lab-2          80:31234/TCP   Cluster   2/2     <none>   10m
    ");
}

#[test]
fn everything_that_is_wrong_has_its_word() {
    let mut lab = Lab::new();
    lab.pending();
    lab.annotate("metallb.universe.tf/loadBalancerIPs", "172.30.0.99");
    lab.exclude(1..=3);
    let mut elsewhere = pool("spare", &["10.0.0.0/24"]);
    elsewhere["metadata"]["namespace"] = json!("default");
    lab.world.present.pools.push(seen(&elsewhere));
    lab.world.present.pools.push(seen(pool("wide", &["172.30.0.2-172.30.0.9"])));
    let idle = advertisement("typo", &json!({ "ipAddressPools": ["lectrue"] }));
    lab.world.present.l2_advertisements.push(seen(&idle));
    insta::assert_snapshot!(shown(&lab, false), @r"
    MetalLB v0.16.2 in namespace metallb-system, not installed by this command; controller 1/1 ready, speakers 3/3 ready

    NAME      ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY
    spare     10.0.0.0/24                 0      256    true   <none>
    lecture   172.30.0.200-172.30.0.220   0      21     true   external-access
    wide      172.30.0.2-172.30.0.9       0      8      true   <none>

    NODE    SPEAKER     ANNOUNCES
    lab-1   speaker-1   no: label node.kubernetes.io/exclude-from-external-load-balancers
    lab-2   speaker-2   no: label node.kubernetes.io/exclude-from-external-load-balancers
    lab-3   speaker-3   no: label node.kubernetes.io/exclude-from-external-load-balancers

    NAMESPACE   NAME   ADDRESS     POOL     ANNOUNCED-BY   PORTS          WARNING
    default     web    <pending>   <none>   <none>         80:31234/TCP   it asks for 172.30.0.99 (metallb.universe.tf/loadBalancerIPs), which no pool holds; they hold 172.30.0.200-172.30.0.220 and 172.30.0.2-172.30.0.9; deprecated annotation metallb.universe.tf/loadBalancerIPs: write metallb.io/ instead of metallb.universe.tf/

    warning: pool default/spare is in another namespace than MetalLB's own, metallb-system, which alone it heeds
    warning: no advertisement covers the pool wide, so no node announces its addresses; make one with: kubectl lab metallb pool add wide 172.30.0.2-172.30.0.9
    warning: L2Advertisement typo covers no pool that there is: it names lectrue
    warning: pool wide holds nodes' own addresses, and a Service that gets one takes its node off the network: 172.30.0.2 (lab-1), 172.30.0.3 (lab-2) and 172.30.0.4 (lab-3)
    warning: no node may announce an address
    ");
}

#[test]
fn without_services_or_pools_it_says_so() {
    let mut lab = Lab::new();
    lab.world.present.pools.clear();
    let facts = Facts { world: lab.world.clone(), services: Vec::new(), chosen: true };
    insta::assert_snapshot!(report(&facts).table(false), @r"
    MetalLB v0.16.2 in namespace metallb-system, not installed by this command; controller 1/1 ready, speakers 3/3 ready

    no pool; see what is free with: kubectl lab metallb pool propose

    NODE    SPEAKER     ANNOUNCES
    lab-1   speaker-1   yes
    lab-2   speaker-2   yes
    lab-3   speaker-3   yes

    no such Service of type LoadBalancer

    warning: L2Advertisement external-access covers no pool that there is: it names lecture
    ");
}

#[test]
fn without_metallb_there_is_one_line() {
    let mut lab = Lab::new();
    lab.world.present = Present::default();
    insta::assert_snapshot!(shown(&lab, false), @"MetalLB is not installed; install it with: kubectl lab metallb install");
}

#[test]
fn half_an_installation_is_shown_as_it_is() {
    let mut lab = Lab::new();
    lab.world.present.controller = None;
    lab.world.present.speaker_pods.clear();
    insta::assert_snapshot!(shown(&lab, false), @r"
    MetalLB of an unknown version in namespace metallb-system, not installed by this command; controller 0/0 ready, speakers 3/3 ready

    NAME      ADDRESSES                   USED   FREE   AUTO   ADVERTISED-BY
    lecture   172.30.0.200-172.30.0.220   1      20     true   external-access

    NODE    SPEAKER   ANNOUNCES
    lab-1   <none>    no: no speaker pod
    lab-2   <none>    no: no speaker pod
    lab-3   <none>    no: no speaker pod

    NAMESPACE   NAME   ADDRESS        POOL      ANNOUNCED-BY   PORTS          WARNING
    default     web    172.30.0.200   lecture   lab-2          80:31234/TCP   MetalLB is here by halves: there is no Deployment of its controller (label app=metallb)
    ");
}
