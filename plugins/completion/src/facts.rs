//! What there is before anything is written, as plain values.

use std::path::PathBuf;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Where the files belong; none where there is no such folder.
    pub folder: Option<PathBuf>,
    /// kubectl looks there.
    pub is_on_path: bool,
    /// The verbs beside this program that answer when TAB is pressed.
    pub verbs: Vec<String>,
    /// What is there of the names that are ours to use, in order.
    pub present: Vec<Present>,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    pub name: String,
    /// None where it is no plain file of text.
    pub text: Option<String>,
}

impl Facts {
    pub fn named(&self, name: &str) -> Option<&Present> {
        self.present.iter().find(|present| present.name == name)
    }
}
