//! What there is: the verbs beside this program, other files of kubectl lab on PATH, and what each says of its version.

use std::path::Path;
use std::path::PathBuf;

use crate::ask;
use crate::ask::Answer;
use crate::failure::Failure;
use crate::here;
use crate::script;
use crate::search_path;
use crate::siblings;
use crate::siblings::Kind;
use crate::siblings::Sibling;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub own_version: String,
    pub own_path: PathBuf,
    pub verbs: Vec<(Sibling, Says)>,
    /// In the order of PATH, which is the order in which kubectl looks.
    pub on_path: Vec<OnPath>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnPath {
    pub path: PathBuf,
    /// Where it leads to: our own files are met on PATH as well, by their name or by krew's link.
    pub real_path: PathBuf,
    pub says: Says,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    Version(String),
    /// It cannot be asked, and why.
    Nothing(String),
    /// A script without a version in its comments: nobody expects one of it.
    NoVersion,
}

pub fn gather(own_path: &Path) -> Result<Facts, Failure> {
    let verbs = siblings::beside(&here::folder_of(own_path))?;
    let own_name = own_path.file_name().unwrap_or_default().to_string_lossy();
    let on_path = search_path::files_of_lab(&search_path::folders(), &own_name);
    let kind_on_path = |path: &PathBuf| siblings::kind_of(path).unwrap_or(Kind::Program);

    let all = verbs.iter().map(|one| (&*one.path, one.kind.clone()));
    let all: Vec<(&Path, Kind)> = all.chain(on_path.iter().map(|path| (&**path, kind_on_path(path)))).collect();
    let mut says = versions(&all).into_iter();
    let verbs: Vec<(Sibling, Says)> = verbs.iter().cloned().zip(says.by_ref()).collect();
    let on_path = on_path.iter().zip(says).map(|(path, says)| OnPath {
        path: path.clone(),
        real_path: path.canonicalize().unwrap_or_else(|_| path.clone()),
        says,
    });
    Ok(Facts { own_version: super::OWN.to_owned(), own_path: own_path.to_owned(), on_path: on_path.collect(), verbs })
}

/// In the order of the files; programs are asked all at once.
fn versions(files: &[(&Path, Kind)]) -> Vec<Says> {
    let programs: Vec<&Path> = files.iter().filter(|(_, kind)| *kind == Kind::Program).map(|(path, _)| *path).collect();
    let mut answers = ask::all(&programs, "--version", ask::BOUND).into_iter();
    files
        .iter()
        .map(|(path, kind)| match kind {
            Kind::Program => answers.next().map_or(Says::NoVersion, heard),
            Kind::Script => script::comment(path, "version").map_or(Says::NoVersion, Says::Version),
            Kind::Unusable(fault) => Says::Nothing(fault.describe()),
        })
        .collect()
}

fn heard(answer: Answer) -> Says {
    match answer {
        Answer::Said(text) => version_in(&text).map_or_else(
            || Says::Nothing("\"--version\" shows no version".to_owned()),
            |it| Says::Version(it.to_owned()),
        ),
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
