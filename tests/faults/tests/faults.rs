//! Each fault: what the client gets, and what reached the server.

use std::thread;
use std::time::{Duration, Instant};

use lab_faults::{Answer, Extent, Fault, Rule};

use crate::upstream::event;
use crate::world::{World, each};

#[test]
fn dropped_request_never_reaches_the_server() {
    each(|world| {
        world.proxy.rule(Rule::writes().nth(2), Fault::DropRequest);
        let mut client = world.client();
        assert!(client.post("/first").is_some());
        assert!(client.get("/read").is_some());
        assert!(client.post("/second").is_none());
        assert!(world.client().post("/third").is_some());
        assert_eq!(world.reached(), ["POST /first", "GET /read", "POST /third"]);
        let faulted = world.proxy.faulted();
        assert_eq!(faulted.len(), 1);
        assert_eq!((faulted[0].number, faulted[0].served, faulted[0].status), (3, None, None));
    });
}

#[test]
fn lost_reply_is_of_a_request_that_was_carried_out() {
    each(|world| {
        world.proxy.rule(Rule::writes().nth(1), Fault::DropReply);
        assert!(world.client().post("/first").is_none());
        assert!(world.client().post("/second").is_some());
        assert_eq!(world.reached(), ["POST /first", "POST /second"]);
        let faulted = world.proxy.faulted();
        assert_eq!((faulted[0].served, faulted[0].status), (Some(200), None));
    });
}

#[test]
fn answers_are_given_in_the_servers_place() {
    let webhook = "l2advertisementvalidationwebhook.metallb.io";
    each(|world| {
        let path = "/apis/apps/v1/namespaces/a/deployments/web";
        for (answer, code, text) in [
            (Answer::Conflict, 409, "Operation cannot be fulfilled on deployments.apps \\\"web\\\": "),
            (Answer::AlreadyExists, 409, "deployments.apps \\\"web\\\" already exists"),
            (Answer::Expired, 410, "too old resource version"),
            (Answer::TooManyRequests { retry_after: 3 }, 429, "\"retryAfterSeconds\":3"),
            (Answer::Overloaded { retry_after: 3 }, 429, "Too many requests, please try again later.\n"),
            (Answer::WebhookFailed { webhook: webhook.into() }, 500, "Internal error occurred: failed calling webhook"),
            (Answer::Unavailable, 503, "ServiceUnavailable"),
        ] {
            world.proxy.reset();
            world.proxy.rule(Rule::all().path("/apis/apps/**").nth(1), Fault::Answer(answer));
            let mut client = world.client();
            client.send("PATCH", path, &[], "{}");
            let reply = client.reply().unwrap();
            assert_eq!(reply.status, code);
            assert!(reply.complete && reply.body.contains(text), "{}", reply.body);
            assert_eq!(reply.header("retry-after"), if code == 429 { Some("3") } else { None });
            // The connection goes on.
            assert_eq!(client.get("/version").unwrap().status, 200);
        }
        assert!(world.reached().iter().all(|line| line == "GET /version"));
    });
}

#[test]
fn stalled_request_goes_on_after_its_time() {
    each(|world| {
        world.proxy.rule(Rule::all().nth(1), Fault::StallFor(Duration::from_millis(300)));
        let started = Instant::now();
        assert_eq!(world.client().get("/slow").unwrap().status, 200);
        assert!(started.elapsed() >= Duration::from_millis(300));
    });
}

#[test]
fn stall_lasts_until_the_client_gives_up() {
    for fault in [Fault::Stall, Fault::StallFor(Duration::from_secs(600))] {
        each(|world| {
            world.proxy.rule(Rule::all().nth(1), fault.clone());
            let mut client = world.client();
            client.send("POST", "/never", &[], "{}");
            wait_for(|| world.proxy.faulted().len() == 1);
            drop(client);
            assert!(world.client().get("/other").is_some());
            world.proxy.settle();
            assert_eq!(world.reached(), ["GET /other"]);
        });
    }
}

#[test]
fn request_whose_client_gave_up_in_a_stall_never_goes_on() {
    each(|world| {
        world.proxy.rule(Rule::all(), Fault::StallFor(Duration::from_millis(400)));
        let mut client = world.client();
        client.send("POST", "/given-up", &[], "{}");
        wait_for(|| world.proxy.faulted().len() == 1);
        drop(client);
        thread::sleep(Duration::from_millis(600));
        assert!(world.reached().is_empty());
    });
}

