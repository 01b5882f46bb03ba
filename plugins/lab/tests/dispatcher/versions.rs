use std::path::Path;

use crate::install::Install;
use crate::install::asked;
use crate::install::finished;
use crate::install::program;
use crate::install::program_with_hidden_version;
use crate::install::put_dispatcher;
use crate::install::script;

const OWN: &str = env!("CARGO_PKG_VERSION");

fn says(name: &str) -> String {
    format!("{name} {OWN}\n")
}

#[test]
fn its_own_version_is_shown_alone_without_asking_anyone() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-probe", "", "kubectl-lab-probe 0.0.9\n");
    let shown = finished(install.at(&[]).arg("--version")).stdout;
    assert_eq!(String::from_utf8_lossy(&shown), says("kubectl-lab"));
    assert_eq!(asked(&install.folder, "kubectl-lab-probe"), []);
}

#[test]
fn one_release_in_one_folder_is_in_order() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-metrics_fix", "", &says("kubectl-lab-metrics_fix"));
    script(&install.folder, "kubectl-lab-demo", &format!("#!/bin/sh\n# version: {OWN}\n"));
    script(&install.folder, "kubectl-lab-own", "#!/bin/sh\n");
    insta::assert_snapshot!(install.lab_with_path(&[install.bin()], &["version"]), @r###"
    COMMAND                   VERSION   STATE          FILE
    kubectl lab               $OWN      -              $ROOT/lab/kubectl-lab
    kubectl lab demo          $OWN      same           $ROOT/lab/kubectl-lab-demo
    kubectl lab metrics-fix   $OWN      same           $ROOT/lab/kubectl-lab-metrics_fix
    kubectl lab own           -         not-compared   $ROOT/lab/kubectl-lab-own
    --- stderr
    --- exit 0
    "###);
}

#[test]
fn a_verb_is_asked_by_the_word_that_can_mean_nothing_else_first() {
    let install = Install::plain();
    program_with_hidden_version(&install.folder, "kubectl-lab-metrics_fix", &format!("{OWN}\n"));
    let told = install.lab_with_path(&[install.bin()], &["version"]);
    assert!(told.ends_with("--- stderr\n--- exit 0\n"), "{told}");
    let questions: Vec<String> =
        asked(&install.folder, "kubectl-lab-metrics_fix").into_iter().map(|(question, _)| question).collect();
    assert_eq!(questions, ["__version"]);
}

