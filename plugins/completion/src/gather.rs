//! Looking: which folder, which verbs, and which files are there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lab::{Error, Result};

use crate::args::{Args, Wish};
use crate::facts::{Facts, Present};
use crate::file;

/// What is longer is nobody's completion.
const LONGEST: u64 = 64 * 1024;

pub fn gather(args: &Args) -> Result<Facts> {
    let wish = args.wish();
    if let Wish::Print(_) = wish {
        return Ok(Facts::default());
    }
    let folders = on_path();
    let folder = match args.place().dir {
        Some(folder) => Some(std::path::absolute(&folder).map_err(|error| unreadable(&folder, &error))?),
        None => folders.iter().find(|folder| is_program(&folder.join("kubectl-lab"))).cloned(),
    };
    let Some(folder) = folder else { return Ok(Facts::default()) };
    let present = present(&folder)?;
    let verbs = if wish == Wish::Install { verbs()? } else { Vec::new() };
    Ok(Facts { is_on_path: folders.contains(&folder), folder: Some(folder), verbs, present })
}

fn on_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.with_extension("exe").is_file()
}

fn present(folder: &Path) -> Result<Vec<Present>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if file::is_about_us(&name) {
            found.push(Present { name, text: text(&entry.path()) });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A link is not ours, wherever it leads to.
fn text(path: &Path) -> Option<String> {
    let facts = fs::symlink_metadata(path).ok()?;
    if facts.is_file() && facts.len() <= LONGEST { fs::read_to_string(path).ok() } else { None }
}

fn unreadable(folder: &Path, error: &std::io::Error) -> Error {
    Error::usage(format!("could not look into {}", folder.display()))
        .cause(error)
        .hint(format!("look at it: ls -ld {}", lab::local::quoted(&folder.display().to_string())))
}

/// kubectl-lab lists its verbs, and knows which of them can be asked. A program that does not answer gets no file, for kubectl
/// would run it at every TAB.
fn verbs() -> Result<Vec<String>> {
    let missing = |error: std::io::Error| {
        Error::failed("could not ask kubectl-lab, beside this program, for its verbs")
            .cause(error)
            .hint("are all files of one release in one folder? kubectl lab version")
    };
    let own = env::current_exe().and_then(fs::canonicalize).map_err(missing)?;
    let folder = own.parent().unwrap_or(&own);
    let lab = folder.join(format!("kubectl-lab{}", env::consts::EXE_SUFFIX));
    let values = |words: &[&str]| -> std::io::Result<Vec<String>> {
        let output = Command::new(&lab).arg("__complete").args(words).stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines = text.lines().filter(|line| !line.starts_with(':'));
        Ok(lines.map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect())
    };
    let has_file = |verb: &String| {
        folder.join(format!("kubectl-lab-{}{}", verb.replace('-', "_"), env::consts::EXE_SUFFIX)).is_file()
    };
    let mut verbs = values(&[""]).map_err(missing)?;
    verbs.retain(has_file);
    verbs.retain(|verb| values(&[verb, "-"]).is_ok_and(|flags| !flags.is_empty()));
    Ok(verbs)
}
