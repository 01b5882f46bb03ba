//! The report as a table or as JSON, and what is to be said about it.

use std::collections::BTreeMap;

use serde_json::json;

use crate::args::Format;
use crate::judge::{File, Report, State, Verdict};
use crate::sums;

impl Report {
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Table => self.table(),
            Format::Json => self.json(),
        }
    }

    fn table(&self) -> String {
        let heading = ["FILE", "VERSION", "STATE", "SHA-256"].map(str::to_owned);
        let rows: Vec<[String; 4]> = [heading].into_iter().chain(self.rows()).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let [first, second, third] = [width(0), width(1), width(2)];
        rows.iter().map(|[a, b, c, d]| format!("{a:first$}   {b:second$}   {c:third$}   {d}\n")).collect()
    }

    /// Each file, but one row for all those of a folder that are as they should be: nobody reads the digests of forty manual pages.
    fn rows(&self) -> Vec<[String; 4]> {
        let folder = |file: &File| match file.file.split_once('/') {
            Some((folder, _)) if file.state == State::Same => Some(folder.to_owned()),
            _ => None,
        };
        let mut folders: BTreeMap<String, usize> = BTreeMap::new();
        self.files.iter().filter_map(folder).for_each(|folder| *folders.entry(folder).or_default() += 1);
        let single = self.files.iter().filter(|file| folder(file).is_none()).map(row);
        let together = folders.into_iter().map(|(folder, count)| {
            [format!("{folder}/ ({count} files)"), "-".to_owned(), words(State::Same).to_owned(), "-".to_owned()]
        });
        single.chain(together).collect()
    }

    fn json(&self) -> String {
        let report = json!({
            "apiVersion": "lab/v1",
            "kind": "DigestsReport",
            "verdict": self.verdict,
            "folder": self.folder.display().to_string(),
            "files": self.files,
        });
        format!("{report:#}\n")
    }

    /// Talk for stderr; empty where nothing is wrong.
    pub fn findings(&self) -> String {
        let folder = self.folder.display();
        match self.verdict {
            Verdict::Same => String::new(),
            Verdict::Unproven => format!(
                "error: could not compare the files: there is no {} in {folder}\nhint: only the archives of a release have one\n",
                sums::NAME
            ),
            Verdict::Different => {
                let bad = self.files.iter().filter(|file| file.state != State::Same);
                let bad: Vec<String> = bad.map(|file| format!("{} ({})", file.file, words(file.state))).collect();
                format!(
                    "error: not the files of one release: {}\nhint: put all files of one archive into {folder}, and no others\n",
                    bad.join(", ")
                )
            }
        }
    }
}

fn row(file: &File) -> [String; 4] {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    [file.file.clone(), or_dash(&file.version), words(file.state).to_owned(), or_dash(&file.sha256)]
}

fn words(state: State) -> &'static str {
    match state {
        State::Same => "same",
        State::Differs => "differs",
        State::Missing => "missing",
        State::NotListed => "not-listed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_folder_that_are_as_they_should_be_share_a_row() {
        let file = |name: &str, state: State| File {
            file: name.to_owned(),
            version: None,
            sha256: Some("ab".to_owned()),
            expected: None,
            state,
        };
        let files = vec![
            file("LICENSE", State::Same),
            file("man/man1/a.1", State::Same),
            file("man/man1/b.1", State::Differs),
            file("man/man1/c.1", State::Same),
        ];
        let report = Report { folder: "/lab".into(), verdict: Verdict::Different, files };
        insta::assert_snapshot!(report.print(Format::Table), @r"
        FILE             VERSION   STATE     SHA-256
        LICENSE          -         same      ab
        man/man1/b.1     -         differs   ab
        man/ (2 files)   -         same      -
        ");
    }
}