#[test]
fn held_reply_is_of_a_request_that_was_carried_out() {
    each(|world| {
        world.proxy.rule(Rule::all().nth(1), Fault::HoldReply);
        let mut client = world.client();
        client.send("POST", "/held", &[], "{}");
        wait_for(|| world.proxy.faulted().len() == 1);
        assert_eq!(world.reached(), ["POST /held"]);
        // Settling ends what is held.
        world.proxy.settle();
        assert!(client.reply().is_none());
    });
}

fn wait_for(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(10), "it did not happen");
        thread::sleep(Duration::from_millis(2));
    }
}

/// What is left of a watch of five events.
fn watched(world: &World, fault: Fault) -> (String, bool) {
    world.proxy.rule(Rule::watches().nth(1), fault);
    for _ in 0..5 {
        world.upstream.next_event();
    }
    let reply = world.client().get("/watch?resourceVersion=1&watch=1").unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(world.proxy.faulted().len(), 1);
    (reply.body, reply.complete)
}

#[test]
fn watch_breaks_after_so_many_events() {
    each(|world| {
        let expected = [event(1), event(2)].concat();
        assert_eq!(watched(world, Fault::CutAfter(Extent::Events(2))), (expected, false));
    });
}

#[test]
fn watch_breaks_before_its_first_event() {
    each(|world| assert_eq!(watched(world, Fault::CutAfter(Extent::Events(0))), (String::new(), false)));
}

#[test]
fn watch_breaks_within_an_event() {
    each(|world| {
        let expected = [event(1), event(2)].concat()[..event(1).len() + 7].to_owned();
        let bytes = expected.len() as u64;
        assert_eq!(watched(world, Fault::CutAfter(Extent::Bytes(bytes))), (expected, false));
    });
}

#[test]
fn watch_ends_properly_after_so_many_events() {
    each(|world| {
        let expected = [event(1), event(2), event(3)].concat();
        assert_eq!(watched(world, Fault::EndAfter(Extent::Events(3))), (expected, true));
    });
}

#[test]
fn watch_expires_in_an_event_of_its_own() {
    each(|world| {
        let (body, complete) = watched(world, Fault::ExpireAfter { events: 1 });
        assert!(complete);
        let last = body.strip_prefix(&event(1)).unwrap();
        let last: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!((&last["type"], &last["object"]["code"]), (&"ERROR".into(), &410.into()));
        assert_eq!(last["object"]["reason"], "Expired");
    });
}

#[test]
fn reply_of_known_length_is_cut_too() {
    each(|world| {
        world.proxy.rule(Rule::all().nth(1), Fault::CutAfter(Extent::Bytes(5)));
        world.proxy.rule(Rule::all().nth(2), Fault::EndAfter(Extent::Bytes(5)));
        let cut = world.client().get("/whole").unwrap();
        assert_eq!((cut.body.as_str(), cut.complete), ("GET /", false));
        let ended = world.client().get("/whole").unwrap();
        assert_eq!((ended.body.as_str(), ended.complete), ("GET /", true));
    });
}

#[test]
fn fault_that_never_came_about_is_not_counted() {
    each(|world| {
        world.proxy.rule(Rule::all(), Fault::CutAfter(Extent::Bytes(5000)));
        assert!(world.client().get("/whole").unwrap().complete);
        assert!(world.proxy.faulted().is_empty());
    });
}

#[test]
fn events_of_a_protobuf_watch_are_not_counted_by_guess() {
    each(|world| {
        world.proxy.rule(Rule::watches(), Fault::CutAfter(Extent::Events(1)));
        let reply = world.client().get("/protobuf?watch=1").unwrap();
        assert_eq!(reply.status, 501);
        assert!(world.proxy.requests()[0].trouble.is_some());
    });
}

#[test]
fn of_two_faults_the_first_ordered_happens_and_both_count() {
    each(|world| {
        world.proxy.rule(Rule::writes().first(2), Fault::Answer(Answer::Conflict));
        world.proxy.rule(Rule::writes().from(2), Fault::Answer(Answer::Unavailable));
        let mut client = world.client();
        let statuses = [(); 3].map(|()| client.post("/x").unwrap().status);
        assert_eq!(statuses, [409, 409, 503]);
    });
}
