use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use crate::install::Install;
use crate::install::finished;
use crate::install::program;
use crate::install::script;
use crate::install::started;

#[test]
fn dashes_and_underscores_reach_the_same_file() {
    let install = Install::krew();
    program(&install.folder, "kubectl-lab-metrics_fix", "", "");
    for verb in ["metrics-fix", "metrics_fix"] {
        assert_eq!(install.lab(&[verb]), "kubectl-lab-metrics_fix\n--- stderr\n--- exit 0\n");
    }
}

#[test]
fn everything_after_the_verb_arrives_unchanged() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-probe", "", "");
    let odd = OsStr::from_bytes(b"\xff\xfe=x");
    let mut command = install.at(&[]);
    command.args(["probe", "-n", "a b", "", "--", "--help", "version", "*"]).arg(odd);
    insta::assert_snapshot!(install.told(&finished(&mut command)), @r###"
    kubectl-lab-probe
    "-n"
    "a b"
    ""
    "--"
    "--help"
    "version"
    "*"
    "\xFF\xFE=x"
    --- stderr
    --- exit 0
    "###);
}

#[test]
fn help_of_a_verb_is_the_verbs_own_help() {
    let install = Install::plain();
    script(&install.folder, "kubectl-lab-metallb", "#!/bin/sh\necho \"$@\"\n");
    assert_eq!(install.lab(&["help", "metallb"]), "--help\n--- stderr\n--- exit 0\n");
    assert_eq!(install.lab(&["help", "metallb", "install"]), "install --help\n--- stderr\n--- exit 0\n");
}

#[test]
fn exit_codes_and_signals_are_the_verbs() {
    let install = Install::plain();
    script(&install.folder, "kubectl-lab-leave", "#!/bin/sh\nexit \"$1\"\n");
    script(&install.folder, "kubectl-lab-die", "#!/bin/sh\nkill -\"$1\" $$\n");
    for code in ["0", "7", "130", "255"] {
        assert_eq!(install.lab(&["leave", code]), format!("--- stderr\n--- exit {code}\n"));
    }
    for (name, number) in [("INT", 2), ("KILL", 9), ("TERM", 15)] {
        assert_eq!(install.lab(&["die", name]), format!("--- stderr\n--- signal {number}\n"));
    }
}

