//! Hop 6: does an advertisement cover it?

use serde_json::json;

use super::{said, with_advertisements};
use crate::chain::State;
use crate::chain::sample::{advertisement, pool, seen};

#[test]
fn no_advertisement_at_all() {
    insta::assert_snapshot!(with_advertisements(&[]).failure(), @r"
    advertisement: there is no L2Advertisement, so no node announces the addresses of the pool lecture
      kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220
    ");
}

#[test]
fn an_advertisement_for_another_pool() {
    let lab = with_advertisements(&[advertisement("external-access", &json!({ "ipAddressPools": ["staff"] }))]);
    insta::assert_snapshot!(lab.failure(), @r"
    advertisement: no advertisement covers the pool lecture, so no node announces its addresses; L2Advertisement external-access is for other pools
      kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220
    ");
    let misspelt = with_advertisements(&[advertisement("external-access", &json!({ "ipAddressPools": ["lectrue"] }))]);
    insta::assert_snapshot!(misspelt.failure(), @r"
    advertisement: L2Advertisement external-access is for the pool lectrue, which does not exist; the address is from lecture
      kubectl -n metallb-system edit l2advertisement external-access
    ");
}

#[test]
fn an_advertisement_in_the_wrong_namespace() {
    let mut elsewhere = advertisement("external-access", &json!({}));
    elsewhere["metadata"]["namespace"] = json!("default");
    insta::assert_snapshot!(with_advertisements(&[elsewhere]).failure(), @r"
    advertisement: no advertisement covers the pool lecture: MetalLB heeds only those in its own namespace, metallb-system, and default/external-access is not there
      kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220
    ");
}

#[test]
fn an_advertisement_that_selects_other_labels() {
    let selecting = json!({ "ipAddressPoolSelectors": [{ "matchLabels": { "room": "a" } }] });
    let mut lab = with_advertisements(&[advertisement("room-a", &selecting)]);
    insta::assert_snapshot!(lab.failure(), @r"
    advertisement: no advertisement covers the pool lecture, so no node announces its addresses; L2Advertisement room-a is for other pools
      kubectl lab metallb pool add lecture 172.30.0.200-172.30.0.220
    ");
    let mut labelled = pool("lecture", &["172.30.0.200-172.30.0.220"]);
    labelled["metadata"]["labels"] = json!({ "room": "a" });
    lab.world.present.pools = vec![seen(&labelled)];
    assert_eq!(lab.hops()[5].state, State::Ok);
}

#[test]
fn an_advertisement_for_other_services() {
    let selecting = json!({ "serviceSelectors": [{ "matchLabels": { "tier": "edge" } }] });
    insta::assert_snapshot!(with_advertisements(&[advertisement("edge", &selecting)]).failure(), @r"
    advertisement: L2Advertisement edge covers the pool, and its serviceSelectors do not select this Service's labels
      kubectl -n metallb-system get l2advertisement edge -o yaml
    ");
    let own = json!({ "serviceSelectors": [{ "matchLabels": { "app": "web" } }] });
    let mut lab = with_advertisements(&[advertisement("own", &own)]);
    lab.annotate("metallb.io/allow-shared-ip", "lecture");
    insta::assert_snapshot!(lab.failure(), @r"
    advertisement: it shares its address (allow-shared-ip), which MetalLB does not announce by an advertisement with serviceSelectors (own)
      kubectl -n metallb-system edit l2advertisement own
    ");
}

#[test]
fn what_bgp_announces_is_not_judged() {
    let mut lab = with_advertisements(&[]);
    lab.world.present.bgp_advertisements = vec![seen(advertisement("peers", &json!({})))];
    insta::assert_snapshot!(said(&lab.hops()[5..]), @r"
    advertisement  unproven BGPAdvertisement peers announces the pool lecture by BGP, and only layer 2 is looked at here
    node           unproven it is not layer 2 that announces it
    endpoints      ok       2 of 2 endpoints ready, on lab-2 and lab-3
    announced      unproven it is not layer 2 that announces it
    ");
}
