use lab_cli::run::Output;
use lab_e2e::{Everything, Manifest, Stage};
use serde_json::{Value, json};

const NAMESPACE: &str = "cascades";

fn everything(stage: &Stage) -> Everything {
    Everything::of(&stage.direct()).expect("everything can be listed")
}

/// A kind that comes with the manifest.
fn kind() -> Value {
    let schema = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.cascades.example" },
        "spec": {
            "group": "cascades.example", "scope": "Namespaced",
            "names": { "plural": "widgets", "singular": "widget", "kind": "Widget" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } }],
        },
    })
}

fn of_others(api_version: &str, kind: &str, namespace: &str) -> Value {
    json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": "notes", "namespace": namespace } })
}

/// How everything was before, once the run has put its own namespace and kind into the cluster. That metrics never come
/// from nodes that are none is no matter here.
fn installed(stage: &Stage) -> Everything {
    stage.clear_journals();
    stage.kubectl(&["delete", "--ignore-not-found", "namespace", NAMESPACE]);
    stage.kubectl(&["delete", "--ignore-not-found", "crd", "widgets.cascades.example"]);
    let before = everything(stage);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("components.yaml");
    let manifest = Manifest::upstream().in_namespace(NAMESPACE).plus(kind());
    std::fs::write(&file, manifest.documents()).expect("a file");
    let file = file.to_str().expect("a path");
    let output = stage.lab(&["metrics-fix", "--install", "--manifest", file, "--timeout", "5s"]).run();
    assert_eq!(output.code, Some(4), "{output}");
    stage.eventually("the namespace has what every namespace has", |stage| {
        stage.try_kubectl(&["get", "configmap/kube-root-ca.crt", "serviceaccount/default", "-n", NAMESPACE]).ok()
    });
    before
}

fn undo(stage: &Stage, words: &[&str]) -> Output {
    stage.lab(&[&["undo", "--last"], words].concat()).run()
}

#[test]
fn what_holds_nothing_of_others_goes_with_all_that_kubernetes_keeps_in_it() {
    let stage = Stage::light();
    let before = installed(&stage);
    let output = undo(&stage, &[]).succeeds();
    let announced = format!(
        "may follow: delete CustomResourceDefinition widgets.cascades.example and Namespace {NAMESPACE} with what is left in it"
    );
    assert!(output.stderr.contains(&announced), "{output}");
    assert!(stage.try_kubectl(&["get", "namespace", NAMESPACE]).is_err(), "it was waited for: {output}");
    assert_eq!(everything(&stage).differences(&before), "", "{output}");
}

#[test]
fn what_others_have_put_into_it_is_named_and_goes_only_if_that_is_allowed() {
    let stage = Stage::light();
    let before = installed(&stage);
    stage.feed(&["create"], &of_others("v1", "ConfigMap", NAMESPACE).to_string());
    stage.feed(&["create"], &of_others("cascades.example/v1", "Widget", "default").to_string());
    let then = everything(&stage);
    let output = undo(&stage, &[]);
    assert_eq!(output.code, Some(7), "{output}");
    for told in [
        "deleting Namespace cascades would take along others' objects: ConfigMap cascades/notes\n",
        "look at it with: kubectl get configmaps -n cascades\n",
        "deleting CustomResourceDefinition widgets.cascades.example would take along others' objects: Widget default/notes\n",
        "look at it with: kubectl get widgets.cascades.example -A\n",
        "to go ahead all the same, add --allow cascade",
    ] {
        assert!(output.stderr.contains(told), "{told}\n{output}");
    }
    assert_eq!(everything(&stage).differences(&then), "", "nothing was done");
    let output = undo(&stage, &["--allow", "cascade"]).succeeds();
    assert_eq!(everything(&stage).differences(&before), "", "{output}");
}

/// A finalizer that nobody heeds: the reason is shown for as long as it lasts, and the next run waits on.
#[test]
fn what_holds_it_back_is_said() {
    let stage = Stage::light();
    let before = installed(&stage);
    let mut held = of_others("v1", "ConfigMap", NAMESPACE);
    held["metadata"]["finalizers"] = json!(["cascades.example/hold"]);
    stage.feed(&["create"], &held.to_string());
    for words in [&["--allow", "cascade", "--timeout", "12s"][..], &["--timeout", "8s"]] {
        let output = undo(&stage, words);
        assert_eq!(output.code, Some(4), "{output}");
        let told = "Namespace cascades: it is being deleted: Some content in the namespace has finalizers remaining: cascades.example/hold in 1 resource instances";
        assert!(output.stderr.contains(told), "{output}");
    }
    let free = r#"{"metadata":{"finalizers":null}}"#;
    stage.kubectl(&["patch", "configmap", "notes", "-n", NAMESPACE, "--type=merge", "-p", free]);
    let output = undo(&stage, &[]).succeeds();
    assert_eq!(everything(&stage).differences(&before), "", "{output}");
}
