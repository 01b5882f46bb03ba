//! Running a verb: which file it is, and becoming that file.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::failure::Failure;
use crate::failure::cause;
use crate::search_path;
use crate::siblings;
use crate::siblings::Fault;
use crate::siblings::Kind;
use crate::suggest;
use crate::text::path_for_shell;

/// Returns only if the verb could not be run (on Unix, where the verb takes this process over).
pub fn verb(verb: &OsStr, args: &[OsString], folder: &Path) -> Result<Outcome, Failure> {
    start(&find(verb, folder)?, args)
}

/// The same, but only from beside this program; nothing if it is not there.
pub fn beside(verb: &str, args: &[OsString], folder: &Path) -> Result<Option<Outcome>, Failure> {
    let Some(file_name) = siblings::file_name(verb) else { return Ok(None) };
    sibling(&folder.join(file_name))?.map(|path| start(&path, args)).transpose()
}

fn start(path: &Path, args: &[OsString]) -> Result<Outcome, Failure> {
    replace_self(path, args, None).map_err(|error| not_started(path, &error))
}

/// Nothing if there is no such file.
fn sibling(path: &Path) -> Result<Option<PathBuf>, Failure> {
    match siblings::kind_of(path) {
        Some(Kind::Program | Kind::Script) => Ok(Some(path.to_owned())),
        Some(Kind::Unusable(fault)) => Err(unusable(path, &fault)),
        None => Ok(None),
    }
}

/// Beside this program first: what was installed together belongs together. Then PATH, because kubectl itself runs verbs
/// from there. A sibling that cannot be used is an error, not a reason to run an unknown one of that name instead.
pub fn find(verb: &OsStr, folder: &Path) -> Result<PathBuf, Failure> {
    if let Some(file_name) = verb.to_str().and_then(siblings::file_name) {
        if let Some(path) = sibling(&folder.join(&file_name))? {
            return Ok(path);
        }
        if let Some(path) = search_path::first(&search_path::folders(), &file_name) {
            return Ok(path);
        }
    }
    Err(unknown(verb, folder))
}

fn unknown(verb: &OsStr, folder: &Path) -> Failure {
    let typed = verb.to_string_lossy();
    match siblings::beside(folder) {
        Ok(found) => match found.iter().find(|one| one.verb == typed.replace('_', "-")) {
            // The file is there under a name that nothing reaches.
            Some(one) if let Kind::Unusable(fault) = &one.kind => unusable(&one.path, fault),
            _ => suggest::verb_like(&typed, &found, folder),
        },
        Err(failure) => failure,
    }
}

fn unusable(path: &Path, fault: &Fault) -> Failure {
    Failure::failed(format!("could not run {}: {}", path.display(), fault.describe()))
        .hint(format!("run \"{}\"", fault.remedy(path)))
}

fn not_started(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::failed(format!("could not run {}: {}", path.display(), cause(error)));
    let typed = path_for_shell(path);
    match error.kind() {
        // We have seen the file, so what is missing is what its first line names (or its dynamic loader).
        io::ErrorKind::NotFound => {
            failure.hint(format!("the file is there, its interpreter is not; run \"head -1 {typed}\""))
        }
        io::ErrorKind::PermissionDenied => {
            failure.hint(format!("its folder may be mounted noexec; run \"findmnt -T {typed}\""))
        }
        _ => failure.hint(format!("run \"file {typed}\"")),
    }
}

/// Exit code, signals, terminal and process id are the verb's from here on.
#[cfg(unix)]
pub fn replace_self(program: &Path, args: &[OsString], variable: Option<(&str, String)>) -> io::Result<Outcome> {
    use std::os::unix::process::CommandExt;
    Err(Command::new(program).args(args).envs(variable).exec())
}

/// Windows cannot replace a process, so the verb runs as a child and its code is passed on.
#[cfg(not(unix))]
pub fn replace_self(program: &Path, args: &[OsString], variable: Option<(&str, String)>) -> io::Result<Outcome> {
    let status = Command::new(program).args(args).envs(variable).status()?;
    std::process::exit(status.code().unwrap_or(crate::exit::Exit::Failed as i32));
}
