use std::collections::BTreeSet;
use std::fs;

use lab_docs::markdown::anchors;
use lab_docs::{man, pages, release, verbs};
use lab_plan::Exit;

#[test]
fn the_pages_of_the_verbs_say_what_the_programs_say() {
    let pages = pages::all().expect("they can be made");
    let there = fs::read_dir(pages::folder()).expect("docs/verbs").map(|entry| entry.expect("a page").file_name());
    let there: BTreeSet<String> = there.map(|name| name.to_string_lossy().into_owned()).collect();
    assert_eq!(there, pages.iter().map(|page| page.file_name.clone()).collect(), "{AGAIN}");
    for page in &pages {
        let written = fs::read_to_string(pages::folder().join(&page.file_name)).expect("a page");
        assert!(written == page.text, "docs/verbs/{} is out of date: {AGAIN}", page.file_name);
    }
}

const AGAIN: &str = "run cargo docs-generate";

#[test]
fn every_verb_has_a_page_with_an_example() {
    let pages = pages::all().expect("they can be made");
    for verb in verbs::names() {
        let page = pages.iter().find(|page| page.file_name == format!("{verb}.md")).expect("a page");
        assert!(page.text.contains(&format!("\nkubectl lab {verb}")), "{verb} has no example");
    }
}

fn commands(command: &clap::Command, name: &str) -> Vec<String> {
    let inner = command.get_subcommands().flat_map(|inner| commands(inner, &format!("{name}-{}", inner.get_name())));
    std::iter::once(name.to_owned()).chain(inner).collect()
}

#[test]
fn every_command_has_a_man_page_with_its_flags() {
    let pages = man::pages().expect("they can be made");
    let made: BTreeSet<String> = pages.iter().map(|page| page.file_name.clone()).collect();
    let of_verb = |verb: String| commands(&verbs::command(&verb).expect("a verb"), &format!("kubectl-lab-{verb}"));
    let wanted = verbs::names().into_iter().flat_map(of_verb).chain(["kubectl-lab".to_owned()]);
    assert_eq!(made, wanted.map(|name| format!("{name}.1")).collect());
    let undo = pages.iter().find(|page| page.file_name == "kubectl-lab-undo.1").expect("a page");
    for part in ["User to impersonate", "Codes for \\-\\-allow", "kubectl lab undo \\-\\-list"] {
        assert!(undo.text.contains(part), "{part}");
    }
    for page in pages {
        let text = page.text;
        let name = page.file_name.trim_end_matches(".1");
        assert!(text.contains(&format!(".TH {} 1", name.to_uppercase())), "{text}");
        // roff writes a dash that is one with a backslash.
        assert!(text.contains(".SH SYNOPSIS") && text.contains(&name.replace('-', "\\-")), "{text}");
    }
}

/// What is put into a release is what `completion install` would write, so that one does not overwrite the other.
#[test]
fn a_release_has_man_pages_and_completion_of_every_verb() {
    let files = release::files().expect("files");
    let is_there = |path: &str, is_executable: bool| {
        let there = files.iter().any(|file| file.path == path && file.is_executable == is_executable);
        assert!(there, "{path}");
    };
    for verb in verbs::names() {
        is_there(&format!("man/man1/kubectl-lab-{verb}.1"), false);
        is_there(&format!("completions/kubectl_complete-lab-{}", verb.replace('-', "_")), true);
    }
    is_there("completions/kubectl_complete-lab", true);
    for name in ["kubectl-lab.bash", "_kubectl-lab", "kubectl-lab.fish", "kubectl-lab.ps1"] {
        is_there(&format!("completions/{name}"), false);
    }
    assert_eq!(files, release::files().expect("files"), "the same bytes each time");
}

fn troubleshooting() -> BTreeSet<String> {
    let file = lab_workspace::built::workspace().join("docs/troubleshooting.md");
    let text = fs::read_to_string(file).expect("docs/troubleshooting.md");
    let headings = text.lines().filter_map(|line| line.strip_prefix("### "));
    let found: BTreeSet<String> = headings.map(|heading| heading.trim_matches('`').to_owned()).collect();
    assert!(anchors(&text).contains(&"by-the-code-for---allow".to_owned()), "the verbs' pages link to it");
    found
}

#[test]
fn troubleshooting_explains_each_code_and_no_other() {
    let mut known: BTreeSet<String> = Exit::ALL.map(|exit| exit.code().to_string()).into();
    for verb in verbs::names() {
        for part in verbs::command_line(&verb).expect("a verb").parts {
            known.extend(part.allows.iter().map(|(code, _)| (*code).to_owned()));
        }
    }
    assert_eq!(troubleshooting(), known);
}
