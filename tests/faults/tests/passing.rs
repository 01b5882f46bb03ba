//! Without faults the proxy cannot be told from the server.

use std::net::TcpListener;

use lab_faults::{FaultProxy, Rule};
use serde_json::{Value, json};

use crate::client::Client;
use crate::upstream::event;
use crate::world::{World, each, kubeconfig};

#[test]
fn requests_of_one_connection_go_over_one_connection() {
    each(|world| {
        let mut client = world.client();
        for number in 1..=3 {
            let reply = client.get(&format!("/api/v1/nodes/{number}?a=b")).unwrap();
            assert_eq!(reply.status, 200);
            assert_eq!(reply.body, format!("GET /api/v1/nodes/{number}?a=b HTTP/1.1 got 0 bytes"));
            assert_eq!(reply.header("x-of-the-server"), Some("yes"));
        }
        assert!(world.upstream.reached().iter().all(|reached| reached.connection == 0));
    });
}

#[test]
fn bodies_in_pieces_pass_both_ways() {
    each(|world| {
        let mut client = world.client();
        let body = "4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n";
        client.send("PUT", "/api/v1/nodes/a", &["Transfer-Encoding: chunked", "Expect: 100-continue"], body);
        let (line, _) = (client.begin(), client.reply());
        assert_eq!(line, 100, "the client is told to go on");
        assert_eq!(world.upstream.reached()[0].body, "abcdefg");
        assert_eq!(client.get("/chunked").unwrap().body, "one two three");
        let large = "x".repeat(3_000_000);
        client.send("POST", "/large", &[], &large);
        assert!(client.reply().unwrap().body.ends_with("got 3000000 bytes"));
    });
}

#[test]
fn every_event_of_a_watch_is_passed_on_at_once() {
    each(|world| {
        let mut client = world.client();
        client.send("GET", "/watch?watch=true", &[], "");
        // The head comes before any event is there.
        assert_eq!(client.begin(), 200);
        for number in 1..=3 {
            world.upstream.next_event();
            assert_eq!(client.chunk().unwrap(), event(number));
        }
    });
}

#[test]
fn requests_are_numbered_and_recorded() {
    each(|world| {
        let mut client = world.client();
        client.get("/api/v1/nodes?limit=500");
        client.post("/api/v1/namespaces/a/configmaps?dryRun=All");
        client.send("DELETE", "/api/v1/namespaces/a/configmaps/b", &[], r#"{"dryRun":["All"]}"#);
        client.reply();
        client.send("DELETE", "/api/v1/namespaces/a/configmaps/b", &[], r#"{"dryRun":[]}"#);
        client.reply();
        let requests = world.proxy.requests();
        assert_eq!(requests.iter().map(|seen| seen.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        let first = &requests[0];
        assert_eq!(
            (first.method.as_str(), first.path.as_str(), first.query.as_str()),
            ("GET", "/api/v1/nodes", "limit=500")
        );
        assert_eq!((first.user_agent.as_str(), first.served, first.status), ("tester/1", Some(200), Some(200)));
        assert!(requests.is_sorted_by_key(|seen| seen.at));
        assert_eq!(world.proxy.count(&Rule::writes()), 1, "dry runs change nothing");
        assert_eq!(world.proxy.count(&Rule::writes().nth(7)), 1, "which of them is left out when they are counted");
        assert!(world.proxy.faulted().is_empty());
        world.proxy.reset();
        assert!(world.proxy.requests().is_empty());
        world.client().get("/");
        assert_eq!(world.proxy.requests()[0].number, 1);
    });
}

#[test]
fn a_clients_own_token_is_asked_for_without_the_proxys_certificate() {
    let world = World::tls();
    let mut client = world.client();
    client.get("/version");
    client.send("GET", "/version", &["Authorization: Bearer secret"], "");
    client.reply();
    client.get("/version");
    let reached = world.upstream.reached();
    assert_eq!(reached.iter().map(|reached| reached.certified).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(reached[1].header("authorization"), Some("Bearer secret"));

    // What the derived kubeconfig gives a client that has nothing is the proxy's own affair.
    client.send("GET", "/version", &["Authorization: Bearer of-the-fault-proxy"], "");
    client.reply();
    let last = world.upstream.reached().pop().unwrap();
    assert_eq!((last.certified, last.header("authorization")), (true, None));
}

#[test]
fn upgrades_are_refused_in_words() {
    each(|world| {
        let mut client = world.client();
        client.send("GET", "/api/v1/namespaces/a/pods/b/exec", &["Connection: Upgrade", "Upgrade: websocket"], "");
        let reply = client.reply().unwrap();
        assert_eq!(reply.status, 501);
        let message = "fault proxy: it does not do upgrades, and websocket was asked for";
        assert_eq!(reply.json()["message"], message);
        assert!(world.proxy.requests()[0].trouble.is_some());
        assert!(world.reached().is_empty());
    });
}

#[test]
fn server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = FaultProxy::start(&kubeconfig(&format!("http://{free}"), &Value::Null, &json!({}))).unwrap();
    let reply = Client::of(&proxy).get("/version").unwrap();
    assert_eq!(reply.status, 502);
    let message = reply.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&format!("could not connect to the API server at {free}")), "{message}");
}

#[test]
fn server_that_closes_the_connection_closes_the_clients() {
    each(|world| {
        assert!(world.client().get("/close").is_none());
        let seen = &world.proxy.requests()[0];
        assert!(seen.trouble.as_ref().is_some_and(|trouble| trouble.contains("closed the connection")), "{seen}");
        assert_eq!((seen.served, seen.status, seen.fault.clone()), (None, None, None));
    });
}
