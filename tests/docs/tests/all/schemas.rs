use std::collections::BTreeSet;
use std::fs;

use jsonschema::Validator;
use lab_cli::api::Api;
use lab_cli::objects::certificate_request::of_kubelet;
use lab_cli::objects::{MetricsServer, helm};
use lab_cli::run::{Output, Run};
use lab_cli::world::{Kubelets, Trouble, World, nodes};
use lab_docs::seen::{met, promised};
use lab_plan::Exit;
use lab_workspace::built::{binaries, workspace};
use serde_json::{Value, json};

pub(super) fn schema(name: &str) -> Value {
    let path = workspace().join("schemas").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(super) fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn objections(validator: &Validator, document: &Value) -> String {
    let line = |error: jsonschema::ValidationError<'_>| format!("at {}: {error}\n", error.instance_path());
    validator.iter_errors(document).map(line).collect()
}

#[test]
fn the_schemas_are_schemas() {
    let mut count = 0;
    for file in fs::read_dir(workspace().join("schemas")).expect("there are schemas") {
        let name = file.expect("a file").file_name().to_string_lossy().into_owned();
        let schema = schema(&name);
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        no_object_is_open(&name, &schema);
        count += 1;
    }
    assert!(count >= 3);
}

/// A property that is in no schema must not pass unseen.
fn no_object_is_open(place: &str, schema: &Value) {
    match schema {
        Value::Object(fields) => {
            let declares = fields.get("type").is_some_and(|kind| kind == "object");
            assert!(!declares || fields.get("additionalProperties") == Some(&json!(false)), "{place} is open");
            fields.iter().for_each(|(key, value)| no_object_is_open(&format!("{place}/{key}"), value));
        }
        Value::Array(items) => items.iter().for_each(|item| no_object_is_open(place, item)),
        _ => {}
    }
}

#[test]
fn results_and_codes_are_those_of_the_verbs() {
    let results = Exit::ALL.map(|exit| serde_json::to_value(exit).expect("a word")).to_vec();
    let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).filter(|code| *code != 0).collect();
    for name in ["metrics-fix.v1.json", "undo.v1.json"] {
        let schema = schema(name);
        assert_eq!(schema["properties"]["result"]["enum"], Value::from(results.clone()), "{name}");
        assert_eq!(schema["$defs"]["error"]["properties"]["exitCode"]["enum"], Value::from(codes.clone()), "{name}");
    }
    let fix = <metrics_fix::MetricsFix as lab::Verb>::ALLOWS;
    let undo = <undo::Undo as lab::Verb>::ALLOWS;
    for (name, allows) in [("metrics-fix.v1.json", fix), ("undo.v1.json", undo)] {
        let allowed: Vec<&str> = allows.iter().map(|(code, _)| *code).collect();
        let schema = schema(name);
        assert_eq!(schema["$defs"]["refusal"]["properties"]["allowedBy"]["enum"], Value::from(allowed), "{name}");
    }
}

#[test]
fn a_document_that_drifts_is_noticed() {
    let validator = validator(&schema("metrics-fix.v1.json"));
    let good = json!({
        "apiVersion": "lab/v1", "kind": "MetricsFixReport", "result": "usage", "dryRun": "none", "steps": [],
        "error": { "message": "could not", "hints": [], "missingRights": [], "exitCode": 2 },
    });
    assert_eq!(objections(&validator, &good), "");
    for (pointer, value) in [
        ("/result", json!("done")),
        ("/error/exitCode", json!(0)),
        ("/steps", json!([{}])),
        ("/apiVersion", json!("lab/v2")),
        ("/error", json!({ "message": "could not", "hints": [], "missingRights": [], "exitCode": 2, "new": 1 })),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("it is there") = value;
        assert_ne!(objections(&validator, &bad), "", "{pointer}");
    }
}

