//! What went wrong, for a person: what was tried, each cause, and the command that helps.

use std::fmt;

use lab_plan::{Exit, Refusal, RefusalKind};

use crate::rights::Right;

/// An error that ends a command. Its exit code says what sort it is; wording happens here and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub exit: Exit,
    /// `could not …`, lowercase, without a full stop.
    pub message: String,
    /// Outermost first.
    pub causes: Vec<String>,
    pub hints: Vec<String>,
    /// The rights whose absence caused it.
    pub missing: Vec<Right>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(exit: Exit, message: impl Into<String>) -> Error {
        Error { exit, message: message.into(), causes: Vec::new(), hints: Vec::new(), missing: Vec::new() }
    }

    pub fn failed(message: impl Into<String>) -> Error {
        Error::new(Exit::Failed, message)
    }

    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Exit::Usage, message)
    }

    #[must_use]
    pub fn cause(mut self, cause: impl fmt::Display) -> Error {
        self.causes.push(cause.to_string());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hints.push(hint.into());
        self
    }

    /// Says what was being tried when `self` happened.
    #[must_use]
    pub fn while_trying(mut self, what: impl Into<String>) -> Error {
        let inner = std::mem::replace(&mut self.message, what.into());
        self.causes.insert(0, inner);
        self
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        let exit = match refusal.kind {
            RefusalKind::Refused => Exit::Refused,
            RefusalKind::CannotMend => Exit::Failed,
        };
        let mut error = Error::new(exit, refusal.reason);
        error.hints = refusal.hints;
        if let Some(code) = refusal.allowed_by {
            error.hints.push(format!("to go ahead all the same, add --allow {code}"));
        }
        error
    }
}

/// `could not …: cause: cause` on one line; the hints and the Role are printed below it by [`crate::terminal`].
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl std::error::Error for Error {}
