//! What a program said and how it ended, as one text.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use super::home::Home;
use super::normal;

/// Compare its text (`to_string`) with a snapshot; volatile parts have names in it, such as `$PORT`.
#[derive(Clone, Debug)]
pub struct Output {
    line: String,
    pub stdout: String,
    pub stderr: String,
    /// `None` where a signal ended it.
    pub code: Option<i32>,
    pub took: Duration,
}

impl Output {
    pub(super) fn new(
        line: &str,
        home: &Home,
        stdout: String,
        stderr: String,
        status: ExitStatus,
        took: Duration,
    ) -> Output {
        let normal = |text: String| normal::of(&text, home.path());
        Output { line: normal(line.into()), stdout: normal(stdout), stderr: normal(stderr), code: status.code(), took }
    }

    /// Gives another volatile part a name: every `value` becomes `$NAME`.
    #[must_use]
    pub fn hiding(mut self, value: &str, name: &str) -> Output {
        for text in [&mut self.line, &mut self.stdout, &mut self.stderr] {
            *text = text.replace(value, &format!("${name}"));
        }
        self
    }

    /// # Panics
    /// If the program did not end with code 0.
    pub fn succeeds(self) -> Output {
        assert!(self.code == Some(0), "{self}");
        self
    }

    /// The data on stdout as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is not JSON: {error}\n{self}"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ {}", self.line)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                let end = if text.ends_with('\n') { "" } else { "⏎ missing\n" };
                write!(f, "-- {name}\n{text}{end}")?;
            }
        }
        match self.code {
            Some(code) => writeln!(f, "-- exit code {code}"),
            None => writeln!(f, "-- ended by a signal"),
        }
    }
}
