//! The reports of probe against their schema.

use lab_cli::api::{Answer, Api};
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::pod;
use lab_cli::run::{Output, Run};
use lab_cli::world::{World, nodes};
use lab_plan::Exit;
use serde_json::{Value, json};

use crate::metallb_looks::as_promised;

fn web(number: usize) -> Value {
    let mut pod = pod::plain("default", &format!("web-{number}"), &nodes()[number]);
    pod["metadata"]["labels"] = json!({ "app": "web" });
    pod["status"]["podIP"] = json!(format!("10.244.{number}.9"));
    pod::backdate(&mut pod, 3_600);
    pod
}

fn stage(selector: &str) -> Api {
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web-service", "namespace": "default" },
        "spec": { "clusterIP": "10.96.0.7", "selector": { "app": selector }, "ports": [{ "port": 80, "targetPort": 80 }] },
    });
    World::default().stage([web(1), web(2), service])
}

fn told(api: &Api, lines: impl IntoIterator<Item = String>) {
    let log = format!("begin\n{}\n\nkubectl-lab-done\n", lines.into_iter().collect::<Vec<_>>().join("\n"));
    api.controller(move |store| job::live(store, |_| Fate::Writes(log.clone())));
}

fn run(api: &Api, words: &[&str]) -> Output {
    Run::verb("probe").against(api).args(["-o", "json", "web-service"]).args(words.to_vec()).run()
}

fn answer(number: u32, code: u8, text: &str) -> String {
    format!("answer {number} 1.00 1.02 {code} {text}")
}

#[test]
fn reports_of_probe_are_as_promised() {
    let mut reports = Vec::new();
    let even = stage("web");
    told(&even, (1..=20).map(|number| answer(number, 0, &format!("web-{}", number % 2 + 1))));
    reports.push((Exit::Done, run(&even, &["--count", "20"])));
    reports.push((Exit::Done, run(&even, &["--dry-run=server"])));
    reports.push((Exit::Usage, run(&even, &["--port", "9"])));

    let mixed = stage("web");
    mixed
        .on("GET /apis/networking.k8s.io/v1/namespaces/default/networkpolicies")
        .answer(Answer::status(404, "NotFound", "no"));
    let lines = [
        answer(1, 0, "web-1"),
        answer(2, 0, "nobody"),
        answer(3, 1, "wget: server returned error: HTTP/1.1 500 Oh"),
        answer(4, 143, "Terminated"),
        "skipped 5".to_owned(),
    ];
    told(&mixed, lines);
    reports.push((Exit::Negative, run(&mixed, &["--count", "6", "--node", "lab-1"])));
    reports.push((Exit::Negative, run(&stage("wbe"), &[])));
    let forbidden = stage("web");
    forbidden.deny("create", "jobs.batch", Some("default"));
    reports.push((Exit::Forbidden, run(&forbidden, &[])));
    as_promised("probe.v1.json", reports);
}
