//! What the facts mean for each file, and for all of them.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::facts::{Facts, Found};

#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    pub folder: PathBuf,
    pub verdict: Verdict,
    pub files: Vec<File>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Same,
    Different,
    /// There is no list to compare with.
    Unproven,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct File {
    pub file: String,
    pub version: Option<String>,
    pub sha256: Option<String>,
    /// What the list says.
    pub expected: Option<String>,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Same,
    Differs,
    /// It is on the list, and there is no such file.
    Missing,
    /// It is there, and on no list.
    NotListed,
}

impl Report {
    pub fn of(facts: &Facts) -> Report {
        let expected = |name: &str| facts.sums.as_ref().and_then(|sums| sums.get(name)).cloned();
        let files: Vec<File> = facts.files.iter().map(|(name, found)| judged(name, found, expected(name))).collect();
        let verdict = match &facts.sums {
            None => Verdict::Unproven,
            Some(_) if files.iter().all(|file| file.state == State::Same) => Verdict::Same,
            Some(_) => Verdict::Different,
        };
        Report { folder: facts.folder.clone(), verdict, files }
    }

    pub fn exit(&self) -> ExitCode {
        ExitCode::from(match self.verdict {
            Verdict::Same => 0,
            Verdict::Unproven => 1,
            Verdict::Different => 3,
        })
    }
}

fn judged(name: &str, found: &Found, expected: Option<String>) -> File {
    let state = match (&found.digest, &expected) {
        (None, _) => State::Missing,
        (Some(_), None) => State::NotListed,
        (Some(is), Some(expected)) if is == expected => State::Same,
        (Some(_), Some(_)) => State::Differs,
    };
    File { file: name.to_owned(), version: found.version.clone(), sha256: found.digest.clone(), expected, state }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn report(sums: Option<&[(&str, &str)]>, files: &[(&str, Option<&str>)]) -> Report {
        let found = |digest: Option<&str>| Found { version: None, digest: digest.map(str::to_owned) };
        let sums = sums.map(|sums| sums.iter().map(|(name, sum)| ((*name).to_owned(), (*sum).to_owned())).collect());
        let files: BTreeMap<_, _> = files.iter().map(|(name, digest)| ((*name).to_owned(), found(*digest))).collect();
        Report::of(&Facts { folder: "/lab".into(), sums, files })
    }

    #[test]
    fn a_file_is_judged_by_what_the_list_says_of_it() {
        for (sum, digest, state, verdict) in [
            (Some("a"), Some("a"), State::Same, Verdict::Same),
            (Some("a"), Some("b"), State::Differs, Verdict::Different),
            (Some("a"), None, State::Missing, Verdict::Different),
            (None, Some("a"), State::NotListed, Verdict::Different),
        ] {
            let sums: Vec<(&str, &str)> = sum.map(|sum| ("lab", sum)).into_iter().collect();
            let report = report(Some(&sums), &[("lab", digest)]);
            assert_eq!((report.files[0].state, report.verdict), (state, verdict));
        }
    }

    #[test]
    fn without_a_list_nothing_is_proven() {
        assert_eq!(report(None, &[("lab", Some("a"))]).verdict, Verdict::Unproven);
    }
}