#[test]
fn the_verb_takes_the_process_over_and_reads_its_stdin() {
    let install = Install::plain();
    script(&install.folder, "kubectl-lab-self", "#!/bin/sh\nread -r line\necho \"$$ $line\"\n");
    let mut command = install.at(&[]);
    let mut child = started(command.arg("self").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    let process = child.id();
    child.stdin.take().expect("stdin").write_all(b"hello\n").expect("written");
    let told = install.told(&child.wait_with_output().expect("its output"));
    assert_eq!(told, format!("{process} hello\n--- stderr\n--- exit 0\n"));
}

#[test]
fn the_environment_is_passed_on_as_it_is() {
    let install = Install::plain();
    symlink("/usr/bin/env", install.folder.join("kubectl-lab-env")).expect("a link");
    let direct = finished(&mut install.sealed(Path::new("/usr/bin/env"), &[]));
    let through = finished(install.at(&[]).arg("env"));
    assert_eq!(install.told(&through), install.told(&direct));
}

#[test]
fn verbs_on_path_are_run_too_but_those_beside_come_first() {
    let install = Install::plain();
    let other = install.other("other");
    let say = |word: &str| format!("#!/bin/sh\necho {word}\n");
    script(&other, "kubectl-lab-probe", &say("of PATH"));
    assert_eq!(install.lab_with_path(&[&other], &["probe"]), "of PATH\n--- stderr\n--- exit 0\n");
    script(&install.folder, "kubectl-lab-probe", &say("beside"));
    assert_eq!(install.lab_with_path(&[&other], &["probe"]), "beside\n--- stderr\n--- exit 0\n");
}

#[test]
fn files_on_path_that_kubectl_would_not_run_are_passed_over() {
    let install = Install::plain();
    let (first, second) = (install.other("first"), install.other("second"));
    fs::write(first.join("kubectl-lab-probe"), "not executable").expect("a file");
    script(&second, "kubectl-lab-probe", "#!/bin/sh\necho second\n");
    assert_eq!(install.lab_with_path(&[&first, &second], &["probe"]), "second\n--- stderr\n--- exit 0\n");
    // The working folder is the parent of these.
    let told = install.lab_with_path(&[Path::new(""), Path::new("second"), Path::new(".")], &["probe"]);
    assert!(told.starts_with("--- stderr\nerror: unknown verb \"probe\"\n"), "{told}");
}

#[test]
fn a_broken_sibling_is_not_replaced_by_a_stranger_on_path() {
    let install = Install::plain();
    let other = install.other("other");
    script(&other, "kubectl-lab-probe", "#!/bin/sh\necho of PATH\n");
    fs::write(install.folder.join("kubectl-lab-probe"), "").expect("a file");
    insta::assert_snapshot!(install.lab_with_path(&[&other], &["probe"]), @r###"
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-probe: not executable
    hint: run "chmod +x $ROOT/lab/kubectl-lab-probe"
    --- exit 1
    "###);
}

#[test]
fn every_kind_of_broken_sibling_is_told_apart() {
    let install = Install::plain();
    let file = |name: &str| install.folder.join(name);
    fs::create_dir(file("kubectl-lab-folder")).expect("a folder");
    symlink("/nonexistent/program", file("kubectl-lab-link")).expect("a link");
    symlink("kubectl-lab-loop", file("kubectl-lab-loop")).expect("a link");
    script(&install.folder, "kubectl-lab-text", "echo no first line\n");
    script(&install.folder, "kubectl-lab-other_system", "MZ\u{90}");
    script(&install.folder, "kubectl-lab-interpreter", "#!/nonexistent/python\n");
    script(&install.folder, "kubectl-lab-two-words", "#!/bin/sh\n");
    let verbs = ["folder", "link", "loop", "text", "other-system", "interpreter", "two-words"];
    let told: String = verbs.iter().map(|verb| install.lab(&[verb])).collect();
    insta::assert_snapshot!(told, @r###"
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-folder: a folder, not a program
    hint: run "ls -ld $ROOT/lab/kubectl-lab-folder"
    --- exit 1
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-link: a broken link to /nonexistent/program
    hint: run "ls -ld $ROOT/lab/kubectl-lab-link"
    --- exit 1
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-loop: too many levels of symbolic links
    hint: run "ls -ld $ROOT/lab/kubectl-lab-loop"
    --- exit 1
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-text: neither a program nor a script that begins with #!
    hint: run "file $ROOT/lab/kubectl-lab-text"
    --- exit 1
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-other_system: built for windows, and this is $MACHINE
    hint: run "file $ROOT/lab/kubectl-lab-other_system"
    --- exit 1
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-interpreter: no such file or directory
    hint: the file is there, its interpreter is not; run "head -1 $ROOT/lab/kubectl-lab-interpreter"
    --- exit 1
    --- stderr
    error: could not run $ROOT/lab/kubectl-lab-two-words: a dash in a file name parts two words of a command
    hint: run "mv $ROOT/lab/kubectl-lab-two-words $ROOT/lab/kubectl-lab-two_words"
    --- exit 1
    "###);
}

#[test]
fn a_slip_of_the_fingers_is_answered_with_the_right_command() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-metrics_fix", "", "");
    program(&install.folder, "kubectl-lab-probe", "", "");
    let told: String = ["metric-fix", "deploy", "verison", ""].iter().map(|verb| install.lab(&[verb])).collect();
    insta::assert_snapshot!(told, @r###"
    --- stderr
    error: unknown verb "metric-fix"
    hint: did you mean "metrics-fix"? run "kubectl lab metrics-fix"
    --- exit 2
    --- stderr
    error: unknown verb "deploy"
    hint: the verbs are: metrics-fix, probe; run "kubectl lab --help"
    --- exit 2
    --- stderr
    error: unknown verb "verison"
    hint: did you mean "version"? run "kubectl lab version"
    --- exit 2
    --- stderr
    error: unknown verb ""
    hint: the verbs are: metrics-fix, probe; run "kubectl lab --help"
    --- exit 2
    "###);
}

#[test]
fn a_word_is_never_a_path() {
    let install = Install::plain();
    program(&install.other("lab/kubectl-lab-x"), "web", "", "");
    let odd = OsStr::from_bytes(b"pr\xffbe");
    let odd = install.told(&finished(install.at(&[]).arg(odd)));
    let told: String =
        ["x/web", "../lab/kubectl-lab", "a\u{1b}[31mb"].iter().map(|verb| install.lab(&[verb])).collect();
    insta::assert_snapshot!(told + &odd, @r###"
    --- stderr
    error: unknown verb "x/web"
    hint: there is no verb in $ROOT/lab; run "kubectl lab --help"
    --- exit 2
    --- stderr
    error: unknown verb "../lab/kubectl-lab"
    hint: there is no verb in $ROOT/lab; run "kubectl lab --help"
    --- exit 2
    --- stderr
    error: unknown verb "a\u{1b}[31mb"
    hint: there is no verb in $ROOT/lab; run "kubectl lab --help"
    --- exit 2
    --- stderr
    error: unknown verb "pr�be"
    hint: there is no verb in $ROOT/lab; run "kubectl lab --help"
    --- exit 2
    "###);
}

#[test]
fn a_flag_before_the_verb_is_answered_with_the_right_order() {
    let install = Install::plain();
    program(&install.folder, "kubectl-lab-metrics_fix", "", "");
    let lines: [&[&str]; 3] = [&["-n", "my ns", "metrics-fix", "--yes"], &["--context=x"], &["--version", "now"]];
    let told: String = lines.iter().map(|args| install.lab(args)).collect();
    insta::assert_snapshot!(told, @r###"
    --- stderr
    error: flags come after the verb, but "-n" stands before it
    hint: run "kubectl lab metrics-fix -n 'my ns' --yes"
    --- exit 2
    --- stderr
    error: flags come after the verb, but "--context=x" stands before it
    hint: the order is "kubectl lab VERB [FLAGS]"; run "kubectl lab --help"
    --- exit 2
    --- stderr
    error: unexpected "now" after "--version"
    hint: run "kubectl lab help version"
    --- exit 2
    "###);
}
