//! Somebody answers in the server's place, and faults happen to that too.

use lab_faults::{Extent, Fault, Reply, Rule};
use serde_json::json;

use crate::world::each;

const METRICS: &str = "/apis/metrics.k8s.io/v1beta1/nodes";

#[test]
fn answers_what_it_is_placed_for_and_leaves_the_rest_to_the_server() {
    each(|world| {
        world.proxy.stand_in(Rule::all().path("/apis/metrics.k8s.io/**"), |seen| {
            (seen.path == METRICS).then(|| Reply::json(200, &json!({"items": [seen.query]})))
        });
        let mut client = world.client();
        assert_eq!(client.get(&format!("{METRICS}?limit=500")).unwrap().json(), json!({"items": ["limit=500"]}));
        assert!(client.get("/apis/metrics.k8s.io/v1beta1/pods").is_some());
        assert!(client.get("/version").is_some());
        assert_eq!(world.reached(), ["GET /apis/metrics.k8s.io/v1beta1/pods", "GET /version"]);
        let served: Vec<_> = world.proxy.requests().iter().map(|seen| seen.served).collect();
        assert_eq!(served, [Some(200); 3]);
    });
}

#[test]
fn stays_when_the_rules_are_forgotten() {
    each(|world| {
        world.proxy.stand_in(Rule::all().path("/log"), |_| Some(Reply::text(503, "not yet")));
        world.proxy.reset();
        let reply = world.client().get("/log").unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (503, "not yet"));
    });
}

#[test]
fn its_answers_are_dropped_and_cut_like_the_servers() {
    each(|world| {
        world.proxy.stand_in(Rule::all().path("/log"), |_| Some(Reply::text(200, "one line and another")));
        world.proxy.rule(Rule::all().nth(1), Fault::DropReply);
        world.proxy.rule(Rule::all().nth(2), Fault::CutAfter(Extent::Bytes(3)));
        assert!(world.client().get("/log").is_none());
        let cut = world.client().get("/log").unwrap();
        assert_eq!((cut.complete, cut.body.as_str()), (false, "one"));
        assert_eq!(world.proxy.faulted().len(), 2);
        assert!(world.reached().is_empty());
    });
}
