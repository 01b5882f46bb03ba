//! Every way in which a Service is known to fail, made by hand, and the hop that is named; the ways of each hop in a file
//! of its own.

mod address;
mod advertisement;
mod announced;
mod class;
mod controller;
mod endpoints;
mod node;
mod pool;
mod service;

use super::sample::{Lab, seen};
use super::{Hop, State};
use crate::resources::L2Advertisement;

fn said(hops: &[Hop]) -> String {
    hops.iter().map(|hop| format!("{:14} {:8} {}\n", hop.id.words(), hop.state.words(), hop.said)).collect()
}

fn with_advertisements(advertisements: &[serde_json::Value]) -> Lab {
    let mut lab = Lab::new();
    lab.world.present.l2_advertisements = advertisements.iter().map(seen::<L2Advertisement>).collect();
    lab.service.announcers.clear();
    lab
}

#[test]
fn a_service_that_works_passes_every_hop() {
    insta::assert_snapshot!(said(&Lab::new().hops()), @r"
    service        ok       type LoadBalancer, port 80/TCP
    class          ok       no loadBalancerClass: MetalLB serves it
    controller     ok       MetalLB v0.16.2, its controller runs
    pool           ok       lecture: 172.30.0.200-172.30.0.220, 1 used, 20 free
    address        ok       172.30.0.200 from the pool lecture
    advertisement  ok       L2Advertisement external-access covers the pool lecture
    node           ok       lab-1, lab-2 and lab-3 may announce it
    endpoints      ok       2 of 2 endpoints ready, on lab-2 and lab-3
    announced      ok       by lab-2
    ");
    assert!(Lab::new().hops().iter().all(|hop| hop.warnings.is_empty()));
}

#[test]
fn what_lies_behind_the_first_failure_is_not_looked_at() {
    let mut lab = Lab::new();
    lab.world.present.l2_advertisements.clear();
    let states: Vec<State> = lab.hops().iter().map(|hop| hop.state).collect();
    use State::{Failed, NotLookedAt, Ok};
    assert_eq!(states, [Ok, Ok, Ok, Ok, Ok, Failed, NotLookedAt, NotLookedAt, NotLookedAt]);
}
