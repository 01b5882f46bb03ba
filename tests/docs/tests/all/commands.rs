use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use lab_cli::run::Run;
use lab_docs::aliases::{CARGOS_OWN, alias};
use lab_docs::command_line::commands;
use lab_docs::lines;
use lab_docs::markdown::{spans, table};
use lab_docs::repository::{documents, readme};
use lab_docs::verbs;
use lab_workspace::built::binaries;

/// The words behind `kubectl lab`, of every document, with the document.
fn of_lab() -> Vec<(String, Vec<String>)> {
    let of = |document: lab_docs::repository::Document| {
        let name = document.path.display().to_string();
        let lines = commands(&document.text, &["kubectl"]).into_iter();
        lines.filter(|words| words.get(1).is_some_and(|word| word == "lab")).map(move |words| (name.clone(), words))
    };
    documents().into_iter().flat_map(of).map(|(name, words)| (name, handed_over(&words[2..]))).collect()
}

/// `version --verify` is another program's work.
fn handed_over(words: &[String]) -> Vec<String> {
    match words {
        [version, verify, rest @ ..] if version == "version" && verify == "--verify" => {
            [&["digests".to_owned()], rest].concat()
        }
        _ => words.to_vec(),
    }
}

#[test]
fn verbs_and_flags_in_the_documents_exist() {
    let parsed = of_lab().iter().filter(|(document, words)| is_of_a_verb(document, words)).count();
    assert!(parsed >= 5, "hardly a command was found in the documents");
}

/// The words behind `kubectl lab` can be typed; whether it is a verb that they are for.
pub(super) fn is_of_a_verb(document: &str, words: &[String]) -> bool {
    match words.first().and_then(|name| verbs::command(name)) {
        // The first word is the program's name.
        Some(command) => {
            if let Err(error) = command.try_get_matches_from(words) {
                // A group of verbs answers its bare name with its list.
                let lists = error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
                assert!(lists || !error.use_stderr(), "{document}: kubectl lab {}\n{error}", words.join(" "));
            }
            true
        }
        // The list, `version`, `help`: they only tell.
        None => {
            let output = Run::lab().args(words).run();
            assert!(matches!(output.code, Some(0 | 3)), "{document}: {output}");
            false
        }
    }
}

/// The sessions are run by the tests `documented_lines` before real clusters.
#[test]
fn every_line_for_a_shell_is_run_or_it_is_said_why_not() {
    let (documented, run) = (lines::documented(), lines::run());
    let not_run: BTreeSet<String> =
        lines::NOT_RUN.iter().flat_map(|(_, lines)| *lines).map(ToString::to_string).collect();
    let told = &run | &not_run;
    assert_eq!(
        &documented - &told,
        BTreeSet::new(),
        "run it in a session of tests/docs/src/lines, or say there why not"
    );
    assert_eq!(&told - &documented, BTreeSet::new(), "no document has it any more");
    assert_eq!(&run & &not_run, BTreeSet::new(), "it is run");
}

#[test]
fn a_flag_that_does_not_exist_is_noticed() {
    let command = verbs::command("metrics-fix").expect("a verb");
    assert!(command.try_get_matches_from(["metrics-fix", "--dryrun"]).is_err_and(|error| error.use_stderr()));
}

#[test]
fn the_readme_shows_every_verb() {
    let shown = commands(&readme().text, &["kubectl"]);
    for verb in verbs::names() {
        assert!(verbs::command(&verb).is_some(), "add {verb} to tests/docs/src/verbs.rs");
        let shows = |words: &&Vec<String>| words.get(1..3) == Some(&["lab".to_owned(), verb.clone()]);
        assert!(shown.iter().any(|words| shows(&words)), "the README has no example of {verb}");
    }
}

const SHARED: [&str; 3] = ["Plan", "Output", "Connection (as in kubectl)"];

