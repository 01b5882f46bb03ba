use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use crate::install::Install;
use crate::install::asked;
use crate::install::finished;
use crate::install::program;
use crate::install::script;
use crate::install::started;

#[test]
fn lists_what_it_finds_in_the_verbs_own_words() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-metrics_fix", "Say why metrics\ndo not work\n\nUsage: x\n", "");
    program(&install.folder, "kubectl-lab-probe", "Show which pod answers\n\nUsage: x\n", "");
    program(&install.folder, "kubectl-lab-quiet", "Usage: quiet\n", "");
    script(&install.folder, "kubectl-lab-demo", "#!/bin/sh\n# about: Run everything once\nexit 7\n");
    fs::write(install.folder.join("kubectl-lab-probe.sha256"), "0").expect("a file");
    fs::write(install.folder.join("kubectl-ctx"), "0").expect("a file");
    insta::assert_snapshot!(install.lab(&[]), @r###"
    The steps of a Kubernetes autoscaling and load-balancing lab, one command each

    Usage: kubectl lab VERB [ARGUMENTS] [FLAGS]

    Verbs:
      demo         Run everything once
      metrics-fix  Say why metrics do not work
      probe        Show which pod answers
      quiet

    About these commands:
      help VERB  Show the help of a verb, as "kubectl lab VERB --help" does
      version    Compare the versions of kubectl lab and its verbs

    Examples:
      kubectl lab demo --help
      kubectl lab demo
      kubectl lab version
    --- stderr
    --- exit 0
    "###);
}

#[test]
fn every_way_of_asking_for_help_gives_the_same_list() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-probe", "Show which pod answers\n", "");
    let list = install.lab(&[]);
    for args in [&["-h"][..], &["--help"], &["help"], &["help", "help"], &["--help", "-n", "x"]] {
        assert_eq!(install.lab(args), list, "{args:?}");
    }
}

#[test]
fn krews_link_leads_to_the_verbs_in_its_store() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-probe", "Show which pod answers\n", "");
    program(install.bin(), "kubectl-lab-load", "Not of this installation\n", "");
    let list = install.lab(&["--help"]);
    assert!(list.contains("Verbs:\n  probe  Show which pod answers\n\n"), "{list}");
}

