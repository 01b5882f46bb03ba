//! Where the recording and its picture are.

use std::path::PathBuf;

use lab_cluster::built::workspace;

pub fn recording() -> PathBuf {
    workspace().join("docs/session.cast")
}

pub fn picture() -> PathBuf {
    workspace().join("docs/session.svg")
}
