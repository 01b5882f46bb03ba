//! What `kubectl lab` shows when it is asked nothing: the verbs beside it, each with its own words.

use std::path::Path;
use std::time::Duration;

use crate::about;
use crate::about::About;
use crate::ask;
use crate::failure::Failure;
use crate::here;
use crate::script;
use crate::siblings;
use crate::siblings::Kind;
use crate::siblings::Sibling;
use crate::text::harmless;
use crate::text::path_for_shell;

const LONGEST_COMMENT: usize = 160;

/// Siblings that are no step of a lab; they are listed apart.
const ABOUT_ITSELF: [&str; 2] = ["completion", "digests"];

/// A line of the list.
#[derive(Debug, PartialEq, Eq)]
enum Entry {
    Verb { verb: String, about: String },
    Unusable { file: String, why: String, remedy: String },
}

pub fn page(own_path: &Path) -> Result<String, Failure> {
    let folder = here::folder_of(own_path);
    Ok(render(&entries(&folder, ask::BOUND)?, &folder))
}

/// The verbs that can be used, each with its own words, as far as these are had within the bound.
pub fn verbs(folder: &Path, bound: Duration) -> Result<Vec<(String, String)>, Failure> {
    let as_verb = |entry| match entry {
        Entry::Verb { verb, about } => Some((verb, about)),
        Entry::Unusable { .. } => None,
    };
    Ok(entries(folder, bound)?.into_iter().filter_map(as_verb).collect())
}

fn entries(folder: &Path, bound: Duration) -> Result<Vec<Entry>, Failure> {
    let found = siblings::beside(folder)?;
    let programs: Vec<&Path> = found.iter().filter(|one| one.kind == Kind::Program).map(|one| &*one.path).collect();
    let mut abouts = about::all(&programs, bound).into_iter();
    // They come in the order of the programs, so each program takes the next one.
    Ok(found.iter().map(|one| entry(one, || abouts.next())).collect())
}

fn entry(sibling: &Sibling, about: impl FnOnce() -> Option<About>) -> Entry {
    let verb = |about: String| Entry::Verb { verb: sibling.verb.clone(), about };
    let unusable = |why, remedy| Entry::Unusable { file: sibling.path.display().to_string(), why, remedy };
    match &sibling.kind {
        Kind::Script => {
            let comment = script::comment(&sibling.path, "about").unwrap_or_default();
            verb(harmless(&comment, LONGEST_COMMENT))
        }
        Kind::Program => match about() {
            Some(About::Says(about)) => verb(about),
            Some(About::NotStarted(why)) => unusable(why, format!("file {}", path_for_shell(&sibling.path))),
            Some(About::Nothing) | None => verb(String::new()),
        },
        Kind::Unusable(fault) => unusable(fault.describe(), fault.remedy(&sibling.path)),
    }
}

fn render(entries: &[Entry], folder: &Path) -> String {
    let (own, verbs): (Vec<_>, Vec<_>) =
        entries.iter().filter_map(Entry::as_verb).partition(|(verb, _)| ABOUT_ITSELF.contains(verb));
    let none = format!("  none: there is no usable kubectl-lab-VERB in {}\n", folder.display());
    let of_verbs = if verbs.is_empty() { none } else { columns(&verbs) };
    let built_in = [
        ("help VERB", "Show the help of a verb, as \"kubectl lab VERB --help\" does"),
        ("version", "Compare the versions of kubectl lab and its verbs"),
    ];
    let own = columns(&[&own[..], &built_in].concat());
    format!(
        "The steps of a Kubernetes autoscaling and load-balancing lab, one command each\n\n\
         Usage: kubectl lab VERB [ARGUMENTS] [FLAGS]\n\n\
         Verbs:\n{of_verbs}\n\
         About these commands:\n{own}{}\n\
         Examples:\n{}",
        unusable(entries),
        examples(verbs.first().map(|(verb, _)| *verb))
    )
}

impl Entry {
    fn as_verb(&self) -> Option<(&str, &str)> {
        match self {
            Entry::Verb { verb, about } => Some((verb, about)),
            Entry::Unusable { .. } => None,
        }
    }
}

fn columns(rows: &[(&str, &str)]) -> String {
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or_default();
    let line = |(left, right): &(&str, &str)| format!("  {left:width$}  {right}").trim_end().to_owned() + "\n";
    rows.iter().map(line).collect()
}

fn unusable(entries: &[Entry]) -> String {
    let line = |entry: &Entry| match entry {
        Entry::Verb { .. } => None,
        Entry::Unusable { file, why, remedy } => Some(format!("  {file}: {why}; run \"{remedy}\"\n")),
    };
    let lines: String = entries.iter().filter_map(line).collect();
    if lines.is_empty() { lines } else { format!("\nFound but not usable:\n{lines}") }
}

fn examples(verb: Option<&str>) -> String {
    let of_a_verb = verb.map(|verb| format!("  kubectl lab {verb} --help\n  kubectl lab {verb}\n")).unwrap_or_default();
    format!("{of_a_verb}  kubectl lab version\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_without_words_of_their_own_are_listed_all_the_same() {
        assert_eq!(columns(&[("a", "one"), ("bcd", "")]), "  a    one\n  bcd\n");
    }

    #[test]
    fn what_is_no_step_of_a_lab_is_listed_apart() {
        let verb = |verb: &str| Entry::Verb { verb: verb.into(), about: format!("does {verb}") };
        let page = render(&[verb("completion"), verb("probe")], Path::new("/opt/lab"));
        assert!(
            page.contains("Verbs:\n  probe  does probe\n\nAbout these commands:\n  completion  does completion\n"),
            "{page}"
        );
        assert!(page.contains("Examples:\n  kubectl lab probe --help\n"), "{page}");
    }

    #[test]
    fn an_empty_folder_is_named() {
        let page = render(&[], Path::new("/opt/lab"));
        assert!(page.contains("Verbs:\n  none: there is no usable kubectl-lab-VERB in /opt/lab\n"), "{page}");
        assert!(page.ends_with("Examples:\n  kubectl lab version\n"), "{page}");
    }
}