#[test]
fn what_cannot_be_used_is_named_with_the_command_that_mends_or_shows_it() {
    let install = Install::plain();
    let file = |name: &str| install.folder.join(name);
    program(&install.folder, "kubectl-lab-good", "Work\n", "");
    fs::write(file("kubectl-lab-a_file"), "text").expect("a file");
    fs::create_dir(file("kubectl-lab-b_folder")).expect("a folder");
    symlink("/nonexistent/program", file("kubectl-lab-c_link")).expect("a link");
    program(&install.folder, "kubectl-lab-d-dash", "Work\n", "");
    script(&install.folder, "kubectl-lab-e_text", "echo no first line\n");
    symlink("/dev/null", file("kubectl-lab-f_device")).expect("a link");
    script(&install.folder, "kubectl-lab-help", "#!/bin/sh\n");
    insta::assert_snapshot!(install.lab(&[]), @r###"
    The steps of a Kubernetes autoscaling and load-balancing lab, one command each

    Usage: kubectl lab VERB [ARGUMENTS] [FLAGS]

    Verbs:
      good  Work

    About these commands:
      help VERB  Show the help of a verb, as "kubectl lab VERB --help" does
      version    Compare the versions of kubectl lab and its verbs

    Found but not usable:
      $ROOT/lab/kubectl-lab-a_file: not executable; run "chmod +x $ROOT/lab/kubectl-lab-a_file"
      $ROOT/lab/kubectl-lab-b_folder: a folder, not a program; run "ls -ld $ROOT/lab/kubectl-lab-b_folder"
      $ROOT/lab/kubectl-lab-c_link: a broken link to /nonexistent/program; run "ls -ld $ROOT/lab/kubectl-lab-c_link"
      $ROOT/lab/kubectl-lab-d-dash: a dash in a file name parts two words of a command; run "mv $ROOT/lab/kubectl-lab-d-dash $ROOT/lab/kubectl-lab-d_dash"
      $ROOT/lab/kubectl-lab-e_text: neither a program nor a script that begins with #!; run "file $ROOT/lab/kubectl-lab-e_text"
      $ROOT/lab/kubectl-lab-f_device: not a file; run "ls -ld $ROOT/lab/kubectl-lab-f_device"
      $ROOT/lab/kubectl-lab-help: kubectl lab answers that word itself; run "ls -ld $ROOT/lab/kubectl-lab-help"

    Examples:
      kubectl lab good --help
      kubectl lab good
      kubectl lab version
    --- stderr
    --- exit 0
    "###);
}

#[test]
fn a_folder_without_verbs_is_said_to_be_one() {
    insta::assert_snapshot!(Install::plain().lab(&[]), @r###"
    The steps of a Kubernetes autoscaling and load-balancing lab, one command each

    Usage: kubectl lab VERB [ARGUMENTS] [FLAGS]

    Verbs:
      none: there is no usable kubectl-lab-VERB in $ROOT/lab

    About these commands:
      help VERB  Show the help of a verb, as "kubectl lab VERB --help" does
      version    Compare the versions of kubectl lab and its verbs

    Examples:
      kubectl lab version
    --- stderr
    --- exit 0
    "###);
}

#[test]
fn a_script_is_never_run_to_be_listed_or_compared() {
    let install = Install::plain();
    script(&install.folder, "kubectl-lab-reset", "#!/bin/sh\n: > \"$0.has-run\"\n");
    assert!(install.lab(&[]).contains("Verbs:\n  reset\n"));
    install.lab(&["version"]);
    assert!(!install.folder.join("kubectl-lab-reset.has-run").exists());
}

#[test]
fn a_verb_that_hangs_is_listed_without_words_and_ended() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-hang", "HANG", "");
    program(&install.folder, "kubectl-lab-probe", "Show which pod answers\n", "");
    let start = Instant::now();
    let list = install.lab(&[]);
    assert!(list.contains("Verbs:\n  hang\n  probe  Show which pod answers\n"), "{list}");
    assert!(start.elapsed() < Duration::from_secs(5), "one verb held the list up for {:?}", start.elapsed());

    let [(_, process)] = asked(&install.folder, "kubectl-lab-hang")[..] else { panic!("asked once") };
    assert!(!is_fake_verb(process), "the verb still runs");
}

/// A process id may have been given to somebody else in the meantime.
fn is_fake_verb(process: u32) -> bool {
    let mut ps = std::process::Command::new("ps");
    let output = finished(ps.args(["-o", "args=", "-p", &process.to_string()]));
    String::from_utf8_lossy(&output.stdout).contains("kubectl-lab-hang")
}

#[test]
fn a_verb_is_asked_again_only_after_it_was_replaced() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-probe", "Old words\n", "");
    let first = install.lab(&[]);
    assert_eq!(install.lab(&[]), first);
    assert_eq!(asked(&install.folder, "kubectl-lab-probe").len(), 1);

    fs::remove_file(install.folder.join("kubectl-lab-probe")).expect("removed");
    program(&install.folder, "kubectl-lab-probe", "New words\n", "");
    assert_eq!(install.lab(&[]), first.replace("Old words", "New words"));
    assert_eq!(asked(&install.folder, "kubectl-lab-probe").len(), 2);

    fs::remove_file(install.folder.join("kubectl-lab-probe")).expect("removed");
    assert!(!install.lab(&[]).contains("probe"));
}

#[test]
fn a_home_that_cannot_be_written_is_no_hindrance() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-probe", "Show which pod answers\n", "");
    let list = install.lab(&[]);
    for home in ["/dev/null", "relative", ""] {
        let output = finished(install.at(&[]).env("HOME", home).env("XDG_CACHE_HOME", home));
        assert_eq!(install.told(&output), list, "HOME={home}");
    }
    let no_home = finished(install.at(&[]).env_remove("HOME"));
    assert_eq!(install.told(&no_home), list);
}

#[test]
fn terminal_escapes_of_a_verb_do_not_reach_the_terminal() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-probe", "\u{1b}]0;title\u{7}Words\n", "\u{1b}[31m1.2\n");
    assert!(!install.lab(&[]).contains(['\u{1b}', '\u{7}']));
    assert!(!install.lab(&["version"]).contains('\u{1b}'));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let install = Install::plain();
    for args in [&["--help"][..], &["version"], &["--version"]] {
        let mut command = install.at(&[install.bin()]);
        let mut child = started(command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("its output");
        assert_eq!(install.told(&output), "--- stderr\n--- exit 0\n", "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let install = Install::plain();
    let full = fs::File::options().write(true).open(Path::new("/dev/full")).expect("a full disk");
    let mut command = install.at(&[]);
    let child = started(command.arg("--version").stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()));
    let told = install.told(&child.wait_with_output().expect("its output"));
    insta::assert_snapshot!(told, @r###"
    --- stderr
    error: could not write to stdout: no space left on device
    --- exit 1
    "###);
}
