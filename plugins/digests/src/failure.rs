//! What could not be done, and why.

use std::fmt;
use std::io;

#[derive(Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// `what` is a fragment: "could not read the folder".
    pub fn new(what: impl fmt::Display, cause: &io::Error) -> Failure {
        let cause = cause.to_string();
        // The system's words, without their number.
        Failure(format!("{what}: {}", cause.split(" (os error").next().unwrap_or(&cause).to_lowercase()))
    }

    pub fn because(message: impl Into<String>) -> Failure {
        Failure(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.0)
    }
}
