//! The one place that prints: talk goes to standard error, data to standard output.
#![expect(clippy::print_stderr, reason = "everything else hands its text to this file")]

use std::fmt;
use std::io::{IsTerminal, Write};

/// Something worth knowing while a command runs.
pub fn note(text: impl fmt::Display) {
    eprintln!("{text}");
}

/// Data: what a script would read. A reader that went away (`| head`) is not an error.
pub fn data(text: impl fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

/// An error on one line of bearable length, for a wait that may still end well.
pub fn brief(error: &anyhow::Error) -> String {
    let line = format!("{error:#}").replace('\n', " ");
    let end = line.char_indices().nth(200).map_or(line.len(), |(end, _)| end);
    if end < line.len() { format!("{}…", &line[..end]) } else { line }
}

/// Whether a person is watching the talk.
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// An error whose reader is told how to go on.
#[derive(Debug)]
pub struct Hinted {
    message: String,
    hints: Vec<String>,
}

impl Hinted {
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hints: vec![hint.into()] }
    }

    pub fn with_hints(message: impl Into<String>, hints: Vec<String>) -> Self {
        Self { message: message.into(), hints }
    }
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Hinted {}

/// `error: could not …: cause: cause`, then one `hint:` line for each way on.
pub fn failure(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
    for hint in error.chain().filter_map(|cause| cause.downcast_ref::<Hinted>()).flat_map(|hinted| &hinted.hints) {
        eprintln!("hint: {hint}");
    }
}
