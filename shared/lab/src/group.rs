//! Several verbs behind one name, in one program: `kubectl lab metallb install`, `… status`, `… pool add`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use lab_plan::Exit;

use crate::command_line::{CommandLine, Part};
use crate::entry::{answers, command, perform};
use crate::error::Error;
use crate::observe::Nothing;
use crate::terminal::Terminal;
use crate::verb::Verb;

/// The verbs of one program. Each is called by the words of its `NAME`, which begin with the group's.
pub struct Group {
    name: &'static str,
    command: Command,
    verbs: Vec<Member>,
}

struct Member {
    part: Part,
    perform: fn(&ArgMatches) -> Exit,
}

impl Group {
    pub fn new(name: &'static str, about: &'static str) -> Group {
        let command = parent(Command::new(format!("kubectl-lab-{}", name.replace('-', "_"))), name).about(about);
        Group { name, command, verbs: Vec::new() }
    }

    /// What stands under the options in the help, such as examples.
    #[must_use]
    pub fn after_help(mut self, text: &'static str) -> Group {
        self.command = self.command.after_long_help(text);
        self
    }

    /// A group of verbs within: its words, and what it is for.
    #[must_use]
    pub fn section(mut self, word: &'static str, about: &'static str) -> Group {
        let name = format!("{} {word}", self.name);
        self.command = self.command.subcommand(parent(Command::new(word), &name).about(about));
        self
    }

    #[must_use]
    pub fn verb<V: Verb>(mut self) -> Group {
        let words: Vec<&'static str> = V::NAME.split(' ').skip(self.name.split(' ').count()).collect();
        let of_verb = command::<V>().name(words.last().copied().unwrap_or(V::NAME));
        self.command = match words[..] {
            [section, _] => self.command.mut_subcommand(section, |parent| parent.subcommand(of_verb)),
            _ => self.command.subcommand(of_verb),
        };
        self.verbs.push(Member { part: Part::of::<V>(words), perform: perform::<V, Nothing> });
        self
    }

    /// The command line, as the user types it.
    pub fn command(self) -> Command {
        self.command
    }

    /// All that can be typed after the group's name.
    pub fn command_line(self) -> CommandLine {
        CommandLine { command: self.command, parts: self.verbs.into_iter().map(|verb| verb.part).collect() }
    }

    /// The `main` of the program; `group` makes the group.
    pub fn main(group: fn() -> Group) -> ExitCode {
        if answers(move || group().command_line()) {
            return ExitCode::SUCCESS;
        }
        let Group { command, verbs, .. } = group();
        let matches = match command.try_get_matches() {
            Ok(matches) => matches,
            // Help comes this way too, with code 0; wrong usage with 2.
            Err(error) => error.exit(),
        };
        let (words, matches) = chosen(&matches);
        let exit = match verbs.iter().find(|verb| verb.part.words == words) {
            Some(verb) => (verb.perform)(matches),
            None => {
                Terminal::default().error(&Error::usage("no verb was named"));
                Exit::Usage
            }
        };
        ExitCode::from(exit.code())
    }
}

fn parent(command: Command, name: &str) -> Command {
    command
        .bin_name(format!("kubectl lab {name}"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
}

fn chosen(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut words, mut at) = (Vec::new(), matches);
    while let Some((word, inner)) = at.subcommand() {
        words.push(word);
        at = inner;
    }
    (words, at)
}
