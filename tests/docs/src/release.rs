//! What goes into a release beside the programs: man pages, the files that kubectl asks when TAB is pressed, and scripts for shells.

use anyhow::Result;
use completion::{Shell, of_kubectl_lab, of_verb};

use crate::{man, verbs};

#[derive(Debug, PartialEq, Eq)]
pub struct ReleaseFile {
    /// From the top of the archive, with slashes.
    pub path: String,
    pub text: String,
    /// kubectl runs it, from a folder on PATH.
    pub is_executable: bool,
}

/// `man/man1/*.1`, `completions/kubectl_complete-lab*`, and `completions/kubectl-lab.bash` and its like; in the same order each time.
pub fn files() -> Result<Vec<ReleaseFile>> {
    let file = |path: String, text: String, is_executable| ReleaseFile { path, text, is_executable };
    let man = man::pages()?.into_iter().map(|page| file(format!("man/man1/{}", page.file_name), page.text, false));
    let scripts = std::iter::once(of_kubectl_lab()).chain(verbs::names().into_iter().map(|verb| of_verb(&verb)));
    let for_kubectl = scripts.map(|script| file(format!("completions/{}", script.name), script.text, true));
    let for_shells =
        Shell::ALL.map(|shell| file(format!("completions/{}", shell.file_name()), shell.script().into(), false));
    Ok(man.chain(for_kubectl).chain(for_shells).collect())
}
