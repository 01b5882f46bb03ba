//! Why a value inside a YAML text cannot be read or changed.

use std::fmt;

use crate::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum YamlError {
    /// It does not parse; the parser's words, with line and column.
    Syntax(String),
    /// There is no document in it, or an empty one.
    Empty,
    /// More than one document, so that it is not clear which of them is meant.
    SeveralDocuments(usize),
    /// What stands at `at` has no keys. The empty path is the document itself.
    NotAMap { at: Path, found: &'static str },
    /// What stands at `at` is more than one plain value.
    NotAScalar { at: Path, found: &'static str },
    /// The map at `at` is an alias, so that a change in it would change other places too.
    Alias { at: Path },
    /// The map at `at` takes keys over from elsewhere (`<<`).
    MergeKey { at: Path },
    /// The place is written in a way that cannot be edited without touching more than the value.
    Unsafe,
    /// The new value cannot be written as a plain value.
    Unwritable,
}

fn place(at: &Path) -> String {
    if at.0.is_empty() { "the document".into() } else { at.to_string() }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            YamlError::Syntax(why) => write!(f, "it is not valid YAML: {why}"),
            YamlError::Empty => write!(f, "it is empty"),
            YamlError::SeveralDocuments(count) => {
                write!(f, "it holds {count} YAML documents, and it is not clear which one counts")
            }
            YamlError::NotAMap { at, found } => write!(f, "{} is {found}, not a map", place(at)),
            YamlError::NotAScalar { at, found } => write!(f, "{} is {found}, not a plain value", place(at)),
            YamlError::Alias { at } => {
                write!(f, "{} is an alias; a change there would change other places too", place(at))
            }
            YamlError::MergeKey { at } => write!(f, "{} takes keys over from elsewhere with <<", place(at)),
            YamlError::Unsafe => {
                write!(f, "it is written in a way that cannot be edited without touching more than that value")
            }
            YamlError::Unwritable => write!(f, "the new value is not a plain value"),
        }
    }
}

impl std::error::Error for YamlError {}