/// Runs of the built verb whose reports together have everything that the schema speaks of.
fn reports() -> Vec<(Exit, Output)> {
    let just_applied = || World::default().stage(MetricsServer::default().objects());
    let by_helm = || World::default().stage(helm::release("lecture", "monitoring").objects());
    let run = |api: &Api, words: &[&str]| {
        Run::verb("metrics-fix").against(api).args(["-o", "json"]).args(words.to_vec()).run()
    };
    let mut reports = Vec::new();

    let closed = "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n\
                  clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: a, user: {token: x}}]\n";
    let unreachable = Run::verb("metrics-fix").kubeconfig(closed).args(["-o", "json"]).run();
    reports.push((Exit::Unreachable, unreachable));
    let no_context = Run::verb("metrics-fix").kubeconfig(closed).args(["-o", "json", "--context", "b"]).run();
    reports.push((Exit::Usage, no_context));

    let api = just_applied();
    reports.push((Exit::Done, run(&api, &["--dry-run=server"])));
    reports.push((Exit::Done, run(&api, &[])));
    reports.push((Exit::Done, run(&api, &[])));
    let api = just_applied();
    api.deny("patch", "deployments.apps", Some("kube-system"));
    reports.push((Exit::Forbidden, run(&api, &[])));
    let silent = World::in_trouble(Trouble::Silent).stage(MetricsServer::default().objects());
    reports.push((Exit::TimedOut, run(&silent, &["--timeout", "2s"])));
    let scaled_down = MetricsServer { replicas: 0, ..MetricsServer::default() };
    reports.push((Exit::Done, run(&World::default().stage(scaled_down.objects()), &["--dry-run=client"])));

    reports.push((Exit::Refused, run(&by_helm(), &[])));
    reports.push((Exit::Failed, run(&World::default().stage([]), &[])));
    reports.push((Exit::Done, install()));
    reports.push((Exit::Done, approve(&["--secure", "--dry-run=client"])));
    reports.push((Exit::Failed, approve(&[])));
    reports
}

fn install() -> Output {
    let api = World::default().stage([]);
    let run = Run::verb("metrics-fix").against(&api);
    let objects: Vec<String> = MetricsServer::default().objects().iter().map(without_status).collect();
    fs::write(run.home().join("manifest.yaml"), objects.join("---\n")).expect("a manifest");
    run.args(["-o", "json", "--install", "--manifest", "manifest.yaml", "--dry-run=client"]).run()
}

/// JSON is YAML.
pub(super) fn without_status(object: &Value) -> String {
    let mut object = object.clone();
    object.as_object_mut().expect("an object").remove("status");
    format!("{object}\n")
}

/// One kubelet's request is right, another's asks for a stranger's address.
fn approve(words: &[&str]) -> Output {
    let nodes = nodes();
    let mut wrong = of_kubelet(&nodes[1]);
    wrong.addresses = vec!["192.0.2.1".into()];
    let requests = [of_kubelet(&nodes[0]).object(), wrong.object()];
    let world = World::with_kubelets(Kubelets::Bootstrap);
    let api = world.stage(MetricsServer::default().objects().into_iter().chain(requests));
    Run::verb("metrics-fix").against(&api).args(["-o", "json"]).args(words.to_vec()).run()
}

#[test]
fn reports_of_metrics_fix_are_as_promised() {
    let schema = schema("metrics-fix.v1.json");
    let validator = validator(&schema);
    let mut never_met = promised(&schema);
    for (exit, output) in reports() {
        assert_eq!(output.code, Some(i32::from(exit.code())), "{output}");
        let document = output.json();
        assert_eq!(objections(&validator, &document), "", "{output}");
        assert_eq!(document["result"], serde_json::to_value(exit).expect("a word"), "{output}");
        never_met = &never_met - &met(&schema, &document);
    }
    assert_eq!(never_met, BTreeSet::new(), "the schema speaks of what is never printed");
}

#[test]
fn yaml_is_the_same_document() {
    let api = World::default().stage(MetricsServer::default().objects());
    let run = |format: &str| Run::verb("metrics-fix").against(&api).args(["-o", format, "--dry-run=client"]).run();
    let (json, yaml) = (run("json").succeeds(), run("yaml").succeeds());
    let yaml: Value = serde_saphyr::from_str(&yaml.stdout).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(json.json(), yaml);
}

#[test]
fn reports_of_version_are_as_promised() {
    let schema = schema("version.v1.json");
    let validator = validator(&schema);
    let mut never_met = promised(&schema);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let lab = binaries().expect("they build").join("kubectl-lab");
    fs::hard_link(&lab, folder.path().join("kubectl-lab")).expect("a link");
    fs::write(folder.path().join("kubectl-lab-more"), "not executable").expect("a file");

    let beside = Run::lab().args(["version", "-o", "json"]);
    // A file that cannot be run, and this one off PATH or behind the other.
    let path = folder.path().display().to_string();
    let odd = Run::program(folder.path().join("kubectl-lab")).env("PATH", path.clone()).args(["version", "-o", "json"]);
    let behind = Run::lab().env("PATH", path).args(["version", "-o", "json"]);
    for run in [beside, odd, behind] {
        let output = run.run();
        let document = output.json();
        assert_eq!(objections(&validator, &document), "", "{output}");
        let code = if document["verdict"] == "same" { 0 } else { 3 };
        assert_eq!(output.code, Some(code), "{output}");
        never_met = &never_met - &met(&schema, &document);
    }
    assert_eq!(never_met, BTreeSet::new(), "the schema speaks of what is never printed");
}
