use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use lab_cli::run::Run;
use lab_docs::markdown::table;
use lab_docs::repository::readme;
use lab_plan::Exit;
use lab_workspace::built::{binaries, workspace};

#[test]
fn the_readmes_table_is_the_list_of_exit_codes() {
    let told: Vec<(String, String)> =
        table(&readme().text, "code").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let meant = Exit::ALL.map(|exit| (exit.code().to_string(), exit.meaning().to_owned()));
    assert_eq!(told, meant);
}

/// The dispatcher has a copy, because it does without other crates.
#[test]
fn the_dispatchers_own_list_agrees() {
    let source = fs::read_to_string(workspace().join("plugins/lab/src/exit.rs")).expect("the dispatcher's exit codes");
    let variant = |line: &str| {
        let (name, number) = line.trim().strip_suffix(',')?.split_once(" = ")?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    let copied: BTreeMap<String, u8> = source.lines().filter_map(variant).collect();
    let original: BTreeMap<String, u8> = Exit::ALL.map(|exit| (format!("{exit:?}"), exit.code())).into();
    assert!(copied.len() >= 4, "the list is written in another way now: {copied:?}");
    for (name, code) in copied {
        assert_eq!(original.get(&name), Some(&code), "{name}");
    }
}

#[test]
fn the_dispatcher_ends_with_these_codes() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let lab = folder.path().join("kubectl-lab");
    // A link, for a copy cannot be run while any other thread's new child still has it open for writing.
    fs::hard_link(binaries().expect("they build").join("kubectl-lab"), &lab).expect("a link");
    let run = |words: &[&str]| Run::program(&lab).args(words.to_vec()).run();
    let ends = |words: &[&str], exit: Exit| {
        let output = run(words);
        assert_eq!(output.code, Some(i32::from(exit.code())), "{output}");
    };
    ends(&["version"], Exit::Done);
    ends(&["no-such-verb"], Exit::Usage);

    let verb = folder.path().join("kubectl-lab-old");
    fs::write(&verb, "#!/bin/sh\n# version: 0.0.1\nexit 0\n").expect("a verb");
    ends(&["old"], Exit::Failed);
    fs::set_permissions(&verb, fs::Permissions::from_mode(0o755)).expect("executable");
    ends(&["old"], Exit::Done);
    ends(&["version"], Exit::Negative);
}
