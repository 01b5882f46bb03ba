//! What goes into a release beside the programs: man pages, the files that kubectl asks when TAB is pressed, and scripts for shells.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use completion::{Shell, of_kubectl_lab, of_verb};

use crate::{man, verbs};

#[derive(Debug, PartialEq, Eq)]
pub struct ReleaseFile {
    /// From the top of the release, with slashes.
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

pub fn write(folder: &Path) -> Result<()> {
    for ReleaseFile { path, text, is_executable } in files()? {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(|| format!("could not make {}", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
        set_mode(&path, is_executable).with_context(|| format!("could not set the mode of {}", path.display()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(path: &Path, is_executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(if is_executable { 0o755 } else { 0o644 }))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _is_executable: bool) -> std::io::Result<()> {
    Ok(())
}
