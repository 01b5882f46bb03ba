use std::path::Path;

use crate::install::Install;
use crate::install::asked;
use crate::install::finished;
use crate::install::program;
use crate::install::program_with_hidden_version;
use crate::install::script;

fn two_verbs() -> Install {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-metrics_fix", "Say why metrics do not work\n", "");
    program(&install.folder, "kubectl-lab-probe", "Show which pod answers\n", "");
    install
}

/// With all the time that a busy machine may need.
fn complete(install: &Install, words: &[&str]) -> String {
    complete_within("20000", install, words)
}

fn complete_within(milliseconds: &str, install: &Install, words: &[&str]) -> String {
    let mut command = install.at(&[]);
    command.env("KUBECTL_LAB_COMPLETION_MS", milliseconds).arg("__complete").args(words);
    install.told(&finished(&mut command))
}

#[test]
fn verbs_and_own_words_are_offered() {
    let install = two_verbs();
    script(&install.folder, "kubectl-lab-demo", "#!/bin/sh\n# about: Run everything once\nexit 7\n");
    insta::assert_snapshot!(complete(&install, &[""]), @r"
    demo	Run everything once
    metrics-fix	Say why metrics do not work
    probe	Show which pod answers
    help	Show the help of a verb
    version	Compare the versions of kubectl lab and its verbs
    :4
    --- stderr
    --- exit 0
    ");
    assert_eq!(complete(&install, &[]), complete(&install, &[""]));
    for (words, offered) in [
        (&["me"][..], "metrics-fix\tSay why metrics do not work\n"),
        (&["x"], ""),
        (&["-"], ""),
        (&["help", "p"], "probe\tShow which pod answers\n"),
        (&["help", "v"], "version\tCompare the versions of kubectl lab and its verbs\n"),
        (&["version", "--o"], "--output\tFormat of the report\n"),
        (&["version", "-o", ""], "table\njson\n"),
        (&["version", "--output", "j"], "json\n"),
        (&["demo", ""], ""),
        (&["no-such-verb", ""], ""),
        (&["", ""], ""),
        (&["../x", "a/b"], ""),
    ] {
        assert_eq!(complete(&install, words), format!("{offered}:4\n--- stderr\n--- exit 0\n"), "{words:?}");
    }
}

#[test]
fn what_stands_behind_a_verb_the_verb_is_asked() {
    let install = Install::krew();
    program_with_hidden_version(&install.folder, "kubectl-lab-metrics_fix", "0.0.9\n");
    for (words, asked) in [
        (&["metrics-fix", "--al", ""][..], "\"__complete\"\n\"--al\"\n\"\"\n"),
        (&["metrics_fix", "a b"], "\"__complete\"\n\"a b\"\n"),
        (&["help", "metrics-fix", "x"], "\"__complete\"\n\"x\"\n"),
    ] {
        let told = format!("kubectl-lab-metrics_fix\n{asked}--- stderr\n--- exit 0\n");
        assert_eq!(complete(&install, words), told, "{words:?}");
    }
}

/// It might do its work.
#[test]
fn a_program_that_does_not_know_our_words_is_not_asked_to_complete() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-foreign", "Usage: foreign 1.0\n", "1.0\n");
    program_with_hidden_version(&install.folder, "kubectl-lab-chatty", "chatty 1.0\nUsage: chatty\n");
    for verb in ["foreign", "chatty"] {
        assert_eq!(complete(&install, &[verb, "x"]), ":4\n--- stderr\n--- exit 0\n", "{verb}");
        let questions: Vec<String> =
            asked(&install.folder, &format!("kubectl-lab-{verb}")).into_iter().map(|(question, _)| question).collect();
        assert_eq!(questions, ["__version"], "{verb}");
    }
}

#[test]
fn a_verb_that_hangs_costs_its_own_words_only() {
    let install = two_verbs();
    program(&install.folder, "kubectl-lab-hangs", "HANG", "");
    program_with_hidden_version(&install.folder, "kubectl-lab-hangs_too", "HANG");
    let complete = |words: &[&str]| complete_within("200", &install, words);
    assert_eq!(complete(&["h"]), "hangs\nhangs-too\nhelp\tShow the help of a verb\n:4\n--- stderr\n--- exit 0\n");
    assert_eq!(complete(&["hangs-too", ""]), ":4\n--- stderr\n--- exit 0\n");
}

/// kubectl lists these itself; a verb that is listed twice would never be completed.
#[test]
fn for_kubectl_the_verbs_on_path_are_left_out() {
    let install = two_verbs();
    let folder: &Path = &install.folder;
    let offered = |path: &[&Path]| {
        let told = install.told(&finished(
            install.at(path).env("KUBECTL_LAB_COMPLETION_MS", "20000").args(["__complete_in_kubectl", ""]),
        ));
        told.lines().filter_map(|line| Some(line.split_once('\t')?.0.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(offered(&[]), ["metrics-fix", "probe", "help", "version"]);
    assert_eq!(offered(&[install.bin()]), ["metrics-fix", "probe", "help", "version"], "krew's link is alone on PATH");
    assert_eq!(offered(&[folder]), ["help", "version"]);
    let other = install.other("other");
    program(&other, "kubectl-lab-probe", "", "");
    assert_eq!(offered(&[install.bin(), &other]), ["metrics-fix", "help", "version"]);
}
