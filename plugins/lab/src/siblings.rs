//! The verbs are the files named `kubectl-lab-*` in this program's own folder. This module finds them and says which
//! of them can be used, without running any.

use std::env::consts::ARCH;
use std::env::consts::EXE_SUFFIX;
use std::env::consts::OS;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::failure::cause;
use crate::head;
use crate::head::Head;
use crate::op::OWN_WORDS;
use crate::text::path_for_shell;

const PREFIX: &str = "kubectl-lab-";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// As it is typed: `metrics-fix`.
    pub verb: String,
    pub path: PathBuf,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Program,
    /// Begins with `#!`. Never run to be asked anything: a script that ignores its arguments would simply do its work.
    Script,
    Unusable(Fault),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    NotExecutable,
    Folder,
    BrokenLink {
        to: PathBuf,
    },
    NoFile,
    /// kubectl turns the dashes that are typed into underscores; a dash in a file name parts two words.
    DashInName {
        right: String,
    },
    /// `kubectl lab help` and the like are answered by the dispatcher.
    TakenWord,
    Unreadable(String),
    Foreign(String),
    NoProgram,
}

impl Sibling {
    pub fn is_usable(&self) -> bool {
        !matches!(self.kind, Kind::Unusable(_))
    }
}

/// All files of verbs in a folder, in the order of their verbs.
pub fn beside(folder: &Path) -> Result<Vec<Sibling>, Failure> {
    let trouble = |error: io::Error| {
        Failure::failed(format!("could not look for verbs in {}: {}", folder.display(), cause(&error)))
            .hint(format!("run \"ls -ld {}\"", path_for_shell(folder)))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(trouble)? {
        found.extend(named(&entry.map_err(trouble)?.path()));
    }
    found.sort_by(|a, b| a.verb.cmp(&b.verb).then_with(|| a.path.cmp(&b.path)));
    Ok(found)
}

/// The sibling that a file is, if its name makes it one.
pub fn named(path: &Path) -> Option<Sibling> {
    let stem = stem(path.file_name()?)?;
    let verb = stem.replace('_', "-");
    let kind = if stem.contains('-') {
        Kind::Unusable(Fault::DashInName { right: file_name(&verb)? })
    } else if OWN_WORDS.contains(&verb.as_str()) {
        Kind::Unusable(Fault::TakenWord)
    } else {
        kind_of(path)?
    };
    Some(Sibling { verb, path: path.to_owned(), kind })
}

/// The file name that kubectl would look for, or nothing if no file name can be made of the word.
pub fn file_name(verb: &str) -> Option<String> {
    is_verb(verb).then(|| format!("{PREFIX}{}{EXE_SUFFIX}", verb.replace('-', "_")))
}

/// The verb that a file's name stands for, whatever the file is.
pub fn verb_of(path: &Path) -> Option<String> {
    path.file_name().and_then(stem).map(|stem| stem.replace('_', "-"))
}

fn stem(file: &OsStr) -> Option<&str> {
    let stem = file.to_str()?.strip_prefix(PREFIX)?.strip_suffix(EXE_SUFFIX)?;
    is_verb(stem).then_some(stem)
}

/// No dots: a folder full of programs has files like `kubectl-lab-probe.d` and `kubectl-lab-probe.sha256` as well.
/// No slashes: a word must never become a path.
fn is_verb(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_')
}

/// Nothing if there is no such file.
pub fn kind_of(path: &Path) -> Option<Kind> {
    let fault = |fault| Some(Kind::Unusable(fault));
    let facts = match fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return fs::read_link(path).ok().map(|to| Kind::Unusable(Fault::BrokenLink { to }));
        }
        Err(error) => return fault(Fault::Unreadable(cause(&error))),
    };
    if facts.is_dir() {
        fault(Fault::Folder)
    } else if !facts.is_file() {
        fault(Fault::NoFile)
    } else if !is_executable(&facts) {
        fault(Fault::NotExecutable)
    } else {
        Some(kind_of_program(path))
    }
}

