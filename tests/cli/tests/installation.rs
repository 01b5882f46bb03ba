//! Installed, brought to a newer version and removed as krew does it, without a cluster.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use lab_cli::installation::{Installation, own_tag};
use lab_cli::run::{Output, Run};
use lab_cluster::programs::{self, Program};

/// `kubectl …` with nothing on PATH but krew's folder and these.
fn kubectl(installation: &Installation, further: &[&Path], args: &[&str]) -> Output {
    let kubectl = programs::ensure(&[Program::Kubernetes]).unwrap().kubernetes("kubectl");
    called_by(&kubectl, installation, further, args)
}

fn called_by(kubectl: &Path, installation: &Installation, further: &[&Path], args: &[&str]) -> Output {
    let bin = installation.bin();
    let path = std::env::join_paths([bin.as_path()].into_iter().chain(further.iter().copied())).unwrap();
    Run::program(kubectl).env("PATH", path).args(args.iter().copied()).run()
}

/// What is in krew's folder, by kind: files in the store are many.
fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn krew_installs_upgrades_and_removes_it_without_a_trace() {
    let installation = Installation::empty();
    let (root, store) = (installation.root(), installation.root().join("store/lab"));
    installation.install("v0.0.9");
    assert_eq!(names(&store), set(&["v0.0.9"]));
    let list = kubectl(&installation, &[], &["lab"]).succeeds();
    for verb in ["metallb", "metrics-fix", "probe", "undo"] {
        assert!(list.stdout.contains(&format!("\n  {verb} ")), "{list}");
    }

    installation.upgrade(&own_tag());
    assert_eq!(names(&store), set(&[&own_tag()]));
    assert_eq!(names(&installation.bin()), set(&["kubectl-lab"]));
    let versions = kubectl(&installation, &[], &["lab", "version"]).succeeds();
    let of_store = installation.store(&own_tag()).canonicalize().unwrap();
    let files = versions.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().last());
    let folders: BTreeSet<_> = files.map(|file| Path::new(file).parent().unwrap().to_owned()).collect();
    let shown = Path::new(folders.first().unwrap());
    assert_eq!((folders.len(), versions.stderr.as_str()), (1, ""), "{versions}");
    assert!(shown == of_store, "{} {}", shown.display(), of_store.display());

    installation.uninstall();
    assert_eq!(names(root), set(&["bin", "receipts", "store"]));
    for folder in ["bin", "receipts", "store"] {
        assert_eq!(names(&root.join(folder)), set(&[]), "{folder}");
    }
    assert_eq!(kubectl(&installation, &[], &["lab"]).code, Some(1));
}

#[test]
fn digests_are_those_of_the_archive_until_a_file_is_another() {
    let installation = Installation::of_this_version();
    let store = installation.store(&own_tag());
    let verify = |args: &[&str]| kubectl(&installation, &[], &[&["lab", "version", "--verify"], args].concat());
    let same = verify(&["-o", "json"]).succeeds().json();
    assert_eq!(same["verdict"], "same");
    let files = same["files"].as_array().unwrap();
    for file in files {
        let name = file["file"].as_str().unwrap();
        let of_a_program = file["version"] == env!("CARGO_PKG_VERSION");
        assert_eq!(of_a_program, name.starts_with("kubectl-lab"), "{file}");
    }
    assert!(files.iter().any(|file| file["file"] == "LICENSE"), "{same}");

    fs::write(store.join("LICENSE"), "of somebody else").unwrap();
    fs::remove_file(store.join("kubectl-lab-undo")).unwrap();
    fs::write(store.join("kubectl-lab-old"), "").unwrap();
    let different = verify(&[]);
    assert_eq!(different.code, Some(3), "{different}");
    let bad = "LICENSE (differs), kubectl-lab-old (not-listed), kubectl-lab-undo (missing)";
    assert!(different.stderr.starts_with(&format!("error: not the files of one release: {bad}\n")), "{different}");

    fs::remove_file(store.join("SHA256SUMS")).unwrap();
    let unproven = verify(&[]);
    assert_eq!(unproven.code, Some(1), "{unproven}");
    assert!(
        unproven.stderr.starts_with("error: could not compare the files: there is no SHA256SUMS in "),
        "{unproven}"
    );
}

#[test]
fn a_leftover_elsewhere_on_path_is_told() {
    let installation = Installation::of_this_version();
    let elsewhere = installation.root().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let leftover = elsewhere.join("kubectl-lab-foo");
    fs::write(&leftover, "#!/bin/sh\n# version: 0.0.8\n").unwrap();
    fs::set_permissions(&leftover, fs::Permissions::from_mode(0o755)).unwrap();
    let told = kubectl(&installation, &[&elsewhere], &["lab", "version"]);
    let leftover = leftover.display();
    let warning = format!(
        "warning: \"kubectl lab foo\" runs {leftover} (0.0.8), which is of another release\n\
         hint: if it is a leftover, run \"rm {leftover}\"\n"
    );
    assert_eq!((told.code, told.stderr.as_str()), (Some(3), warning.as_str()), "{told}");
}

/// Each kubectl has its own way to plugins: what it looks for on PATH, which words it takes for itself, what it tells them.
#[test]
fn the_oldest_kubectl_runs_the_same_as_the_newest() {
    let installation = Installation::of_this_version();
    let old = programs::ensure(&[Program::KubernetesOld]).unwrap().kubernetes("kubectl");
    let version = called_by(&old, &installation, &[], &["version", "--client"]).succeeds();
    assert!(version.stdout.starts_with("Client Version: v1.33."), "{version}");
    for args in [
        &["lab"][..],
        &["lab", "--help"],
        &["lab", "version"],
        &["lab", "version", "--verify"],
        &["lab", "help", "metrics-fix"],
        &["lab", "metrics_fix", "--help"],
        &["lab", "metallb", "install", "--help"],
        &["lab", "metric-fix"],
        &["lab", "undo", "--last", "--context", "nowhere"],
    ] {
        let [by_old, by_new] = [called_by(&old, &installation, &[], args), kubectl(&installation, &[], args)];
        assert_eq!(
            (by_old.stdout, by_old.stderr, by_old.code),
            (by_new.stdout, by_new.stderr, by_new.code),
            "{args:?}"
        );
    }
}