/// Of a command's flags those that verbs share, in one of these parts of its help.
fn shared(command: &clap::Command, parts: &[&str]) -> BTreeSet<String> {
    let flags = command.get_arguments().filter(|flag| flag.get_help_heading().is_some_and(|of| parts.contains(&of)));
    let names = flags.flat_map(|flag| {
        let short = flag.get_short().map(|letter| format!("-{letter}"));
        short.into_iter().chain(flag.get_long().map(|name| format!("--{name}")))
    });
    names.collect()
}

/// The flags that verbs share, and no other, are in the README's table.
#[test]
fn the_readmes_table_has_the_flags_that_verbs_share() {
    let command = verbs::command("metrics-fix").expect("a verb");
    let rows = table(&readme().text, "flag");
    let told: BTreeSet<String> = rows.iter().flat_map(|row| spans(&row[0])).map(str::to_owned).collect();
    assert_eq!(told, shared(&command, &SHARED));
}

/// All the verbs behind a command's name, or the command itself.
fn leaves(command: &clap::Command) -> Vec<&clap::Command> {
    if !command.has_subcommands() {
        return vec![command];
    }
    command.get_subcommands().flat_map(leaves).collect()
}

/// What has no meaning for a verb cannot be typed there; the rest is the same everywhere.
#[test]
fn each_verb_has_the_flags_that_mean_something_to_it() {
    let all = shared(&verbs::command("metrics-fix").expect("a verb"), &SHARED);
    let of_plan: BTreeSet<String> = ["--allow", "--diff", "--dry-run", "--yes", "-y"].map(str::to_owned).into();
    let mut only_read = Vec::new();
    let mut without_cluster = BTreeSet::new();
    for name in verbs::names() {
        let command = verbs::command(&name).expect("a verb");
        for verb in leaves(&command) {
            let has = shared(verb, &SHARED);
            if !has.contains("--kubeconfig") {
                without_cluster.insert(name.clone());
                continue;
            }
            let help = verb.clone().render_long_help().to_string();
            assert_eq!(has.contains("--allow"), help.contains("Codes for --allow:"), "{help}");
            let missing = &all - &has;
            if missing == of_plan {
                only_read.push(verb.get_name().to_owned());
                continue;
            }
            assert!(missing.is_subset(&["--allow".to_owned()].into()), "{}: {missing:?}", verb.get_name());
        }
    }
    assert_eq!(only_read, ["status", "list", "kubectl-lab-traffic"]);
    assert_eq!(without_cluster, ["completion", "digests"].map(str::to_owned).into());
}

#[test]
fn cargo_commands_in_the_documents_exist() {
    let mut checked = 0;
    for document in documents() {
        for words in commands(&document.text, &["cargo"]) {
            let line = format!("{}: {}", document.path.display(), words.join(" "));
            let name = words.get(1).unwrap_or_else(|| panic!("{line}"));
            if CARGOS_OWN.contains(&name.as_str()) {
                continue;
            }
            let alias = alias(name).unwrap_or_else(|| panic!("{line}: there is no such alias in .cargo/config.toml"));
            accepted(&alias, &words[2..], &line);
            checked += 1;
        }
    }
    assert!(checked >= 5, "hardly a command was found in the documents");
}

/// With `--help` behind, the program looks at the words and does nothing.
pub(super) fn accepted(alias: &[String], words: &[String], line: &str) {
    let value = |flag: &str| alias.iter().position(|word| word == flag).and_then(|place| alias.get(place + 1));
    let program = value("--bin").or_else(|| value("--package")).expect("an alias names what it runs");
    let own = alias.iter().skip_while(|word| *word != "--").skip(1);
    // What stands behind -- is for another program.
    let given = words.iter().take_while(|word| *word != "--");
    let mut command = Command::new(Path::new(&binaries().expect("they build")).join(program));
    let output = command.args(own).args(given).arg("--help").output().expect("it starts");
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
}
