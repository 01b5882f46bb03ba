//! The workflow files, as far as they name what others have made and what is run.

use std::fs;

use lab_workspace::built::workspace;
use serde_json::Value;

use crate::command_line::words;
use crate::repository;

pub struct Workflow {
    pub name: String,
    document: Value,
}

/// Those of the repository.
pub fn all() -> Vec<Workflow> {
    let is_workflow = |path: &std::path::PathBuf| path.starts_with(".github/workflows");
    let files = repository::files().into_iter().filter(is_workflow);
    files
        .map(|path| {
            let name = path.display().to_string();
            let text = fs::read_to_string(workspace().join(&path)).unwrap_or_else(|error| panic!("{name}: {error}"));
            Workflow::parse(name, &text)
        })
        .collect()
}

impl Workflow {
    pub fn parse(name: impl Into<String>, text: &str) -> Workflow {
        let name = name.into();
        let document = serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Workflow { name, document }
    }

    /// What each `uses:` names, of jobs and of steps.
    pub fn uses(&self) -> Vec<&str> {
        self.texts("uses")
    }

    /// The commands of each `run:`, as words. What GitHub puts in before a shell sees it is one word.
    pub fn runs(&self) -> Vec<Vec<String>> {
        let lines = self.texts("run").into_iter().flat_map(str::lines);
        lines.flat_map(|line| words(&plain(line))).collect()
    }

    fn texts(&self, key: &str) -> Vec<&str> {
        let jobs = self.document["jobs"].as_object().into_iter().flatten().map(|(_, job)| job);
        let with_steps = jobs.flat_map(|job| [job].into_iter().chain(job["steps"].as_array().into_iter().flatten()));
        with_steps.filter_map(|part| part[key].as_str()).collect()
    }
}

/// Without `${{ … }}`.
fn plain(line: &str) -> String {
    let mut parts = line.split("${{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("EXPRESSION");
        text.push_str(part.split_once("}}").map_or("", |(_, rest)| rest));
    }
    text
}

/// A workflow of the same repository, or somebody else's at one commit, which nobody can move.
pub fn is_pinned(uses: &str) -> bool {
    let is_commit = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    uses.starts_with("./") || uses.rsplit_once('@').is_some_and(|(_, commit)| is_commit(commit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_and_run_is_found() {
        let workflow = Workflow::parse(
            "x",
            "jobs:\n  a:\n    uses: ./.github/workflows/ci.yml\n  b:\n    steps:\n      - uses: a/b@v1\n      - run: |\n          cargo ci\n          rustup target add ${{ matrix.target }} && cargo x\n",
        );
        assert_eq!(workflow.uses(), ["./.github/workflows/ci.yml", "a/b@v1"]);
        let runs: Vec<String> = workflow.runs().iter().map(|words| words.join(" ")).collect();
        assert_eq!(runs, ["cargo ci", "rustup target add EXPRESSION", "cargo x"]);
    }

    #[test]
    fn only_a_commit_is_a_pin() {
        for (uses, wanted) in [
            ("./.github/workflows/ci.yml", true),
            ("actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", true),
            ("actions/checkout@v4", false),
            ("actions/checkout@11bd719", false),
            ("actions/checkout", false),
        ] {
            assert_eq!(is_pinned(uses), wanted, "{uses}");
        }
    }
}
