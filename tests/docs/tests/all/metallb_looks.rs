//! The reports of `metallb status` and `metallb verify` against their schemas.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use lab_cli::api::Api;
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::metallb::{self, MetalLb};
use lab_cli::objects::pod;
use lab_cli::run::{Output, Run};
use lab_cli::world::{World, nodes};
use lab_docs::seen::{met, promised};
use lab_plan::Exit;
use serde_json::{Value, json};

use super::schemas::{objections, schema, validator};

const FIRST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

pub(super) fn run(api: &Api, words: &[&str]) -> Output {
    Run::verb("metallb").against(api).args(words.to_vec()).args(["-o", "json"]).run()
}

/// MetalLB with the lecture's pool, a node that may not announce, and Service default/web before a pod.
fn stage(port: u16) -> Api {
    let metallb = MetalLb::default();
    let mut web = metallb::balanced("default", "web");
    web["spec"]["ports"] = json!([{ "port": port, "nodePort": 31_080 }]);
    let mut work = pod::plain("default", "web-1", &nodes()[1]);
    work["metadata"]["labels"] = json!({ "app": "web" });
    let configuration = [
        metallb.pool("lecture", &["127.0.0.2-127.0.0.9", "fd00::/120"]),
        metallb.advertisement("external-access", &["lecture"]),
        web,
        work,
    ];
    let api = World::default().stage(metallb.objects().into_iter().chain(configuration));
    api.change(|store| {
        store.edit("nodes", "lab-3", |node| {
            node["metadata"]["labels"]["node.kubernetes.io/exclude-from-external-load-balancers"] = json!("");
        });
    });
    lab_cli::world::metallb::live(&api);
    let told = format!("http://127.0.0.2:{port}/ 0\n\nkubectl-lab-done\n");
    api.controller(move |store| job::live(store, |_| Fate::Writes(told.clone())));
    api
}

pub(super) fn web_server() -> u16 {
    let listener = TcpListener::bind((FIRST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    port
}

/// Every property of the schema is met in these, and nothing else.
pub(super) fn as_promised(name: &str, reports: Vec<(Exit, Output)>) {
    as_promised_but(&[], name, reports);
}

/// The same where the definitions of these names are met elsewhere.
pub(super) fn as_promised_but(elsewhere: &[&str], name: &str, reports: Vec<(Exit, Output)>) {
    let schema = schema(name);
    let validator = validator(&schema);
    let mut never_met = promised(&schema);
    for (exit, output) in reports {
        assert_eq!(output.code, Some(i32::from(exit.code())), "{output}");
        let document = output.json();
        assert_eq!(objections(&validator, &document), "", "{output}");
        assert_eq!(document["result"], serde_json::to_value(exit).expect("a word"), "{output}");
        never_met = &never_met - &met(&schema, &document);
    }
    let is_elsewhere = |place: &str, name: &&str| {
        place.starts_with(&format!("#/$defs/{name}/")) || place == format!("#/properties/{name}")
    };
    never_met.retain(|place| !elsewhere.iter().any(|name| is_elsewhere(place, name)));
    assert_eq!(never_met, BTreeSet::new(), "the schema speaks of what is never printed");
}

#[test]
fn reports_of_status_are_as_promised() {
    let api = stage(80);
    api.change(|store| {
        let mut asks = metallb::balanced("lecture", "asks");
        asks["spec"]["loadBalancerClass"] = json!("lecture.example/other");
        store.put(asks);
        store.edit("servicel2statuses.metallb.io", "metallb-system/l2-web", |status| {
            status["status"]["interfaces"] = json!([{ "name": "eth0" }]);
        });
        store.put(metallb::pool("spare", &["10.0.0.0/30"]));
    });
    api.controller(|store| {
        // A deprecated annotation, which MetalLB heeds.
        if let Some(web) = store.get("services", "default/web")
            && web["metadata"]["annotations"]["metallb.universe.tf/loadBalancerIPs"].is_null()
        {
            store.edit("services", "default/web", |web| {
                web["metadata"]["annotations"]["metallb.universe.tf/loadBalancerIPs"] = json!("127.0.0.2");
            });
        }
    });
    let nothing = World::default().stage([]);
    let forbidden = stage(80);
    forbidden.deny("list", "nodes", None);
    as_promised(
        "metallb-status.v1.json",
        vec![
            (Exit::Done, run(&api, &["status"])),
            (Exit::Done, run(&nothing, &["status"])),
            (Exit::Forbidden, run(&forbidden, &["status"])),
        ],
    );
}

#[test]
fn reports_of_verify_are_as_promised() {
    let port = web_server();
    let api = stage(port);
    let mut reports = vec![
        (Exit::Done, run(&api, &["verify", "web", "--dry-run=client"])),
        (Exit::Done, run(&api, &["verify", "web", "--dry-run=server", "--from", "pod"])),
        (Exit::Done, run(&api, &["verify", "web", "--from", "pod,node,here"])),
        (Exit::Negative, run(&api, &["verify", "wbe"])),
        (Exit::Usage, run(&api, &["verify", "web", "--port", "9"])),
    ];
    // This machine is one of the nodes, and its Service uses an annotation of old.
    api.change(|store| {
        store.edit("nodes", "lab-1", |node| node["status"]["addresses"][0]["address"] = json!("127.0.0.1"));
        store.edit("services", "default/web", |web| {
            web["metadata"]["annotations"]["metallb.universe.tf/loadBalancerIPs"] = json!("127.0.0.2");
        });
    });
    reports.push((Exit::Done, run(&api, &["verify", "web", "--from", "here"])));
    as_promised("metallb-verify.v1.json", reports);
}

#[test]
fn the_hops_of_both_are_the_same() {
    let (status, verify) = (schema("metallb-status.v1.json"), schema("metallb-verify.v1.json"));
    let hops = |schema: &Value, place: &str| schema.pointer(place).and_then(Value::as_array).cloned().expect("hops");
    let of_status = hops(&status, "/$defs/service/properties/failure/properties/hop/enum");
    let of_verify = hops(&verify, "/$defs/hop/properties/hop/enum");
    assert!(of_verify.starts_with(&of_status), "{of_status:?} {of_verify:?}");
}
