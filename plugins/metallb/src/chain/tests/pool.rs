//! Hop 4: has a pool an address for it?

use serde_json::json;

use crate::chain::State;
use crate::chain::sample::{self, Lab, pool, seen};
use crate::services::LoadBalancer;

#[test]
fn no_pool_at_all() {
    let mut lab = Lab::new();
    lab.pending();
    lab.world.present.pools.clear();
    insta::assert_snapshot!(lab.failure(), @r"
    pool: there is no IPAddressPool, so MetalLB has no address to give
      kubectl lab metallb pool propose shows what would be free
      kubectl lab metallb pool add lecture RANGE
    ");
}

#[test]
fn a_pool_in_the_wrong_namespace() {
    let mut lab = Lab::new();
    lab.pending();
    let mut elsewhere = pool("lecture", &["172.30.0.200-172.30.0.220"]);
    elsewhere["metadata"]["namespace"] = json!("default");
    lab.world.present.pools = vec![seen(&elsewhere)];
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the only pools are in another namespace than MetalLB's own, metallb-system, and it heeds none of them: default/lecture
      make the pool again in namespace metallb-system
    ");
}

#[test]
fn a_full_pool() {
    let mut lab = Lab::new();
    lab.pending();
    lab.world.present.pools = vec![seen(pool("lecture", &["172.30.0.200/32"]))];
    lab.world.services.push(named(sample::web(), "first"));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the pool lecture has no address for it: it is full: its one address is in use
      add addresses as another pool: kubectl lab metallb pool add lecture-2 RANGE
    ");
    // Two may share the one.
    lab.annotate("metallb.io/allow-shared-ip", "lecture");
    assert_eq!(lab.hops()[3].state, State::Ok);
}

fn named(mut service: LoadBalancer, name: &str) -> LoadBalancer {
    let mut raw = service.service.raw.clone();
    raw["metadata"]["name"] = json!(name);
    service.service = seen(&raw);
    service
}

#[test]
fn a_pool_that_must_be_asked_for() {
    let mut lab = Lab::new();
    lab.pending();
    let mut reserved = pool("reserved", &["172.30.0.200-172.30.0.220"]);
    reserved["spec"]["autoAssign"] = json!(false);
    lab.world.present.pools = vec![seen(&reserved)];
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the pool reserved has no address for it: its autoAssign is false, so only Services that ask for it get an address
      kubectl -n default annotate service web metallb.io/address-pool=reserved
    ");
    lab.annotate("metallb.io/address-pool", "reserved");
    assert_eq!(lab.hops()[3].state, State::Ok);
}

#[test]
fn pools_for_others() {
    let mut lab = Lab::new();
    lab.pending();
    let allocating = |allocation: &serde_json::Value| {
        let mut pool = pool("lecture", &["172.30.0.200-172.30.0.220"]);
        pool["spec"]["serviceAllocation"] = allocation.clone();
        vec![seen(&pool)]
    };
    lab.world.present.pools = allocating(&json!({ "namespaces": ["staff"] }));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the pool lecture has no address for it: its serviceAllocation is for the namespace staff
      kubectl -n metallb-system edit ipaddresspool lecture
    ");
    lab.world.namespaces = [("course-b".to_owned(), [("course".to_owned(), "b".to_owned())].into())].into();
    lab.world.present.pools = allocating(&json!({ "namespaceSelectors": [{ "matchLabels": { "course": "b" } }] }));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the pool lecture has no address for it: its serviceAllocation is for the namespace course-b
      kubectl -n metallb-system edit ipaddresspool lecture
    ");
    lab.world.present.pools = allocating(&json!({ "serviceSelectors": [{ "matchLabels": { "tier": "edge" } }] }));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the pool lecture has no address for it: the serviceSelectors of its serviceAllocation do not select this Service's labels
      kubectl -n metallb-system edit ipaddresspool lecture
    ");
    lab.world.present.pools = allocating(&json!({ "priority": 5 }));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the pool lecture has no address for it: its serviceAllocation names neither namespaces nor Services, so it is for none that does not ask for it
      kubectl -n metallb-system edit ipaddresspool lecture
    ");
    lab.world.present.pools =
        allocating(&json!({ "namespaces": ["default"], "serviceSelectors": [{ "matchLabels": { "app": "web" } }] }));
    assert_eq!(lab.hops()[3].state, State::Ok);
}

#[test]
fn the_other_family() {
    let mut lab = Lab::new();
    lab.pending();
    lab.world.present.pools = vec![seen(pool("six", &["fd00::/120"]))];
    insta::assert_snapshot!(lab.failure(), @r"
    pool: the pool six has no address for it: it has no IPv4 address, and the Service is IPv4
      add addresses as another pool: kubectl lab metallb pool add six-2 RANGE
    ");
    lab.edit(|service| {
        service["spec"]["ipFamilies"] = json!(["IPv4", "IPv6"]);
        service["spec"]["ipFamilyPolicy"] = json!("PreferDualStack");
    });
    assert_eq!(lab.hops()[3].state, State::Ok);
    lab.edit(|service| service["spec"]["ipFamilyPolicy"] = json!("RequireDualStack"));
    assert_eq!(lab.hops()[3].state, State::Failed);
}

#[test]
fn each_of_several_pools_has_its_reason() {
    let mut lab = Lab::new();
    lab.pending();
    let mut reserved = pool("reserved", &["172.30.0.230/32"]);
    reserved["spec"]["autoAssign"] = json!(false);
    lab.world.present.pools = vec![seen(pool("six", &["fd00::/120"])), seen(&reserved)];
    insta::assert_snapshot!(lab.failure(), @r"
    pool: no pool has an address for it; six: it has no IPv4 address, and the Service is IPv4; reserved: its autoAssign is false, so only Services that ask for it get an address
      add addresses as another pool: kubectl lab metallb pool add six-2 RANGE
      kubectl -n default annotate service web metallb.io/address-pool=reserved
    ");
}

#[test]
fn a_requested_address_that_cannot_be() {
    let failure = |key: &str, value: &str| {
        let mut lab = Lab::new();
        lab.pending();
        lab.annotate(key, value);
        lab.world.services.push(named(sample::web(), "first"));
        lab.failure()
    };
    let new = "metallb.io/loadBalancerIPs";
    insta::assert_snapshot!(failure(new, "172.30.0.99"), @r"
    pool: it asks for 172.30.0.99 (metallb.io/loadBalancerIPs), which no pool holds; they hold 172.30.0.200-172.30.0.220
      kubectl -n default edit service web
    ");
    insta::assert_snapshot!(failure(new, "172.30.0.200"), @r"
    pool: it asks for 172.30.0.200 (metallb.io/loadBalancerIPs), which Service default/first has
      kubectl -n default edit service web
      or let the two share it: the same value of the annotation metallb.io/allow-shared-ip on both, and no port twice
    ");
    insta::assert_snapshot!(failure(new, "hello"), @r#"
    pool: MetalLB cannot make anything of what it asks for: metallb.io/loadBalancerIPs is "hello", which is no IP address
      kubectl -n default edit service web
    "#);
    insta::assert_snapshot!(failure("metallb.universe.tf/loadBalancerIPs", "172.30.0.99"), @r"
    pool: it asks for 172.30.0.99 (metallb.universe.tf/loadBalancerIPs), which no pool holds; they hold 172.30.0.200-172.30.0.220
      kubectl -n default edit service web
    ");
}

#[test]
fn a_requested_address_by_the_field_of_the_service() {
    let mut lab = Lab::new();
    lab.pending();
    lab.edit(|service| service["spec"]["loadBalancerIP"] = json!("172.30.0.99"));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: it asks for 172.30.0.99 (spec.loadBalancerIP), which no pool holds; they hold 172.30.0.200-172.30.0.220
      kubectl -n default edit service web
    ");
    lab.world.present.pools.push(seen(pool("six", &["fd00::/120"])));
    lab.edit(|service| service["spec"]["loadBalancerIP"] = json!("fd00::7"));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: it asks for fd00::7 (spec.loadBalancerIP), and the Service is IPv4
      kubectl -n default edit service web
    ");
}

#[test]
fn a_requested_pool_that_cannot_be() {
    let mut lab = Lab::new();
    lab.pending();
    lab.annotate("metallb.io/address-pool", "lectrue");
    insta::assert_snapshot!(lab.failure(), @r"
    pool: it asks for the pool lectrue (metallb.io/address-pool), which does not exist; there is lecture
      kubectl -n default annotate service web metallb.io/address-pool=lecture --overwrite
    ");
    lab.annotate("metallb.io/address-pool", "six");
    lab.world.present.pools.push(seen(pool("six", &["fd00::/120"])));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: it asks for the pool six (metallb.io/address-pool), and has no address for it: it has no IPv4 address, and the Service is IPv4
      add addresses as another pool: kubectl lab metallb pool add six-2 RANGE
    ");
    lab.annotate("metallb.io/loadBalancerIPs", "172.30.0.201");
    insta::assert_snapshot!(lab.failure(), @r"
    pool: it asks for 172.30.0.201 (metallb.io/loadBalancerIPs), which is in the pool lecture, and for the pool six (metallb.io/address-pool)
      kubectl -n default edit service web
    ");
}

#[test]
fn a_prefix_that_an_old_release_does_not_know_asks_for_nothing() {
    let mut lab = Lab::new();
    lab.pending();
    lab.world.present.controller = Some(seen(sample::controller("v0.13.12")));
    lab.annotate("metallb.io/loadBalancerIPs", "172.30.0.99");
    let hop = lab.hops().remove(3);
    assert_eq!(hop.state, State::Ok);
    insta::assert_snapshot!(hop.warnings.join("\n"), @"MetalLB v0.13.12 does not know the annotation metallb.io/loadBalancerIPs: before v0.14.9 the prefix is metallb.universe.tf/");
}

#[test]
fn a_deprecated_prefix_is_worth_a_word() {
    let mut lab = Lab::new();
    lab.annotate("metallb.universe.tf/loadBalancerIPs", "172.30.0.200");
    insta::assert_snapshot!(lab.hops()[3].warnings.join("\n"), @"deprecated annotation metallb.universe.tf/loadBalancerIPs: write metallb.io/ instead of metallb.universe.tf/");
}

#[test]
fn a_pool_over_a_nodes_own_address_is_worth_a_word() {
    let mut lab = Lab::new();
    lab.world.present.pools = vec![seen(pool("lecture", &["172.30.0.0/24"]))];
    insta::assert_snapshot!(lab.hops()[3].warnings.join("\n"), @"pool lecture holds nodes' own addresses, and a Service that gets one takes its node off the network: 172.30.0.2 (lab-1), 172.30.0.3 (lab-2) and 172.30.0.4 (lab-3)");
}

#[test]
fn an_address_of_somebody_else() {
    let mut lab = Lab::new();
    lab.edit(|service| {
        service["metadata"]["annotations"] = json!({});
        service["status"]["loadBalancer"]["ingress"] = json!([{ "ip": "192.168.1.7" }]);
    });
    insta::assert_snapshot!(lab.failure(), @r"
    pool: MetalLB has not given it 192.168.1.7: no pool holds that, and no annotation of MetalLB's is on it
      see who has, with: kubectl -n default get service web -o yaml --show-managed-fields
    ");
}

#[test]
fn an_address_whose_pool_is_gone() {
    let mut lab = Lab::new();
    lab.world.present.pools = vec![seen(pool("other", &["10.0.0.0/24"]))];
    insta::assert_snapshot!(lab.failure(), @r"
    pool: it has 172.30.0.200 from the pool lecture, and no pool holds that any more; a running controller takes it away
      kubectl -n metallb-system get ipaddresspools
    ");
    lab.world.present.controller = Some(seen(sample::controller("v0.13.12")));
    insta::assert_snapshot!(lab.failure(), @r"
    pool: it has 172.30.0.200 from the pool lecture, and no pool holds that any more; before 0.14 MetalLB goes on with it until its controller is restarted
      kubectl -n metallb-system rollout restart deployment controller
    ");
}
