use std::time::Duration;

use lab_cli::run::{Output, Run};

use super::{healthy, prepared};

/// Five seconds, and what a busy machine needs to start a program.
const PROMPT: Duration = Duration::from_secs(7);

fn with_kubeconfig(text: &str, args: &[&str]) -> Output {
    let output = Run::verb("metrics-fix").kubeconfig(text).args(args.iter().copied()).run();
    assert!(output.took < PROMPT, "took {:?}", output.took);
    output
}

/// A kubeconfig whose server is a port on which nobody listens.
fn to_nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: lecture\n\
         contexts: [{{name: lecture, context: {{cluster: hall, user: student}}}}]\n\
         clusters: [{{name: hall, cluster: {{server: 'https://127.0.0.1:{port}'}}}}]\n\
         users: [{{name: student, user: {{token: x}}}}]\n"
    )
}

#[test]
fn nobody_listens() {
    insta::assert_snapshot!(with_kubeconfig(&to_nobody(), &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not list apiservices: could not reach the API server https://127.0.0.1:$PORT: connection refused
    hint: is the cluster running? kubectl --context lecture cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    -- exit code 6
    ");
}

#[test]
fn nobody_listens_in_json() {
    insta::assert_snapshot!(with_kubeconfig(&to_nobody(), &["-o", "json"]).stdout, @r#"
    {
      "apiVersion": "lab/v1",
      "kind": "MetricsFixReport",
      "result": "unreachable",
      "cluster": {
        "context": "lecture",
        "server": "https://127.0.0.1:$PORT",
        "user": "student"
      },
      "dryRun": "none",
      "steps": [],
      "error": {
        "message": "could not list apiservices: could not reach the API server https://127.0.0.1:$PORT: connection refused",
        "hints": [
          "is the cluster running? kubectl --context lecture cluster-info",
          "a cluster on this machine may be stopped: docker ps --all (kind), minikube status"
        ],
        "missingRights": [],
        "exitCode": 6
      }
    }
    "#);
}

/// The stage waits for a line of HTTP, as a server of another kind would.
#[test]
fn nobody_answers_the_tls_handshake() {
    let api = healthy();
    let output = prepared(&api, &["--server", &api.url().replace("http:", "https:")]).run();
    assert!(output.took < PROMPT, "took {:?}", output.took);
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-metrics_fix --server https://127.0.0.1:$PORT
    -- stderr
    error: could not list apiservices: could not reach the API server https://127.0.0.1:$PORT: no answer within the time limit
    hint: is the cluster running? kubectl --context lecture --server https://127.0.0.1:$PORT cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    -- exit code 6
    ");
    drop(api.stop());
}

#[test]
fn a_context_that_is_not_there() {
    insta::assert_snapshot!(with_kubeconfig(&to_nobody(), &["--context", "lectur"]), @r#"
    $ kubectl-lab-metrics_fix --context lectur
    -- stderr
    error: could not find the context "lectur" in the kubeconfig
    hint: there are: lecture
    hint: did you mean --context lecture?
    -- exit code 2
    "#);
}

#[test]
fn a_kubeconfig_that_is_broken() {
    insta::assert_snapshot!(with_kubeconfig("apiVersion: v1\nclusters: [", &[]), @r"
    $ kubectl-lab-metrics_fix
    -- stderr
    error: could not understand the kubeconfig $HOME/.kube/config, line 2: unclosed bracket '[' at line 2, column 11
    hint: kubectl config view --kubeconfig $HOME/.kube/config
    -- exit code 2
    ");
}

#[test]
fn a_kubeconfig_that_is_not_there() {
    insta::assert_snapshot!(with_kubeconfig("", &["--kubeconfig", "elsewhere.yaml"]), @r"
    $ kubectl-lab-metrics_fix --kubeconfig elsewhere.yaml
    -- stderr
    error: could not read the kubeconfig elsewhere.yaml: No such file or directory (os error 2)
    hint: ls -l elsewhere.yaml
    -- exit code 2
    ");
}
