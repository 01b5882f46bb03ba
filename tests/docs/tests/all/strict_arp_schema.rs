//! The reports of strict-arp against their schema.

use std::collections::BTreeSet;
use std::fs;

use lab_cli::api::{Answer, Api};
use lab_cli::objects::{Asked, KubeProxy};
use lab_cli::run::{Output, Run};
use lab_cli::world::nodes;
use lab_docs::seen::{met, promised};
use lab_plan::Exit;
use lab_workspace::built::workspace;
use serde_json::{Value, json};

fn run(api: &Api, words: &[&str]) -> Output {
    Run::verb("strict-arp").against(api).args(["-o", "json"]).args(words.to_vec()).run()
}

fn reports() -> Vec<(Exit, Output)> {
    let stage = |proxy: KubeProxy| proxy.stage(nodes().into_iter().take(2));
    let ipvs = || KubeProxy::in_mode("ipvs");
    let closed = "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n\
                  clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: a, user: {token: x}}]\n";
    let unreachable = Run::verb("strict-arp").kubeconfig(closed).args(["-o", "json"]).run();
    let mut reports = vec![(Exit::Unreachable, unreachable)];

    let api = stage(KubeProxy::in_mode("iptables"));
    for words in [&["status"][..], &["on", "--dry-run=server"], &["on"], &["on"]] {
        reports.push((Exit::Done, run(&api, words)));
    }
    // Somebody has edited the text: since then it is known when that was.
    let open = |text: &str| text.replace("mode:", "metricsBindAddress: 0.0.0.0:10249\nmode:");
    api.change(|store| {
        store.edit("configmaps", "kube-system/kube-proxy", |map| {
            map["data"]["config.conf"] = json!(open(map["data"]["config.conf"].as_str().unwrap_or_default()));
        });
    });
    let configz = json!({ "kubeproxy.config.k8s.io": { "IPVS": { "StrictARP": true } } });
    api.on("get /api/v1/namespaces/kube-system/pods/*/proxy/configz").answer(Answer::json(200, &configz));
    reports.push((Exit::Done, run(&api, &["status"])));

    reports.push((Exit::Done, run(&stage(ipvs()), &["on", "--dry-run=client"])));
    reports.push((Exit::Done, run(&stage(ipvs()), &["on"])));
    reports.push((Exit::Done, run(&stage(ipvs()), &["--look", "--dry-run=client"])));
    reports.push((Exit::Done, run(&stage(ipvs()), &["on", "--no-look"])));
    reports.push((Exit::Failed, run(&stage(KubeProxy { asked: Asked::Lies, ..ipvs() }), &["on"])));
    reports.push((Exit::Failed, run(&stage(KubeProxy { dies: true, ..ipvs() }), &["on"])));
    reports.push((Exit::Refused, run(&stage(KubeProxy { running: "iptables", ..ipvs() }), &["on"])));
    reports.push((Exit::Failed, run(&Api::with(nodes()), &["on"])));
    let api = stage(ipvs());
    api.deny("patch", "daemonsets.apps", Some("kube-system"));
    reports.push((Exit::Forbidden, run(&api, &["on"])));
    reports
}

#[test]
fn reports_of_strict_arp_are_as_promised() {
    let path = workspace().join("schemas").join("strict-arp.v1.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("a schema")).expect("JSON");
    let allowed = <strict_arp::StrictArp as lab::Verb>::ALLOWS.iter().map(|(code, _)| *code).collect::<Vec<_>>();
    assert_eq!(schema["$defs"]["refusal"]["properties"]["allowedBy"]["enum"], Value::from(allowed));
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let mut never_met = promised(&schema);
    for (exit, output) in reports() {
        assert_eq!(output.code, Some(i32::from(exit.code())), "{output}");
        let mut document = output.json();
        // The port is taken out of what is compared; an address needs one.
        if let Some(server) = document.pointer_mut("/cluster/server") {
            *server = json!(server.as_str().unwrap_or_default().replace("$PORT", "1"));
        }
        let objections: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("at {}: {error}", error.instance_path())).collect();
        assert_eq!(objections, [""; 0], "{output}");
        never_met = &never_met - &met(&schema, &document);
    }
    assert_eq!(never_met, BTreeSet::new(), "the schema speaks of what is never printed");
}
