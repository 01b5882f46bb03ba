//! The reports of traffic against their schema.

use lab_cli::api::{Answer, Api, clock};
use lab_cli::objects::pod;
use lab_cli::run::{Output, Run};
use lab_cli::world::nodes;
use lab_plan::Exit;
use serde_json::{Value, json};

use crate::metallb_looks::as_promised;
use crate::schemas::{objections, schema, validator};

const ACCESS: &str = r#"10.244.2.9 - - [27/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "Wget""#;

/// A pod on each of two nodes; the third node has none.
fn stage() -> Api {
    let api = Api::with(nodes());
    let web = |number: usize| {
        let mut web = pod::plain("default", &format!("web-{number}"), &nodes()[number]);
        pod::backdate(&mut web, 3_600);
        web
    };
    api.change(|store| store.put_all([web(0), web(1)]));
    api
}

fn metrics(at: u64, bytes: u64) -> Answer {
    let names = ["receive_bytes", "transmit_bytes", "receive_packets", "transmit_packets"];
    let line = |name| {
        format!(r#"container_network_{name}_total{{interface="eth0",namespace="default",pod="web-0"}} {bytes} {at}"#)
    };
    Answer::raw(200, "text/plain", &names.map(line).join("\n"))
}

fn summary() -> Answer {
    let pod = json!({ "podRef": { "name": "web-0", "namespace": "default" }, "startTime": clock::ago(600) });
    Answer::json(200, &json!({ "pods": [pod] }))
}

fn run(api: &Api, words: &[&str]) -> Output {
    Run::verb("traffic").against(api).args(["--interval", "1s", "-o", "json"]).args(words.to_vec()).run()
}

/// One pod is measured, packets and requests too; the other's node is dead.
fn measured() -> Output {
    let api = stage();
    api.on("GET /api/v1/nodes/lab-1/proxy/metrics/cadvisor").first(1).answer(metrics(1_000, 100));
    api.on("GET /api/v1/nodes/lab-1/proxy/metrics/cadvisor").answer(metrics(6_000, 600));
    api.on("GET /api/v1/nodes/lab-2/proxy/metrics/cadvisor").answer(Answer::gateway(502));
    api.after("GET /api/v1/namespaces/default/pods").nth(2).then(|store, _| {
        store.log("default/web-0", "web-0", &format!("{ACCESS}\n"));
    });
    run(&api, &["--packets", "--requests"])
}

#[test]
fn reports_of_traffic_are_as_promised() {
    let empty = Api::with(nodes());
    let forbidden = stage();
    forbidden.deny("get", "nodes/proxy", None);
    forbidden.deny("get", "pods/exec", Some("default"));
    let unknown = stage();
    for node in ["lab-1", "lab-2"] {
        unknown.on(&format!("GET /api/v1/nodes/{node}/proxy/stats/summary")).answer(summary());
        unknown.on(&format!("GET /api/v1/nodes/{node}/proxy/metrics/cadvisor")).answer(Answer::raw(
            200,
            "text/plain",
            "",
        ));
    }
    for pod in ["web-0", "web-1"] {
        unknown.on(&format!("GET /api/v1/namespaces/default/pods/{pod}/exec")).answer(Answer::status(
            500,
            "InternalError",
            "no container",
        ));
    }
    as_promised(
        "traffic.v1.json",
        vec![
            (Exit::Done, measured()),
            (Exit::Done, run(&empty, &[])),
            (Exit::Done, run(&unknown, &["--for", "0"])),
            (Exit::Forbidden, run(&forbidden, &[])),
            (Exit::Failed, run(&empty, &["nobody"])),
        ],
    );
}

#[test]
fn each_line_of_a_watch_is_such_a_report() {
    let output = run(&Api::with(nodes()), &["--watch", "--for", "1s"]).succeeds();
    let validator = validator(&schema("traffic.v1.json"));
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.len() >= 2, "{output}");
    for line in lines {
        assert_eq!(objections(&validator, &line), "", "{line}");
    }
}
