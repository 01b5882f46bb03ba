//! Asking a verb for its version without any danger that it does its work instead.
//!
//! `--version` is everybody's flag, but not every verb's: `metrics-fix --version 0.9.0` names the release to install.
//! So the verbs of this project answer the hidden word `__version`, and whoever does not is asked for `--version` after
//! that. Behind both stands `--help`, which keeps a program that understood something else from doing it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::ask;
use crate::ask::Answer;
use crate::script;
use crate::siblings::Kind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    Version(String),
    /// It cannot be asked, and why.
    Nothing(String),
    /// A script without a version in its comments: nobody expects one of it.
    NoVersion,
}

const QUESTIONS: [&[&str]; 2] = [&["__version", "--help"], &["--version", "--help"]];

/// In the order of the files. Programs are asked all at once, and once each: a folder that is on PATH is met twice.
pub fn all(files: &[(&Path, Kind)]) -> Vec<Says> {
    let mut says: BTreeMap<&Path, Says> =
        files.iter().map(|(path, kind)| (*path, without_asking(path, kind))).collect();
    for question in QUESTIONS {
        let is_open = |(path, kind): &&(&Path, Kind)| *kind == Kind::Program && !matches!(says[path], Says::Version(_));
        let open: BTreeSet<&Path> = files.iter().filter(is_open).map(|(path, _)| *path).collect();
        let open: Vec<&Path> = open.into_iter().collect();
        let answers = ask::all(&open, question, ask::BOUND);
        says.extend(open.into_iter().zip(answers.into_iter().map(heard)));
    }
    files.iter().map(|(path, _)| says[path].clone()).collect()
}

/// Whether it is a program of this project: it answers our hidden word, and with nothing but a version.
pub fn knows_our_words(program: &Path, bound: Duration) -> bool {
    let answers = ask::all(&[program], QUESTIONS[0], bound);
    matches!(answers.as_slice(), [Answer::Said(text)] if looks_like_version(text.trim()))
}

fn without_asking(path: &Path, kind: &Kind) -> Says {
    match kind {
        Kind::Program => Says::NoVersion,
        Kind::Script => script::comment(path, "version").map_or(Says::NoVersion, Says::Version),
        Kind::Unusable(fault) => Says::Nothing(fault.describe()),
    }
}

fn heard(answer: Answer) -> Says {
    match answer {
        Answer::Said(text) => match version_in(&text) {
            Some(version) => Says::Version(version.to_owned()),
            None => Says::Nothing("it does not tell its version".to_owned()),
        },
        Answer::TooLate => Says::Nothing(format!("no answer within {} ms", ask::BOUND.as_millis())),
        Answer::NotStarted(why) => Says::Nothing(why),
    }
}

/// The first word of the first line that looks like a version: `kubectl-lab-probe 0.1.0 (abcdef)`, `v0.1.0-rc.1`.
fn version_in(text: &str) -> Option<&str> {
    let words = text.lines().find(|line| !line.trim().is_empty())?.split_whitespace();
    words.map(|word| word.strip_prefix('v').unwrap_or(word)).find(|word| looks_like_version(word))
}

fn looks_like_version(word: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-+".contains(letter);
    let starts_with_numbers =
        word.split('.').take(2).filter(|part| part.starts_with(|letter: char| letter.is_ascii_digit())).count();
    starts_with_numbers == 2 && word.len() <= 64 && word.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        for (text, version) in [
            ("kubectl-lab-metrics_fix 0.1.0\n", Some("0.1.0")),
            ("kubectl-lab-probe 0.1.0 (1a2b3c 2026-11-01)\n", Some("0.1.0")),
            ("v1.2.3-rc.1+build\n", Some("1.2.3-rc.1+build")),
            ("\n  tool version 2.0\n", Some("2.0")),
            ("kubectl-lab-probe\n0.1.0\n", None),
            ("built with 3 of 4\n", None),
            ("1.\u{1b}[31m2\n", None),
            ("", None),
        ] {
            assert_eq!(version_in(text), version, "{text:?}");
        }
    }
}
