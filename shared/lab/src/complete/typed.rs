//! Reading a command line that is not finished: what was typed before, and what the word under the cursor is going to be.

use clap::{Arg, ArgAction, Args as _, Command, FromArgMatches as _};

use crate::flags::Connection;

pub(super) struct Typed<'t> {
    /// The innermost one that was named.
    pub command: &'t Command,
    /// The names that led there.
    pub words: Vec<&'t str>,
    /// The arguments before the word under the cursor, each with its value.
    pub given: Vec<(&'t Arg, &'t str)>,
    pub place: Place<'t>,
}

#[derive(Debug)]
pub(super) enum Place<'t> {
    /// The word begins with a dash.
    Flag(&'t str),
    /// The value of an argument.
    Value {
        arg: &'t Arg,
        /// What stands before it in the same word and has to stay, such as `pod,` of a list.
        kept: &'t str,
        word: &'t str,
    },
    /// The name of a command, or nothing that is known.
    Command(&'t str),
}

impl<'t> Typed<'t> {
    /// The last word is the one under the cursor. What cannot be right is passed over: it may yet become so.
    pub fn read(command: &'t Command, words: &'t [String]) -> Typed<'t> {
        let (last, before) = words.split_last().map_or(("", words), |(last, before)| (last.as_str(), before));
        let mut typed = Typed { command, words: Vec::new(), given: Vec::new(), place: Place::Command(last) };
        let (mut pending, mut positions, mut only_positions) = (None, 0, false);
        for word in before.iter().map(String::as_str) {
            if let Some(arg) = pending.take() {
                typed.given.push((arg, word));
            } else if only_positions || !word.starts_with('-') || word == "-" {
                positions += usize::from(!typed.enter(word, positions));
            } else if word == "--" {
                only_positions = true;
            } else {
                pending = typed.take_flags(word);
            }
        }
        typed.place = match pending {
            Some(arg) => value(arg, "", last),
            None if last.starts_with('-') && !only_positions => typed.flag(last),
            None => match position(typed.command, positions) {
                Some(arg) => value(arg, "", last),
                None => Place::Command(last),
            },
        };
        typed
    }

    /// Takes a word as the name of a command, else as the next argument without a flag. Whether it was the former.
    fn enter(&mut self, word: &'t str, positions: usize) -> bool {
        let inner = self.command.get_subcommands().find(|inner| positions == 0 && inner.get_name() == word);
        match inner {
            Some(inner) => {
                self.command = inner;
                self.words.push(inner.get_name());
            }
            None => self.given.extend(position(self.command, positions).map(|arg| (arg, word))),
        }
        inner.is_some()
    }

    /// Takes `--flag`, `--flag=value`, `-f`, `-fvalue` or `-abc`; gives the flag whose value is the next word.
    fn take_flags(&mut self, word: &'t str) -> Option<&'t Arg> {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let arg = long_flag(self.command, name)?;
            let waits = value.is_none() && takes_value(arg) && !arg.is_require_equals_set();
            self.given.extend((!waits).then_some((arg, value.unwrap_or_default())));
            return waits.then_some(arg);
        }
        for (place, letter) in word.char_indices().skip(1) {
            let arg = short_flag(self.command, letter)?;
            let rest = &word[place + letter.len_utf8()..];
            match (takes_value(arg), rest) {
                (false, _) => self.given.push((arg, "")),
                (true, "") => return Some(arg),
                (true, rest) => {
                    self.given.push((arg, rest.strip_prefix('=').unwrap_or(rest)));
                    return None;
                }
            }
        }
        None
    }

    /// A word that begins with a dash is a flag, or a flag with the beginning of its value.
    fn flag(&self, word: &'t str) -> Place<'t> {
        let long = word.strip_prefix("--").and_then(|long| long.split_once('='));
        if let Some((arg, text)) = long.and_then(|(name, text)| Some((long_flag(self.command, name)?, text))) {
            // By itself the shell keeps what stands before the equals sign.
            return value(arg, "", text);
        }
        let short = word[1..].chars().next().and_then(|letter| short_flag(self.command, letter));
        match short.filter(|arg| takes_value(arg) && word.len() > 2) {
            Some(arg) => match word[2..].strip_prefix('=') {
                Some(text) => value(arg, "", text),
                None => value(arg, &word[..2], &word[2..]),
            },
            None => Place::Flag(word),
        }
    }

    /// The values of an argument so far.
    pub fn given<'s>(&'s self, id: &'s str) -> impl Iterator<Item = &'t str> + 's {
        self.given.iter().filter(move |(arg, _)| arg.get_id() == id).map(|(_, value)| *value)
    }

    /// The cluster that is meant, as far as it was said. What cannot be understood is left out.
    pub fn connection(&self) -> Connection {
        let flags = Connection::augment_args(Command::new("connection"));
        let belongs = |arg: &Arg| flags.get_arguments().any(|known| known.get_id() == arg.get_id());
        let line = self.given.iter().filter(|(arg, _)| belongs(arg)).filter_map(|(arg, value)| {
            let name = arg.get_long()?;
            Some(if takes_value(arg) { format!("--{name}={value}") } else { format!("--{name}") })
        });
        let words: Vec<String> = std::iter::once("connection".to_owned()).chain(line).collect();
        let matches = flags.try_get_matches_from(words);
        matches.and_then(|matches| Connection::from_arg_matches(&matches)).unwrap_or_default()
    }
}

fn value<'t>(arg: &'t Arg, flag: &'t str, word: &'t str) -> Place<'t> {
    let list = arg.get_value_delimiter().filter(|_| flag.is_empty()).and_then(|comma| word.rfind(comma));
    match list {
        Some(place) => {
            let (kept, word) = word.split_at(place + 1);
            Place::Value { arg, kept, word }
        }
        None => Place::Value { arg, kept: flag, word },
    }
}

fn position(command: &Command, number: usize) -> Option<&Arg> {
    let at = |number| command.get_positionals().find(|arg| arg.get_index() == Some(number));
    let last = || command.get_positionals().last().filter(|arg| matches!(arg.get_action(), ArgAction::Append));
    at(number + 1).or_else(last)
}

fn long_flag<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(name))
}

fn short_flag(command: &Command, letter: char) -> Option<&Arg> {
    command.get_arguments().find(|arg| arg.get_short() == Some(letter))
}

pub(super) fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}
