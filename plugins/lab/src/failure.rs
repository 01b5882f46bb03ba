//! One shape for everything that goes wrong: what could not be done, and what to run next.

use std::fmt;
use std::io;

use crate::exit::Exit;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub exit: Exit,
    message: String,
    hints: Vec<String>,
}

impl Failure {
    pub fn failed(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Failed, message: message.into(), hints: Vec::new() }
    }

    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Usage, message: message.into(), hints: Vec::new() }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.message)?;
        self.hints.iter().try_for_each(|hint| writeln!(f, "hint: {hint}"))
    }
}

/// The system's own words for an error, to be read in the middle of a sentence: no capital, no "(os error 2)".
pub fn cause(error: &io::Error) -> String {
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or(&words);
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_an_error_line_and_its_hints() {
        let failure = Failure::usage("unknown verb \"x\"").hint("one").hint("two");
        assert_eq!(failure.to_string(), "error: unknown verb \"x\"\nhint: one\nhint: two\n");
        assert_eq!(failure.exit, Exit::Usage);
    }

    #[test]
    fn a_cause_reads_well_in_the_middle_of_a_sentence() {
        assert_eq!(cause(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(cause(&io::Error::other("Odd")), "odd");
    }
}
