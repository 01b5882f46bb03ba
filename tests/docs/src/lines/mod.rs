//! What becomes of each command line that the documents tell their reader to type: it is run, in sessions before a real cluster, or there is a
//! reason why it is not.

mod not_run;
mod sessions;

use std::collections::BTreeSet;

pub use not_run::NOT_RUN;
pub use sessions::{INSTALLED, METALLB, METRICS, SERVICES};

use crate::command_line;
use crate::repository::documents;

/// A line of a session, as a shell gets it.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub line: &'static str,
    pub ends: Ends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    With(i32),
    /// By Ctrl-C, once it has shown something.
    Interrupted,
}

const fn runs(line: &'static str) -> Step {
    Step { line, ends: Ends::With(0) }
}

const fn fails(code: i32, line: &'static str) -> Step {
    Step { line, ends: Ends::With(code) }
}

const fn until_interrupted(line: &'static str) -> Step {
    Step { line, ends: Ends::Interrupted }
}

/// Every line for a shell in the blocks of the documents, without its comment.
pub fn documented() -> BTreeSet<String> {
    documents().iter().flat_map(|document| typed(&document.text)).collect()
}

fn typed(text: &str) -> Vec<String> {
    let without_comment = |line: &str| format!(" {line}").split(" #").next().unwrap_or_default().trim().to_owned();
    command_line::lines(text).into_iter().map(without_comment).filter(|line| !line.is_empty()).collect()
}

/// Those that are run.
pub fn run() -> BTreeSet<String> {
    [INSTALLED, METRICS, SERVICES, METALLB].concat().iter().map(|step| step.line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_is_typed() {
        let text = "```sh\na b    # why\n# nothing\n\nc '#d'\n```\n```console\n$ e\nf\n```\n```yaml\ng\n```\n`h`\n";
        assert_eq!(typed(text), ["a b", "c '#d'", "e"]);
    }
}
