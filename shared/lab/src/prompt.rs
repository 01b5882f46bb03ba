//! Asking for consent, on a terminal only.

use dialoguer::Confirm;
use dialoguer::console::Term;
use lab_plan::Exit;

use crate::error::{Error, Result};

/// True for yes. No answer counts as no.
pub fn confirm(question: &str) -> Result<bool> {
    let answer = Confirm::new().with_prompt(question).default(false).interact_opt();
    if answer.is_err() {
        // The question hides it, and an interruption leaves it so.
        let _ = Term::stderr().show_cursor();
    }
    match answer {
        Ok(answer) => Ok(answer.unwrap_or(false)),
        Err(dialoguer::Error::IO(error)) if error.kind() == std::io::ErrorKind::Interrupted => {
            // The cursor still stands behind the question. Without a terminal nobody is left to see it.
            let _ = Term::stderr().write_line("");
            Err(Error::new(Exit::Interrupted, "interrupted"))
        }
        Err(error) => Err(Error::failed("could not ask").cause(error).hint("answer beforehand with --yes")),
    }
}