#[test]
fn verbs_of_another_release_are_named() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-hang", "", "HANG");
    program(&install.folder, "kubectl-lab-metrics_fix", "", "kubectl-lab-metrics_fix 0.0.9 (abcdef)\n");
    program(&install.folder, "kubectl-lab-mute", "", "");
    program(&install.folder, "kubectl-lab-probe", "", &says("kubectl-lab-probe"));
    script(&install.folder, "kubectl-lab-text", "no program\n");
    insta::assert_snapshot!(install.lab_with_path(&[install.bin()], &["version"]), @r###"
    COMMAND                   VERSION   STATE     FILE
    kubectl lab               $OWN      -         $ROOT/lab/kubectl-lab
    kubectl lab hang          -         unknown   $ROOT/lab/kubectl-lab-hang
    kubectl lab metrics-fix   0.0.9     differs   $ROOT/lab/kubectl-lab-metrics_fix
    kubectl lab mute          -         unknown   $ROOT/lab/kubectl-lab-mute
    kubectl lab probe         $OWN      same      $ROOT/lab/kubectl-lab-probe
    kubectl lab text          -         unknown   $ROOT/lab/kubectl-lab-text
    --- stderr
    error: not of version $OWN as kubectl lab is: hang (no answer within 500 ms), metrics-fix 0.0.9, mute (it does not tell its version), text (neither a program nor a script that begins with #!)
    hint: put all files of one release into $ROOT/lab; run "ls -l $ROOT/lab"
    --- exit 3
    "###);
}

#[test]
fn krews_installation_is_renewed_by_krew() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-probe", "", "kubectl-lab-probe 0.0.9\n");
    insta::assert_snapshot!(install.lab_with_path(&[install.bin()], &["version"]), @r###"
    COMMAND             VERSION   STATE     FILE
    kubectl lab         $OWN      -         $ROOT/store/lab/v$OWN/kubectl-lab
    kubectl lab probe   0.0.9     differs   $ROOT/store/lab/v$OWN/kubectl-lab-probe
    --- stderr
    error: not of version $OWN as kubectl lab is: probe 0.0.9
    hint: run "kubectl krew upgrade lab"
    --- exit 3
    "###);
}

#[test]
fn files_elsewhere_on_path_are_told_with_what_kubectl_does_about_them() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-load", "", &says("kubectl-lab-load"));
    program(&install.folder, "kubectl-lab-probe", "", &says("kubectl-lab-probe"));
    let (old, more) = (install.other("old"), install.other("more"));
    program(&old, "kubectl-lab", "", "kubectl-lab 0.0.8\n");
    program(&old, "kubectl-lab-probe", "", "kubectl-lab-probe 0.0.8\n");
    program(&more, "kubectl-lab-probe", "", &says("kubectl-lab-probe"));
    program(&more, "kubectl-lab-hpa", "", &says("kubectl-lab-hpa"));
    let path: [&Path; 4] = [install.bin(), &old, &more, Path::new("/nonexistent")];
    insta::assert_snapshot!(install.lab_with_path(&path, &["version"]), @r###"
    COMMAND             VERSION   STATE                   FILE
    kubectl lab         $OWN      -                       $ROOT/store/lab/v$OWN/kubectl-lab
    kubectl lab load    $OWN      same                    $ROOT/store/lab/v$OWN/kubectl-lab-load
    kubectl lab probe   $OWN      same                    $ROOT/store/lab/v$OWN/kubectl-lab-probe
    kubectl lab         0.0.8     differs, never runs     $ROOT/old/kubectl-lab
    kubectl lab probe   0.0.8     differs, runs instead   $ROOT/old/kubectl-lab-probe
    kubectl lab hpa     $OWN      same, only on PATH      $ROOT/more/kubectl-lab-hpa
    kubectl lab probe   $OWN      same, never runs        $ROOT/more/kubectl-lab-probe
    --- stderr
    warning: $ROOT/old/kubectl-lab (0.0.8) never runs: "kubectl lab" runs $ROOT/bin/kubectl-lab
    hint: if it is a leftover, run "rm $ROOT/old/kubectl-lab"
    warning: "kubectl lab probe" runs $ROOT/old/kubectl-lab-probe (0.0.8), not $ROOT/store/lab/v$OWN/kubectl-lab-probe
    hint: if it is a leftover, run "rm $ROOT/old/kubectl-lab-probe"
    warning: $ROOT/more/kubectl-lab-probe ($OWN) never runs: "kubectl lab probe" runs $ROOT/old/kubectl-lab-probe
    hint: if it is a leftover, run "rm $ROOT/more/kubectl-lab-probe"
    --- exit 3
    "###);
}

#[test]
fn a_second_kubectl_lab_on_path_tells_its_version() {
    let install = Install::plain();
    let other = install.other("other");
    put_dispatcher(&other);
    insta::assert_snapshot!(install.lab_with_path(&[&other, install.bin()], &["version"]), @r###"
    COMMAND       VERSION   STATE                FILE
    kubectl lab   $OWN      -                    $ROOT/lab/kubectl-lab
    kubectl lab   $OWN      same, runs instead   $ROOT/other/kubectl-lab
    --- stderr
    warning: "kubectl lab" runs $ROOT/other/kubectl-lab ($OWN), not $ROOT/lab/kubectl-lab
    hint: if it is a leftover, run "rm $ROOT/other/kubectl-lab"
    --- exit 0
    "###);
}

#[test]
fn json_says_the_same() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-probe", "", &says("kubectl-lab-probe"));
    let old = install.other("old");
    program(&old, "kubectl-lab-probe", "", "kubectl-lab-probe 0.0.8\n");
    let output = finished(install.at(&[&old, install.bin()]).args(["version", "-o", "json"]));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let path = |path: &Path| path.canonicalize().expect("a file").to_string_lossy().into_owned();
    let ours = path(&install.folder.join("kubectl-lab-probe"));
    assert_eq!(
        report,
        serde_json::json!({
            "apiVersion": "lab/v1",
            "kind": "VersionReport",
            "version": OWN,
            "path": path(&install.command),
            "kubectlRuns": install.command.to_string_lossy(),
            "verdict": "different",
            "verbs": [{ "verb": "probe", "path": ours, "version": OWN, "state": "same", "why": null }],
            "elsewhere": [{
                "command": "kubectl lab probe",
                "path": old.join("kubectl-lab-probe").to_string_lossy(),
                "version": "0.0.8",
                "state": "differs",
                "why": null,
                "effect": "runs-instead",
                "otherPath": ours,
            }],
        })
    );
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn its_help_is_shown_both_ways() {
    let install = Install::plain();
    let help = install.lab(&["help", "version"]);
    assert!(help.starts_with("Compare the versions of kubectl lab and its verbs\n"), "{help}");
    assert_eq!(install.lab(&["version", "--help"]), help);
}

#[test]
fn digests_are_compared_by_the_verb_beside_it_and_by_no_other() {
    let install = Install::krew();
    let other = install.other("other");
    program(&other, "kubectl-lab-digests", "", "");
    insta::assert_snapshot!(install.lab_with_path(&[&other], &["version", "--verify"]), @r###"
    --- stderr
    error: could not compare digests: there is no kubectl-lab-digests in $ROOT/store/lab/v$OWN
    hint: put all files of one release there; run "ls -l $ROOT/store/lab/v$OWN"
    --- exit 1
    "###);

    program(&install.folder, "kubectl-lab-digests", "", "");
    insta::assert_snapshot!(install.lab(&["version", "-o", "json", "--verify"]), @r###"
    kubectl-lab-digests
    "-o"
    "json"
    --- stderr
    --- exit 0
    "###);

    // It is a link to a program that other tests use too.
    std::fs::remove_file(install.folder.join("kubectl-lab-digests")).expect("removed");
    script(&install.folder, "kubectl-lab-digests", "no program\n");
    let told = install.lab(&["version", "--verify"]);
    assert!(told.contains("could not run $ROOT/store/lab/v$OWN/kubectl-lab-digests: "), "{told}");
}
