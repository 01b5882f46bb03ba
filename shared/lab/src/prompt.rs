//! Asking for consent, on a terminal only.

use dialoguer::Confirm;
use lab_plan::Exit;

use crate::error::{Error, Result};

/// True for yes. No answer counts as no.
pub fn confirm(question: &str) -> Result<bool> {
    match Confirm::new().with_prompt(question).default(false).interact_opt() {
        Ok(answer) => Ok(answer.unwrap_or(false)),
        Err(dialoguer::Error::IO(error)) if error.kind() == std::io::ErrorKind::Interrupted => {
            Err(Error::new(Exit::Interrupted, "interrupted; nothing was changed"))
        }
        Err(error) => Err(Error::failed("could not ask").cause(error).hint("answer beforehand with --yes")),
    }
}
