use std::collections::BTreeSet;
use std::fs;

use lab_cli::api::Api;
use lab_cli::objects::{KubeProxy, MetricsServer};
use lab_cli::run::{Output, Run};
use lab_cli::world::{World, nodes};
use lab_docs::seen::{met, promised};
use lab_plan::Exit;
use serde_json::{Value, json};

use super::schemas::{objections, schema, validator, without_status};

fn just_applied() -> Api {
    World::default().stage(MetricsServer::default().objects())
}

fn fix(api: &Api) {
    Run::verb("metrics-fix").against(api).run().succeeds();
}

fn undo(api: &Api, words: &[&str]) -> Output {
    Run::verb("undo").against(api).args(["-o", "json"]).args(words.to_vec()).run()
}

/// Runs of the built verb whose reports together have everything that the schema speaks of.
fn reports() -> Vec<(Exit, Output)> {
    let mut reports = Vec::new();
    let api = just_applied();
    reports.push((Exit::Done, undo(&api, &["--list"])));
    fix(&api);
    reports.push((Exit::Done, undo(&api, &["--list"])));
    reports.push((Exit::Refused, undo(&api, &["no-such-run"])));
    reports.push((Exit::Done, undo(&api, &["--last", "--dry-run=server"])));
    reports.push((Exit::Done, undo(&api, &["--last"])));
    reports.push((Exit::Done, undo(&api, &["--last"])));

    let api = just_applied();
    fix(&api);
    api.deny("patch", "deployments.apps", Some("kube-system"));
    reports.push((Exit::Forbidden, undo(&api, &["--last"])));
    reports.push((Exit::Done, of_what_somebody_else_took_back(&["--last", "--dry-run=client"])));
    reports.push((Exit::Done, of_an_installation(&["--last", "--dry-run=client"])));
    reports.push((Exit::Done, beside_what_is_no_journal(&["--last"])));
    reports.push((Exit::Done, of_a_restart(&["--last", "--dry-run=client"])));
    let api = with_a_namespace();
    api.change(|store| store.put(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "notes", "namespace": "monitoring" } })));
    reports.push((Exit::Refused, undo(&api, &["--last"])));
    reports.push((Exit::Done, undo(&api, &["--last", "--allow", "cascade"])));
    reports
}

/// kube-proxy in the mode that has to be restarted for it.
fn of_a_restart(words: &[&str]) -> Output {
    let api = KubeProxy::in_mode("ipvs").stage(nodes().into_iter().take(2));
    Run::verb("strict-arp").against(&api).args(["on"]).run().succeeds();
    undo(&api, words)
}

/// metrics-server in a namespace that was made for it.
fn with_a_namespace() -> Api {
    let api = World::default().stage([]);
    install(&api, &MetricsServer { namespace: "monitoring".into(), ..MetricsServer::default() });
    api
}

fn install(api: &Api, server: &MetricsServer) {
    let run = Run::verb("metrics-fix").against(api);
    let objects: Vec<String> = server.objects().iter().map(without_status).collect();
    fs::write(run.home().join("manifest.yaml"), objects.join("---\n")).expect("a manifest");
    run.args(["--install", "--manifest", "manifest.yaml"]).run().succeeds();
}

/// Only the journal is left to be marked.
fn of_what_somebody_else_took_back(words: &[&str]) -> Output {
    let api = just_applied();
    fix(&api);
    api.change(|store| {
        store.edit("deployments.apps", "kube-system/metrics-server", |deployment| {
            let args = deployment["spec"]["template"]["spec"]["containers"][0]["args"].as_array_mut();
            args.expect("arguments").pop();
        })
    });
    undo(&api, words)
}

fn of_an_installation(words: &[&str]) -> Output {
    let api = World::default().stage([]);
    install(&api, &MetricsServer::default());
    undo(&api, words)
}

fn beside_what_is_no_journal(words: &[&str]) -> Output {
    let labels = json!({ "app.kubernetes.io/managed-by": "kubectl-lab", "kubectl-lab/state": "closed" });
    let metadata = json!({ "name": "kubectl-lab-x", "namespace": "default", "labels": labels });
    let api = just_applied();
    api.change(|store| store.put_all([json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata })]));
    undo(&api, words)
}

/// An output says `$RUN` for the name of a run, which is no name.
fn with_names_of_runs(output: &Output) -> Value {
    let text = output.stdout.replace("$RUN", "20261122-220000-1a2b3c");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{output}"))
}

#[test]
fn reports_of_undo_are_as_promised() {
    let schema = schema("undo.v1.json");
    let validator = validator(&schema);
    let mut never_met = promised(&schema);
    for (exit, output) in reports() {
        assert_eq!(output.code, Some(i32::from(exit.code())), "{output}");
        let document = with_names_of_runs(&output);
        assert_eq!(objections(&validator, &document), "", "{output}");
        assert_eq!(document["result"], serde_json::to_value(exit).expect("a word"), "{output}");
        never_met = &never_met - &met(&schema, &document);
    }
    assert_eq!(never_met, BTreeSet::new(), "the schema speaks of what is never printed");
}

/// What both documents have in common is described in the same words, so that one program can read both.
#[test]
fn shared_parts_are_described_alike() {
    let (undo, fix) = (schema("undo.v1.json"), schema("metrics-fix.v1.json"));
    for part in ["cluster", "plan", "count", "path", "announcement", "stepReport", "error"] {
        assert_ne!(undo["$defs"][part], Value::Null, "{part}");
        assert_eq!(undo["$defs"][part], fix["$defs"][part], "{part}");
    }
    let [places, of_fix, of_arp] = [undo, fix, schema("strict-arp.v1.json")].map(|schema| {
        let place = schema["$defs"]["change"]["properties"]["place"]["oneOf"].as_array().cloned();
        place.expect("the places of a change")
    });
    let only_of_arp = of_arp.into_iter().filter(|place| !of_fix.contains(place)).collect();
    assert_eq!(places, [of_fix.clone(), only_of_arp].concat(), "an undo changes what the others have changed");
}
