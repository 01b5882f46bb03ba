//! Asking the person, on a terminal only.

use dialoguer::console::Term;
use dialoguer::{Confirm, Select};
use lab_plan::Exit;

use crate::error::{Error, Result};

/// True for yes. No answer counts as no.
pub fn confirm(question: &str) -> Result<bool> {
    // A key alone would leave the Enter that most people type behind it to whatever is asked next.
    let answer = Confirm::new().with_prompt(question).default(false).wait_for_newline(true).interact_opt();
    answered(answer, "answer beforehand with --yes").map(|answer| answer.unwrap_or(false))
}

/// The number of the line that was chosen, if one was.
pub fn select(question: &str, lines: &[String]) -> Result<Option<usize>> {
    let answer = Select::new().with_prompt(question).items(lines).default(0).interact_opt();
    answered(answer, "answer beforehand with a flag: see --help")
}

fn answered<T>(answer: dialoguer::Result<T>, instead: &str) -> Result<T> {
    if answer.is_err() {
        // The question hides it, and an interruption leaves it so.
        let _ = Term::stderr().show_cursor();
    }
    answer.map_err(|error| match error {
        dialoguer::Error::IO(error) if error.kind() == std::io::ErrorKind::Interrupted => {
            // The cursor still stands behind the question. Without a terminal nobody is left to see it.
            let _ = Term::stderr().write_line("");
            Error::new(Exit::Interrupted, "interrupted")
        }
        error => Error::failed("could not ask").cause(error).hint(instead),
    })
}
