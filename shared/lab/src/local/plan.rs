//! A plan of files, as plain data.

use std::path::PathBuf;

use lab_plan::Refusal;

use crate::error::{Error, Result};
use crate::terminal::Terminal;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePlan {
    pub steps: Vec<FileStep>,
    /// All that speaks against it, found before the first change.
    pub refusals: Vec<Refusal>,
    pub notes: Vec<String>,
}

/// A file before and after. Written are small programs, such as scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStep {
    pub path: PathBuf,
    /// None where there is no file.
    pub before: Option<String>,
    pub after: Option<String>,
}

impl FileStep {
    pub(super) fn title(&self) -> String {
        let what = match (&self.before, &self.after) {
            (None, _) => "write",
            (Some(_), Some(_)) => "renew",
            (Some(_), None) => "remove",
        };
        format!("{what} {}", self.path.display())
    }
}

impl FilePlan {
    /// The refusals as one error.
    pub(super) fn refused(&self) -> Result<()> {
        let mut refusals = self.refusals.iter().cloned().map(Error::from);
        let Some(first) = refusals.next() else { return Ok(()) };
        Err(refusals.fold(first, |mut all, other| {
            all.message = format!("{}; {}", all.message, other.message);
            all.hints.extend(other.hints);
            all
        }))
    }

    pub(super) fn say(&self, terminal: &Terminal) {
        let steps = self.steps.iter().enumerate().map(|(i, step)| format!("\n  {}. {}", i + 1, step.title()));
        let steps: String = steps.collect();
        terminal.tell(&if steps.is_empty() { "nothing to change".to_owned() } else { format!("plan:{steps}") });
        self.notes.iter().for_each(|note| terminal.note(note));
    }
}
