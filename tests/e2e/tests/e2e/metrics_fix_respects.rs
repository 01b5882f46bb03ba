//! Others' changes, others' rights, and clusters that do not answer.

use lab_e2e::{Manifest, Stage};
use serde_json::json;

const FLAG: &str = "--kubelet-insecure-tls";

/// While the question stands, somebody edits the very list: the plan is made anew, nothing is overwritten.
#[test]
fn an_edit_between_plan_and_apply() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream());
    stage.logs_say("doesn't contain any IP SANs");
    let mut terminal = stage.lab(&["metrics-fix"]).in_terminal();
    terminal.expect("Do this?");
    let add = r#"[{"op":"add","path":"/spec/template/spec/containers/0/args/0","value":"-v=1"}]"#;
    stage.kubectl(&["patch", "deployment", "metrics-server", "-n", "kube-system", "--type=json", "-p", add]);
    terminal.types("y\r");
    let output = terminal.wait().succeeds();
    assert!(output.stdout.contains("nothing was overwritten, looking again"), "{output}");
    let args = stage.args();
    assert_eq!(args.first().map(String::as_str), Some("-v=1"), "the other's argument is lost: {args:?}");
    assert_eq!(args.last().map(String::as_str), Some(FLAG), "{args:?}");
}

#[test]
fn a_no_at_the_question() {
    let stage = Stage::full();
    stage.apply(&Manifest::upstream());
    stage.logs_say("doesn't contain any IP SANs");
    let before = stage.args();
    let mut terminal = stage.lab(&["metrics-fix"]).in_terminal();
    terminal.expect("Do this?");
    terminal.types("n\r");
    let output = terminal.wait();
    assert_eq!(output.code, Some(7), "{output}");
    let mut terminal = stage.lab(&["metrics-fix"]).in_terminal();
    terminal.expect("Do this?");
    terminal.interrupt();
    let output = terminal.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert_eq!(stage.args(), before);
}

/// A student who may look at everything, but change nothing.
#[test]
fn a_missing_right() {
    let stage = Stage::full();
    let reader = json!({ "apiVersion": "v1", "kind": "List", "items": [
        { "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": { "name": "lab-test-reader" },
          "rules": [{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"] }] },
        { "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": { "name": "lab-test-reader" },
          "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "lab-test-reader" },
          "subjects": [{ "kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "student" }] },
    ] });
    stage.feed(&["apply"], &reader.to_string());
    stage.apply(&Manifest::upstream());
    stage.logs_say("doesn't contain any IP SANs");
    let before = stage.args();
    let output = stage.lab(&["metrics-fix", "--as", "student"]).run();
    assert_eq!(output.code, Some(5), "{output}");
    let role = "kind: Role\nmetadata:\n  name: kubectl-lab\n  namespace: kube-system\nrules:\n\
        - apiGroups: [\"\"]\n  resources: [\"configmaps\"]\n  verbs: [\"create\", \"patch\"]\n\
        - apiGroups: [\"apps\"]\n  resources: [\"deployments\"]\n  verbs: [\"patch\"]\n";
    assert!(output.stderr.contains("missing right: patch deployments.apps in namespace kube-system"), "{output}");
    assert!(output.stderr.contains(role), "{output}");
    assert_eq!(stage.args(), before);

    // With just that Role it works.
    stage.feed(
        &["apply"],
        role.replace("kind: Role\n", "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n").as_str(),
    );
    let binding = ["create", "rolebinding", "kubectl-lab", "-n", "kube-system", "--role=kubectl-lab", "--user=student"];
    stage.kubectl(&binding);
    let output = stage.lab(&["metrics-fix", "--as", "student"]).run();
    stage.kubectl(&["delete", "role/kubectl-lab", "rolebinding/kubectl-lab", "-n", "kube-system"]);
    stage.kubectl(&["delete", "clusterrole/lab-test-reader", "clusterrolebinding/lab-test-reader"]);
    output.succeeds();
}

#[test]
fn a_user_without_any_right() {
    let stage = Stage::light();
    let output = stage.lab(&["metrics-fix", "--as", "nobody"]).run();
    assert_eq!(output.code, Some(5), "{output}");
    assert!(
        output.stderr.contains("missing right: list apiservices.apiregistration.k8s.io (cluster-wide)"),
        "{output}"
    );
}

/// Each with its cause and a hint, within seconds.
#[test]
fn clusters_that_do_not_answer() {
    let stage = Stage::light();
    let good = stage.kubeconfig();
    let server = good.lines().find_map(|line| line.trim().strip_prefix("server: ")).expect("a server").to_owned();
    let without_ca = |text: &str| {
        text.lines().filter(|line| !line.contains("certificate-authority-data")).collect::<Vec<_>>().join("\n")
    };
    for (what, kubeconfig, args, code, words) in [
        ("a closed port", good.replace(&server, "https://127.0.0.1:1"), vec![], 6, "refused"),
        ("an unknown authority", without_ca(&good), vec![], 6, "authority"),
        ("a wrong token", good.clone(), vec!["--token=nonsense"], 6, "401"),
        ("a missing context", good.clone(), vec!["--context=elsewhere"], 2, "elsewhere"),
        ("a broken kubeconfig", "apiVersion: [v1\n".to_owned(), vec![], 2, "kubeconfig"),
    ] {
        let output = stage.lab_as(&kubeconfig, &[&["metrics-fix"], &args[..]].concat()).run();
        assert_eq!(output.code, Some(code), "{what}: {output}");
        assert!(output.stderr.to_lowercase().contains(words), "{what}: {output}");
        assert!(output.stderr.contains("hint: "), "{what}: {output}");
        assert!(output.took.as_secs() < 5, "{what} took {:?}", output.took);
    }
}
