//! What the shell offers for `kubectl lab …` when TAB is pressed. The list of verbs is ours; what stands behind a verb, the verb
//! knows: each program of this project answers the hidden word `__complete`, as this one does.
//!
//! Whoever presses TAB has not asked for anything yet. So nothing is run that might do its work instead, nothing is said on
//! stderr, and what cannot be found out in time is left out.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use crate::here;
use crate::list;
use crate::op::Caller;
use crate::run;
use crate::search_path;
use crate::siblings;
use crate::siblings::Kind;
use crate::version::says;

pub const WORD: &str = "__complete";
/// The same for the file that kubectl calls.
pub const WORD_OF_KUBECTL: &str = "__complete_in_kubectl";

/// From the start of this program to the answer, whoever gives it. More than that is felt.
const BUDGET: Duration = Duration::from_millis(250);
/// Who has a slow cluster may rather wait; by this we also tell a verb how much we have left over.
const BUDGET_IN_MILLISECONDS: &str = "KUBECTL_LAB_COMPLETION_MS";

/// Behind the candidates stands what the shell is to do: no names of files.
const END: &str = ":4\n";

/// The answer; where a verb has to give it, the verb takes this process over.
pub fn answer(words: &[OsString], caller: Caller) -> String {
    let until = Instant::now() + budget();
    let lines = here::own_folder().ok().map(|folder| lines(words, caller, &folder, until)).unwrap_or_default();
    let lines = lines.iter().map(|(value, about)| format!("{value}\t{about}").trim_end().to_owned() + "\n");
    lines.chain([END.to_owned()]).collect()
}

fn budget() -> Duration {
    let said = std::env::var(BUDGET_IN_MILLISECONDS).ok().and_then(|text| text.trim().parse().ok());
    said.map_or(BUDGET, Duration::from_millis)
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn lines(words: &[OsString], caller: Caller, folder: &Path, until: Instant) -> Vec<(String, String)> {
    let none = OsString::new();
    let (first, rest) = words.split_first().unwrap_or((&none, &[]));
    match (first.to_str(), rest) {
        (Some(word), []) => matching(verbs(folder, caller, until).into_iter().chain(own()), word),
        (Some("help"), [word]) => matching(verbs(folder, Caller::Shell, until).into_iter().chain([version()]), word),
        (Some("help"), [verb, rest @ ..]) => behind(verb, rest, folder, until),
        (Some("version"), [.., before, word]) if before == "-o" || before == "--output" => formats(word),
        (Some("version"), [.., word]) => matching(own_flags(), word),
        _ => behind(first, rest, folder, until),
    }
}

fn matching(
    all: impl IntoIterator<Item = (String, String)>,
    word: &(impl AsRef<std::ffi::OsStr> + ?Sized),
) -> Vec<(String, String)> {
    let word = word.as_ref().to_string_lossy();
    all.into_iter().filter(|(value, _)| value.starts_with(&*word)).collect()
}

/// kubectl lists by itself the verbs whose files are on PATH. Listed twice, with two descriptions, a verb would be two candidates
/// to a shell, and none of them would ever be completed.
fn verbs(folder: &Path, caller: Caller, until: Instant) -> Vec<(String, String)> {
    let mut verbs = list::verbs(folder, left(until)).unwrap_or_default();
    if caller == Caller::Kubectl {
        let path = search_path::folders();
        let is_listed =
            |verb: &str| siblings::file_name(verb).is_some_and(|file| search_path::first(&path, &file).is_some());
        verbs.retain(|(verb, _)| !is_listed(verb));
    }
    verbs
}

fn own() -> [(String, String); 2] {
    [("help".to_owned(), "Show the help of a verb".to_owned()), version()]
}

fn version() -> (String, String) {
    ("version".to_owned(), "Compare the versions of kubectl lab and its verbs".to_owned())
}

fn own_flags() -> [(String, String); 2] {
    [("--output".to_owned(), "Format of the report".to_owned()), ("--help".to_owned(), "Print help".to_owned())]
}

fn formats(word: &OsString) -> Vec<(String, String)> {
    matching(["table", "json"].map(|format| (format.to_owned(), String::new())), word)
}

/// Comes back with nothing, or not at all.
fn behind(verb: &OsString, rest: &[OsString], folder: &Path, until: Instant) -> Vec<(String, String)> {
    let program = run::find(verb, folder).ok().filter(|path| siblings::kind_of(path) == Some(Kind::Program));
    // A program of somebody else might take our word for an argument, and do its work.
    if let Some(program) = program.filter(|program| says::knows_our_words(program, left(until))) {
        let words: Vec<OsString> = std::iter::once(WORD.into()).chain(rest.iter().cloned()).collect();
        let budget = (BUDGET_IN_MILLISECONDS, left(until).as_millis().to_string());
        let _ = run::replace_self(&program, &words, Some(budget));
    }
    Vec::new()
}
