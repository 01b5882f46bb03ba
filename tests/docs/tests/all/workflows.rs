use std::process::Command;

use lab_cluster::programs::{self, Program};
use lab_docs::aliases::{CARGOS_OWN, alias};
use lab_docs::workflows::{all, is_pinned};
use lab_workspace::built::workspace;

use crate::commands::accepted;

#[test]
fn every_action_of_others_is_pinned_to_a_commit() {
    let mut seen = 0;
    for workflow in all() {
        for uses in workflow.uses() {
            assert!(is_pinned(uses), "{}: {uses}", workflow.name);
            seen += 1;
        }
    }
    assert!(seen >= 5, "hardly an action was found in the workflows");
}

/// What a step runs is an alias that everybody has, or it is one of the few things that only a release does.
#[test]
fn steps_run_what_runs_here() {
    /// Preparing a machine, signing, publishing.
    const OTHERS: [&str; 7] = [
        "rustup",
        "sudo apt-get install",
        "sudo chown",
        "cosign sign-blob",
        "gh release create",
        "cargo install",
        "cargo deny",
    ];
    let mut checked = 0;
    for workflow in all() {
        for words in workflow.runs() {
            let line = format!("{}: {}", workflow.name, words.join(" "));
            // The tests need root, and sudo a PATH.
            let words = words.iter().skip_while(|word| ["sudo", "env"].contains(&word.as_str()) || word.contains('='));
            let words: Vec<String> = words.cloned().collect();
            let runs = line.split_once(": ").expect("both").1;
            if OTHERS.iter().any(|other| runs.starts_with(other)) {
                continue;
            }
            let [cargo, name, rest @ ..] = words.as_slice() else { panic!("{line}") };
            assert!(cargo == "cargo" && !CARGOS_OWN.contains(&name.as_str()), "{line}: it runs no alias");
            let alias = alias(name).unwrap_or_else(|| panic!("{line}: there is no such alias in .cargo/config.toml"));
            accepted(&alias, rest, &line);
            checked += 1;
        }
    }
    assert!(checked >= 4, "hardly an alias was found in the workflows");
}

#[test]
fn the_workflows_are_as_github_reads_them() {
    let program = programs::ensure(&[Program::Actionlint]).expect("it is built").path(Program::Actionlint).to_owned();
    // Without the checkers of other languages, which this machine may have or not.
    let output = Command::new(program)
        .args(["-shellcheck=", "-pyflakes=", "-no-color"])
        .current_dir(workspace())
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
