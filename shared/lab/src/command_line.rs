//! All that can be typed after `kubectl lab NAME`, in one value: for parsing, and for what explains it (completion, man pages,
//! documents).

use clap::Command;

use crate::complete::{BY_CONNECTING, Live, LookUp};
use crate::verb::Verb;

pub struct CommandLine {
    pub command: Command,
    /// What the command itself cannot say, for each verb that it has.
    pub parts: Vec<Part>,
}

pub struct Part {
    /// The words behind the command's own name; none where the program is one verb.
    pub words: Vec<&'static str>,
    /// The codes that `--allow` takes, each with what it allows.
    pub allows: &'static [(&'static str, &'static str)],
    /// Which arguments take what the cluster has.
    pub live: &'static [(&'static str, Live)],
    pub(crate) look_up: LookUp,
}

impl CommandLine {
    pub fn part(&self, words: &[&str]) -> Option<&Part> {
        self.parts.iter().find(|part| part.words == words)
    }
}

impl Part {
    pub(crate) fn of<V: Verb>(words: Vec<&'static str>) -> Part {
        Part { words, allows: V::ALLOWS, live: V::LIVE, look_up: BY_CONNECTING }
    }
}
