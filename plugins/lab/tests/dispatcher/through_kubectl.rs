use std::path::Path;
use std::path::PathBuf;

use crate::install::Install;
use crate::install::finished;
use crate::install::program;
use crate::install::script;

/// $KUBECTL_LAB_TEST_KUBECTL, or the one on PATH. Without any these tests fail: that kubectl finds us is what we promise.
fn kubectl() -> PathBuf {
    let named = std::env::var_os("KUBECTL_LAB_TEST_KUBECTL").map(PathBuf::from);
    let on_path = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|file| file.is_file())
    };
    named.or_else(on_path).expect("a kubectl, on PATH or named by KUBECTL_LAB_TEST_KUBECTL")
}

/// Runs `kubectl …` with nothing but these folders on PATH.
fn kubectl_with(install: &Install, path: &[&Path], args: &[&str]) -> String {
    let mut command = install.sealed(&kubectl(), path);
    // No cluster takes part; kubectl must not look for one either.
    command.env("KUBECONFIG", "/dev/null").args(args);
    install.told(&finished(&mut command))
}

#[test]
fn kubectl_lab_lists_the_verbs_behind_krews_link() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-metrics_fix", "Say why metrics do not work\n", "");
    let list = kubectl_with(&install, &[install.bin()], &["lab"]);
    assert!(list.contains("Verbs:\n  metrics-fix  Say why metrics do not work\n"), "{list}");
    assert!(list.ends_with("--- stderr\n--- exit 0\n"), "{list}");
    assert_eq!(kubectl_with(&install, &[install.bin()], &["lab", "--help"]), list);
    assert_eq!(install.lab(&[]), list, "the same without kubectl");
}

#[test]
fn kubectl_lab_runs_a_verb_with_its_arguments_exit_code_and_signals() {
    let install = Install::krew();
    script(&install.folder, "kubectl-lab-metrics_fix", "#!/bin/sh\nprintf '[%s]' \"$@\"\necho\nexit 7\n");
    script(&install.folder, "kubectl-lab-die", "#!/bin/sh\nkill -TERM $$\n");
    for verb in ["metrics-fix", "metrics_fix"] {
        let told = kubectl_with(&install, &[install.bin()], &["lab", verb, "web", "-n", "a b", "--", "--help"]);
        assert_eq!(told, "[web][-n][a b][--][--help]\n--- stderr\n--- exit 7\n");
    }
    assert_eq!(kubectl_with(&install, &[install.bin()], &["lab", "die"]), "--- stderr\n--- signal 15\n");
}

#[test]
fn kubectl_lab_suggests_on_a_typo() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-metrics_fix", "", "");
    insta::assert_snapshot!(kubectl_with(&install, &[install.bin()], &["lab", "metric-fix"]), @r###"
    --- stderr
    error: unknown verb "metric-fix"
    hint: did you mean "metrics-fix"? run "kubectl lab metrics-fix"
    --- exit 2
    "###);
}

#[test]
fn kubectl_runs_a_verb_on_path_by_itself_and_version_says_so() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-probe", "", &format!("kubectl-lab-probe {}\n", env!("CARGO_PKG_VERSION")));
    let old = install.other("old");
    script(&old, "kubectl-lab-probe", "#!/bin/sh\n# version: 0.0.8\necho old\n");
    let path: [&Path; 2] = [install.bin(), &old];
    assert_eq!(kubectl_with(&install, &path, &["lab", "probe"]), "old\n--- stderr\n--- exit 0\n");
    insta::assert_snapshot!(kubectl_with(&install, &path, &["lab", "version"]), @r###"
    COMMAND             VERSION   STATE                   FILE
    kubectl lab         $OWN      -                       $ROOT/store/lab/v$OWN/kubectl-lab
    kubectl lab probe   $OWN      same                    $ROOT/store/lab/v$OWN/kubectl-lab-probe
    kubectl lab probe   0.0.8     differs, runs instead   $ROOT/old/kubectl-lab-probe
    --- stderr
    warning: "kubectl lab probe" runs $ROOT/old/kubectl-lab-probe (0.0.8), not $ROOT/store/lab/v$OWN/kubectl-lab-probe
    hint: if it is a leftover, run "rm $ROOT/old/kubectl-lab-probe"
    --- exit 3
    "###);
}

#[test]
fn every_file_of_a_plain_installation_is_a_plugin_to_kubectl() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-metrics_fix", "", "");
    let list = kubectl_with(&install, &[&install.folder], &["plugin", "list", "--name-only"]);
    assert!(list.contains("kubectl-lab\nkubectl-lab-metrics_fix\n"), "{list}");
    assert!(list.ends_with("--- exit 0\n"), "{list}");
}
