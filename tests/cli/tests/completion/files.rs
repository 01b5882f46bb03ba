use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use lab_cli::run::{Output, Run};
use lab_cluster::built::binaries;
use tempfile::TempDir;

/// A folder on PATH with one link in it, as krew lays it out; the programs lie elsewhere.
pub struct Krew {
    root: TempDir,
}

impl Krew {
    pub fn new() -> Krew {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("bin")).unwrap();
        symlink(binaries().unwrap().join("kubectl-lab"), root.path().join("bin/kubectl-lab")).unwrap();
        Krew { root }
    }

    pub fn bin(&self) -> PathBuf {
        self.root.path().join("bin")
    }

    /// `kubectl-lab completion …` as it is called here.
    pub fn completion(&self, words: &[&str]) -> Output {
        let lab = Run::program(self.bin().join("kubectl-lab"));
        lab.env("PATH", self.bin())
            .env("KUBECTL_LAB_COMPLETION_MS", super::AMPLE)
            .args(["completion"])
            .args(words.to_vec())
            .run()
    }

    fn told(&self, words: &[&str]) -> String {
        self.completion(words).to_string().replace(&self.root.path().display().to_string(), "$ROOT")
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.bin()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The verbs there are, as their files are named.
fn verbs() -> Vec<String> {
    let folders = fs::read_dir(lab_cluster::built::workspace().join("plugins")).unwrap();
    let names = folders.map(|folder| folder.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "lab").map(|name| name.replace('-', "_")).collect();
    names.sort();
    names
}

fn expected() -> Vec<String> {
    let of_verbs = verbs().into_iter().map(|verb| format!("kubectl_complete-lab-{verb}"));
    ["kubectl-lab".to_owned(), "kubectl_complete-lab".to_owned()].into_iter().chain(of_verbs).collect()
}

#[test]
fn a_file_for_every_verb_is_written_once_and_taken_away_again() {
    let krew = Krew::new();
    let plan = krew.completion(&["install", "--dry-run=client"]);
    assert_eq!((plan.code, krew.files()), (Some(0), vec!["kubectl-lab".to_owned()]), "{plan}");
    let installed = krew.completion(&["install"]);
    assert_eq!(installed.code, Some(0), "{installed}");
    assert!(installed.stderr.starts_with(&plan.stderr), "what was announced is done: {installed}");
    assert_eq!(krew.files(), expected());
    for name in &expected()[1..] {
        let mode = fs::metadata(krew.bin().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{name}");
    }
    let again = krew.told(&["install"]);
    let number = verbs().len() + 1;
    assert_eq!(
        again,
        format!(
            "$ kubectl-lab completion install\n-- stdout\n{number} files for kubectl are in $ROOT/bin: TAB completes kubectl lab and its \
             verbs\nif it does not, load kubectl's own completion: source <(kubectl completion bash)\n-- stderr\nnothing to \
             change\n-- exit code 0\n"
        )
    );
    let removed = krew.completion(&["uninstall"]);
    assert_eq!((removed.code, krew.files()), (Some(0), vec!["kubectl-lab".to_owned()]), "{removed}");
    insta::assert_snapshot!(krew.told(&["uninstall"]), @r"
    $ kubectl-lab completion uninstall
    -- stdout
    no file of ours is left in $ROOT/bin
    -- stderr
    nothing to change
    -- exit code 0
    ");
}

#[test]
fn the_files_are_scripts_of_one_line() {
    let krew = Krew::new();
    let _ = krew.completion(&["install"]);
    let text = |name: &str| fs::read_to_string(krew.bin().join(name)).unwrap();
    insta::assert_snapshot!(text("kubectl_complete-lab"), @r#"
    #!/bin/sh
    # Written by "kubectl lab completion install"; "kubectl lab completion uninstall" removes it.
    exec kubectl-lab __complete_in_kubectl "$@" 2>/dev/null
    "#);
    insta::assert_snapshot!(text("kubectl_complete-lab-metrics_fix"), @r#"
    #!/bin/sh
    # Written by "kubectl lab completion install"; "kubectl lab completion uninstall" removes it.
    exec kubectl-lab __complete metrics-fix "$@" 2>/dev/null
    "#);
    // After kubectl-lab was taken away by hand, nothing is said over the line that is being typed.
    let left = Run::program(krew.bin().join("kubectl_complete-lab")).env("PATH", "/nonexistent").args([""]).run();
    assert_eq!((left.stdout.as_str(), left.stderr.as_str()), ("", ""));
}

#[test]
fn a_file_of_somebody_else_is_neither_overwritten_nor_removed() {
    let krew = Krew::new();
    let theirs = krew.bin().join("kubectl_complete-lab-probe");
    fs::write(&theirs, "#!/bin/sh\necho mine\n").unwrap();
    symlink("/nonexistent", krew.bin().join("kubectl_complete-lab-undo")).unwrap();
    insta::assert_snapshot!(krew.told(&["install"]), @r"
    $ kubectl-lab completion install
    -- stderr
    error: $ROOT/bin/kubectl_complete-lab-probe is there, and is not ours; $ROOT/bin/kubectl_complete-lab-undo is there, and is not ours
    hint: look at it: head $ROOT/bin/kubectl_complete-lab-probe
    hint: if nobody needs it, remove it and run this again
    hint: look at it: head $ROOT/bin/kubectl_complete-lab-undo
    hint: if nobody needs it, remove it and run this again
    -- exit code 7
    ");
    assert_eq!(
        krew.files(),
        ["kubectl-lab", "kubectl_complete-lab-probe", "kubectl_complete-lab-undo"],
        "nothing was written"
    );
    insta::assert_snapshot!(krew.told(&["uninstall"]), @r"
    $ kubectl-lab completion uninstall
    -- stdout
    no file of ours is left in $ROOT/bin
    -- stderr
    nothing to change
    note: left alone, for it is not ours: $ROOT/bin/kubectl_complete-lab-probe
    note: left alone, for it is not ours: $ROOT/bin/kubectl_complete-lab-undo
    -- exit code 0
    ");
    assert_eq!(fs::read_to_string(theirs).unwrap(), "#!/bin/sh\necho mine\n");
}

#[test]
fn an_older_file_of_ours_is_renewed_and_one_of_a_verb_that_is_gone_removed() {
    let krew = Krew::new();
    let head = "#!/bin/sh\n# Written by \"kubectl lab completion install\"; \"kubectl lab completion uninstall\" removes it.\n";
    for name in ["kubectl_complete-lab", "kubectl_complete-lab-gone"] {
        fs::write(krew.bin().join(name), format!("{head}exec something-older\n")).unwrap();
    }
    let output = krew.completion(&["install"]);
    let done: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("done: re")).collect();
    let path = |name: &str| krew.bin().join(name).display().to_string();
    assert_eq!(
        done,
        [
            format!("done: renew {}", path("kubectl_complete-lab")),
            format!("done: remove {}", path("kubectl_complete-lab-gone"))
        ]
    );
    assert_eq!(krew.files(), expected());
}

#[test]
fn another_folder_can_be_named_and_what_kubectl_will_not_find_is_told() {
    let krew = Krew::new();
    let other = krew.root.path().join("other");
    fs::create_dir(&other).unwrap();
    let output = krew.completion(&["install", "--dir", &other.display().to_string()]);
    assert!(output.stderr.contains("is not on PATH, so kubectl does not find what is in it"), "{output}");
    assert!(output.stdout.contains("put that folder on PATH"), "{output}");
    assert_eq!(krew.files(), ["kubectl-lab"]);
    assert!(other.join("kubectl_complete-lab").is_file());
}

#[test]
fn trouble_with_the_folder_is_named() {
    let krew = Krew::new();
    insta::assert_snapshot!(krew.told(&["install", "--dir", "/nonexistent/x"]), @r"
    $ kubectl-lab completion install --dir /nonexistent/x
    -- stderr
    error: could not look into /nonexistent/x: No such file or directory (os error 2)
    hint: look at it: ls -ld /nonexistent/x
    -- exit code 2
    ");
    let nowhere = Run::verb("completion").env("PATH", "/nonexistent").args(["install"]).run();
    insta::assert_snapshot!(nowhere, @r"
    $ kubectl-lab-completion install
    -- stderr
    error: kubectl-lab is in no folder of PATH, so there is none in which kubectl would find the files
    hint: put kubectl-lab on PATH, or name a folder that is: --dir FOLDER
    -- exit code 1
    ");
}

/// A folder in which the programs lie side by side: one that does not answer gets no file.
#[test]
fn a_program_that_does_not_know_our_words_gets_no_file() {
    let root = tempfile::tempdir_in(binaries().unwrap()).unwrap();
    for name in ["kubectl-lab", "kubectl-lab-completion", "kubectl-lab-undo"] {
        fs::hard_link(binaries().unwrap().join(name), root.path().join(name)).unwrap();
    }
    let foreign = root.path().join("kubectl-lab-foreign");
    symlink("/usr/bin/env", &foreign).unwrap();
    script(&root.path().join("kubectl-lab-script"), "#!/bin/sh\necho ran >> ran\n");
    let run = Run::program(root.path().join("kubectl-lab")).env("PATH", root.path()).args(["completion", "install"]);
    let home = run.home().to_owned();
    let output = run.env("KUBECTL_LAB_COMPLETION_MS", super::AMPLE).run().succeeds();
    let written: Vec<&str> = output.stderr.lines().filter_map(|line| line.strip_prefix("done: write ")).collect();
    let names: Vec<&str> = written.iter().filter_map(|path| path.rsplit('/').next()).collect();
    assert_eq!(names, ["kubectl_complete-lab", "kubectl_complete-lab-completion", "kubectl_complete-lab-undo"]);
    assert!(!home.join("ran").exists(), "it was run");
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// It shares a crate with the verbs. What talks to a cluster makes most of a program, and it has to come along with a verb only.
#[test]
fn without_a_cluster_to_talk_to_the_program_stays_small() {
    let size = |name: &str| fs::metadata(binaries().unwrap().join(name)).unwrap().len();
    let (small, large) = (size("kubectl-lab-completion"), size("kubectl-lab-undo"));
    assert!(small < large / 2, "{small} of {large} bytes");
}
