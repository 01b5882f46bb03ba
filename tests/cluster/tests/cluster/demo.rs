//! `cargo demo` keeps its hands off clusters that it was not pointed at.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use lab_cluster::programs::{self, Program};

const KUBECONFIG: &str = r#"{"apiVersion":"v1","kind":"Config","current-context":"mine",
"contexts":[{"name":"mine","context":{"cluster":"mine","user":"me"}}],
"clusters":[{"name":"mine","cluster":{"server":"http://127.0.0.1:1"}}],"users":[{"name":"me","user":{}}]}"#;

fn demo(home: &Path, arguments: &[&str]) -> Output {
    let kubeconfig = home.join("kubeconfig");
    fs::write(&kubeconfig, KUBECONFIG).unwrap();
    let programs = programs::ensure(&[Program::Kubernetes]).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
    command.arg("demo").args(arguments).env("KUBECONFIG", &kubeconfig);
    command.env("PATH", format!("{}:{path}", programs.kubernetes_dir().display())).output().unwrap()
}

fn talk(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_context_that_does_not_exist_is_named() {
    let home = tempfile::tempdir().unwrap();
    let talk = talk(&demo(home.path(), &["--context", "theirs"]));
    assert!(talk.contains("error: could not find the context \"theirs\" in your kubeconfig"), "{talk}");
    assert!(talk.contains("hint: kubectl config get-contexts"), "{talk}");
}

#[test]
fn a_cluster_that_does_not_answer_ends_it_before_any_change() {
    let home = tempfile::tempdir().unwrap();
    let talk = talk(&demo(home.path(), &["--context", "mine", "--yes"]));
    assert!(talk.contains("error: `kubectl get nodes --context mine` failed"), "{talk}");
    assert!(!talk.contains("metrics-fix"), "{talk}");
}