fn kind_of_program(path: &Path) -> Kind {
    match head::of(path) {
        Ok(Head::Script) => Kind::Script,
        Ok(Head::Foreign(machine)) => Kind::Unusable(Fault::Foreign(machine)),
        Ok(Head::Neither) => Kind::Unusable(Fault::NoProgram),
        // A program may be executable without being readable; a script may not, for no shell could read it either.
        Ok(Head::Program) | Err(_) => Kind::Program,
    }
}

#[cfg(unix)]
fn is_executable(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    facts.permissions().mode() & 0o111 != 0
}

/// On Windows the name decides, and `file_name` has seen to that.
#[cfg(not(unix))]
fn is_executable(_facts: &fs::Metadata) -> bool {
    true
}

impl Fault {
    /// What is wrong, to follow the file's path and a colon.
    pub fn describe(&self) -> String {
        match self {
            Fault::NotExecutable => "not executable".to_owned(),
            Fault::Folder => "a folder, not a program".to_owned(),
            Fault::BrokenLink { to } => format!("a broken link to {}", to.display()),
            Fault::NoFile => "not a file".to_owned(),
            Fault::DashInName { .. } => "a dash in a file name parts two words of a command".to_owned(),
            Fault::TakenWord => "kubectl lab answers that word itself".to_owned(),
            Fault::Unreadable(why) => why.clone(),
            Fault::Foreign(machine) => format!("built for {machine}, and this is {OS} on {ARCH}"),
            Fault::NoProgram => "neither a program nor a script that begins with #!".to_owned(),
        }
    }

    /// The command that mends it or shows more of it.
    pub fn remedy(&self, path: &Path) -> String {
        let typed = path_for_shell(path);
        match self {
            Fault::NotExecutable => format!("chmod +x {typed}"),
            Fault::DashInName { right } => format!("mv {typed} {}", path_for_shell(&path.with_file_name(right))),
            Fault::Foreign(_) | Fault::NoProgram => format!("file {typed}"),
            Fault::Folder | Fault::BrokenLink { .. } | Fault::NoFile | Fault::TakenWord | Fault::Unreadable(_) => {
                format!("ls -ld {typed}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_are_typed_and_underscores_are_in_file_names() {
        for typed in ["metrics-fix", "metrics_fix"] {
            assert_eq!(file_name(typed), Some(format!("kubectl-lab-metrics_fix{EXE_SUFFIX}")));
        }
    }

    #[test]
    fn no_word_becomes_a_path() {
        for word in ["", "a/b", "../x", "..", "a\\b", "c:x", "a\0b", "probe.sh"] {
            assert_eq!(file_name(word), None, "{word:?}");
        }
    }

    #[test]
    fn only_names_of_verbs_count_as_siblings() {
        for (file, verb) in [
            ("kubectl-lab-probe", Some("probe")),
            ("kubectl-lab-metrics_fix", Some("metrics_fix")),
            ("kubectl-lab", None),
            ("kubectl-lab-", None),
            ("kubectl-lab-probe.d", None),
            ("kubectl-lab-probe.sha256", None),
            ("kubectl-labour", None),
            ("kubectl-ctx", None),
        ] {
            assert_eq!(stem(format!("{file}{EXE_SUFFIX}").as_ref()), verb, "{file}");
        }
    }

    #[test]
    fn a_dash_in_a_file_name_is_told_with_the_right_name() {
        let found = named(Path::new(&format!("/x/kubectl-lab-metrics-fix{EXE_SUFFIX}"))).expect("a sibling");
        assert_eq!(found.verb, "metrics-fix");
        let right = format!("kubectl-lab-metrics_fix{EXE_SUFFIX}");
        assert_eq!(found.kind, Kind::Unusable(Fault::DashInName { right }));
    }

    #[test]
    fn a_verb_named_like_an_own_word_is_told() {
        let found = named(Path::new(&format!("/x/kubectl-lab-version{EXE_SUFFIX}"))).expect("a sibling");
        assert_eq!(found.kind, Kind::Unusable(Fault::TakenWord));
    }

    #[test]
    fn a_missing_file_is_no_sibling() {
        assert_eq!(named(Path::new("/nonexistent/kubectl-lab-probe")), None);
    }
}
