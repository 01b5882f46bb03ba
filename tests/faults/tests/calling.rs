//! A test's own code, called at a request.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lab_faults::{Fault, Rule, Then, Victim, When};

use crate::world::{World, each};

#[test]
fn called_before_the_server_has_seen_nothing_and_after_it_has() {
    each(|world| {
        let told = Arc::new(Mutex::new(Vec::new()));
        for when in [When::Before, When::After] {
            let told = told.clone();
            world.proxy.on(Rule::writes().nth(2), when, move |seen| {
                told.lock().unwrap().push((when, seen.number, seen.served));
                Then::GoOn
            });
        }
        let mut client = world.client();
        client.post("/first");
        assert_eq!(client.post("/second").unwrap().status, 200);
        assert_eq!(*told.lock().unwrap(), [(When::Before, 2, None), (When::After, 2, Some(200))]);
    });
}

#[test]
fn code_can_drop_the_request_or_the_reply() {
    each(|world| {
        world.proxy.on(Rule::all().nth(1), When::Before, |_| Then::Drop);
        world.proxy.on(Rule::all().nth(2), When::After, |_| Then::Drop);
        assert!(world.client().post("/before").is_none());
        assert!(world.client().post("/after").is_none());
        assert_eq!(world.reached(), ["POST /after"]);
        assert_eq!(world.proxy.faulted().len(), 2);
    });
}

#[test]
fn code_that_waits_holds_up_nobody_else() {
    each(|world| {
        world.proxy.on(Rule::all().path("/slow"), When::Before, |_| {
            thread::sleep(Duration::from_millis(400));
            Then::GoOn
        });
        let mut slow = world.client();
        slow.send("GET", "/slow", &[], "");
        while world.proxy.requests().is_empty() {
            thread::sleep(Duration::from_millis(2));
        }
        assert!(world.client().get("/quick").is_some());
        assert_eq!(world.reached(), ["GET /quick"]);
        assert!(slow.reply().is_some());
    });
}

#[test]
#[should_panic(expected = "a closure of the fault proxy panicked: the fourth wall")]
fn panic_of_a_closure_comes_up_again() {
    let world = World::plain();
    world.proxy.on(Rule::all(), When::Before, |_| panic!("the fourth wall"));
    assert!(world.client().get("/").is_none());
    world.proxy.settle();
}

#[test]
fn request_goes_on_when_its_client_leaves() {
    each(|world| {
        let called = Arc::new(AtomicUsize::new(0));
        let counter = called.clone();
        world.proxy.on(Rule::all(), When::Before, move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(100));
            Then::GoOn
        });
        let mut client = world.client();
        client.send("POST", "/orphan", &[], "{}");
        while called.load(Ordering::SeqCst) == 0 {
            thread::sleep(Duration::from_millis(2));
        }
        drop(client);
        world.proxy.settle();
        assert_eq!(world.reached(), ["POST /orphan"]);
        assert_eq!(world.proxy.requests()[0].served, Some(200));
    });
}

#[test]
fn dropping_the_proxy_ends_its_threads_and_whoever_waits() {
    let world = World::tls();
    world.proxy.rule(Rule::all(), Fault::Stall);
    let mut client = world.client();
    client.send("GET", "/", &[], "");
    while world.proxy.requests().is_empty() {
        thread::sleep(Duration::from_millis(2));
    }
    let address = world.proxy.address();
    drop(world);
    assert!(client.reply().is_none());
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn victim_dies_by_kill_or_ends_by_itself() {
    use std::os::unix::process::ExitStatusExt;
    let victim = Victim::default();
    let output = victim.run(Command::new("sh").args(["-c", "echo said; exit 3"])).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b"said\n"[..]));
    assert!(!victim.kill(), "nothing runs any more");
    let killer = victim.clone();
    let killing = thread::spawn(move || {
        while !killer.kill() {
            thread::sleep(Duration::from_millis(2));
        }
    });
    let output = victim.run(Command::new("sleep").arg("600")).unwrap();
    killing.join().unwrap();
    assert_eq!(output.status.signal(), Some(9));
}
