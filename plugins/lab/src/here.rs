//! Where this program really is.
//!
//! krew links one file only (`bin/kubectl-lab`) and leaves the verbs in its store, so neither the link nor argv[0] nor
//! PATH says where they are: only the resolved path of the running program does.

use std::path::Path;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::failure::cause;

pub fn own_path() -> Result<PathBuf, Failure> {
    // Linux resolves links by itself here, macOS does not.
    std::env::current_exe().and_then(|path| path.canonicalize()).map_err(|error| {
        Failure::failed(format!("could not find out where kubectl-lab is: {}", cause(&error)))
            .hint("if it was replaced a moment ago, run the command again; else see \"command -v kubectl-lab\"")
    })
}

pub fn own_folder() -> Result<PathBuf, Failure> {
    own_path().map(|path| folder_of(&path))
}

pub fn folder_of(program: &Path) -> PathBuf {
    program.parent().unwrap_or(program).to_owned()
}
