//! What can stand at the place under the cursor, as far as the program knows it by itself.

use clap::{Arg, ArgAction, Command, ValueHint};

use super::Live;
use super::objects::{Objects, Scope};
use super::typed::{Place, Typed, takes_value};
use crate::command_line::Part;
use crate::harmless::one_line;

/// A value that can be typed, and what it is; may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub value: String,
    pub about: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub candidates: Vec<Candidate>,
    /// What of the word under the cursor comes before each of them.
    pub kept: String,
    /// The shell need not sort them.
    pub in_this_order: bool,
    pub files: Files,
}

/// What the shell is to offer of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Files {
    #[default]
    None,
    Any,
    Folders,
}

/// The bits at the end of an answer.
const NO_SPACE: u32 = 2;
const NO_FILES: u32 = 4;
const FOLDERS: u32 = 16;
const KEEP_ORDER: u32 = 32;

const CONNECTION: &[(&str, Live)] = &[
    ("context", Live::Contexts),
    ("cluster", Live::Clusters),
    ("user", Live::Users),
    ("namespace", Live::Objects(&[NAMESPACES])),
];
const NAMESPACES: Objects = Objects::of::<k8s_openapi::api::core::v1::Namespace>(Scope::Cluster);

impl Candidate {
    pub fn new(value: impl Into<String>, about: &str) -> Candidate {
        Candidate { value: value.into(), about: one_line(about) }
    }
}

pub(super) fn known(typed: &Typed<'_>, part: Option<&Part>) -> Answer {
    match &typed.place {
        Place::Flag(word) => Answer::of(flags(typed, |_| true), word),
        Place::Value { arg, kept, word } => Answer {
            kept: (*kept).to_owned(),
            files: files(arg),
            ..Answer::of(values(arg, typed.given(arg.get_id().as_str()), kept, part), word)
        },
        Place::Command(word) => {
            let commands: Vec<Candidate> = typed.command.get_subcommands().map(subcommand).collect();
            // Where nothing but flags can follow, they are shown; how to connect is kubectl's, and known.
            let own = |arg: &Arg| arg.get_help_heading().is_none_or(|heading| !heading.starts_with("Connection"));
            let all = if commands.is_empty() && word.is_empty() { flags(typed, own) } else { commands };
            Answer::of(all, word)
        }
    }
}

/// What has to be looked up, and for which word.
pub(super) fn live<'t>(typed: &Typed<'t>, part: &Part) -> Option<(Live, &'t str)> {
    let Place::Value { arg, word, .. } = &typed.place else { return None };
    let all = part.live.iter().chain(CONNECTION);
    let (_, live) = all.into_iter().find(|(id, _)| arg.get_id() == *id)?;
    Some((*live, word))
}

fn subcommand(command: &Command) -> Candidate {
    Candidate::new(command.get_name(), &command.get_about().map(ToString::to_string).unwrap_or_default())
}

/// Those that can still be given.
fn flags(typed: &Typed<'_>, wanted: impl Fn(&Arg) -> bool) -> Vec<Candidate> {
    let is_given = |arg: &Arg| typed.given.iter().any(|(given, _)| given.get_id() == arg.get_id());
    let repeats = |arg: &Arg| matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
    // Said by one of the two, it holds for both.
    let conflict = |one: &Arg, other: &Arg| typed.command.get_arg_conflicts_with(one).contains(&other);
    let excluded = |arg: &Arg| typed.given.iter().any(|(given, _)| conflict(given, arg) || conflict(arg, given));
    let free = typed.command.get_arguments().filter(|arg| !arg.is_hide_set() && (repeats(arg) || !is_given(arg)));
    let free = free.filter(|arg| wanted(arg) && !excluded(arg));
    free.filter_map(|arg| {
        let equals = if arg.is_require_equals_set() && takes_value(arg) { "=" } else { "" };
        let about = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Some(Candidate::new(format!("--{}{equals}", arg.get_long()?), &about))
    })
    .collect()
}

/// The closed list of an argument's values. Of a list no value is offered twice.
fn values<'t>(arg: &Arg, given: impl Iterator<Item = &'t str>, kept: &'t str, part: Option<&Part>) -> Vec<Candidate> {
    let comma = arg.get_value_delimiter();
    let in_list = comma.into_iter().flat_map(|comma| kept.split(comma));
    let used: Vec<&str> = match arg.get_action() {
        ArgAction::Append => in_list.chain(given).collect(),
        _ => in_list.collect(),
    };
    let own =
        arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).map(|value| {
            Candidate::new(value.get_name(), &value.get_help().map(ToString::to_string).unwrap_or_default())
        });
    let codes = part.filter(|_| arg.get_id() == "allow").map(|part| part.allows).unwrap_or_default();
    let codes = codes.iter().map(|(code, what)| Candidate::new(*code, what));
    own.chain(codes).filter(|candidate| !used.contains(&candidate.value.as_str())).collect()
}

fn files(arg: &Arg) -> Files {
    match arg.get_value_hint() {
        ValueHint::AnyPath | ValueHint::FilePath | ValueHint::ExecutablePath => Files::Any,
        ValueHint::DirPath => Files::Folders,
        _ => Files::None,
    }
}

impl Answer {
    fn of(all: Vec<Candidate>, word: &str) -> Answer {
        let candidates = all.into_iter().filter(|candidate| candidate.value.starts_with(word)).collect();
        Answer { candidates, ..Answer::default() }
    }

    /// As the shell's script reads it.
    pub fn print(&self) -> String {
        let mut text = String::new();
        // What a terminal would obey, or would make two lines of one, is no value that anybody types.
        for candidate in self.candidates.iter().filter(|candidate| is_plain(&candidate.value)) {
            text.push_str(&self.kept);
            text.push_str(&candidate.value);
            // Of candidates with an explanation, kubectl's script for bash finds those not again that have a comma.
            if !candidate.about.is_empty() && self.kept.is_empty() {
                text.push('\t');
                text.push_str(&candidate.about);
            }
            text.push('\n');
        }
        text.push_str(&format!(":{}\n", self.directive()));
        text
    }

    fn directive(&self) -> u32 {
        let goes_on = |candidate: &Candidate| candidate.value.ends_with(['=', '/']);
        let files = match self.files {
            Files::Any => 0,
            Files::Folders => FOLDERS,
            Files::None => NO_FILES,
        };
        let space = if !self.candidates.is_empty() && self.candidates.iter().all(goes_on) { NO_SPACE } else { 0 };
        let order = if self.in_this_order { KEEP_ORDER } else { 0 };
        files | space | order
    }
}

fn is_plain(value: &str) -> bool {
    !value.is_empty() && one_line(value) == value
}
