//! Writing and removing files: each only if it still is as the plan has seen it, and each in one piece.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use lab_plan::Exit;

use super::plan::{FilePlan, FileStep};
use crate::connect::quoted;
use crate::error::{Error, Result};
use crate::terminal::Terminal;

/// Stops at the first failure, and says what was done and what was not.
pub(super) fn apply(plan: &FilePlan, terminal: &Terminal) -> Result<()> {
    for (i, step) in plan.steps.iter().enumerate() {
        if let Err(error) = carry_out(step) {
            let titles = |steps: &[FileStep]| steps.iter().map(FileStep::title).collect::<Vec<_>>().join("; ");
            let (done, not_done) = plan.steps.split_at(i);
            let with = |error: Error, what: &str, steps: &[FileStep]| {
                if steps.is_empty() { error } else { error.hint(format!("{what}: {}", titles(steps))) }
            };
            return Err(with(with(error, "done before that, and left in place", done), "not done", not_done));
        }
        terminal.tell(&format!("done: {}", step.title()));
    }
    Ok(())
}

fn carry_out(step: &FileStep) -> Result<()> {
    let failed = |error: io::Error| {
        let folder = step.path.parent().unwrap_or(Path::new(".")).display().to_string();
        Error::failed(format!("could not {}", step.title()))
            .cause(error)
            .hint(format!("look at its folder: ls -ld {}", quoted(&folder)))
    };
    if present(&step.path).map_err(failed)? != step.before {
        return Err(Error::new(Exit::Refused, format!("{} was changed meanwhile", step.path.display()))
            .hint("run the same again"));
    }
    match &step.after {
        Some(text) => write(&step.path, text).map_err(failed),
        None => fs::remove_file(&step.path).map_err(failed),
    }
}

fn present(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Beside it first and then in its place, so that nobody ever runs half of it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let draft = draft(path);
    let written =
        fs::write(&draft, text).and_then(|()| make_executable(&draft)).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The error that came first is the one to tell.
        let _ = fs::remove_file(&draft);
    }
    written
}

/// A name that neither kubectl nor a shell looks for.
fn draft(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// On Windows the name decides.
#[cfg(not(unix))]
fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(path: &Path, before: Option<&str>, after: Option<&str>) -> FileStep {
        FileStep { path: path.to_owned(), before: before.map(str::to_owned), after: after.map(str::to_owned) }
    }

    #[test]
    fn a_file_is_written_renewed_and_removed_in_one_piece() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        carry_out(&step(&path, None, Some("one"))).unwrap();
        carry_out(&step(&path, Some("one"), Some("two"))).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        carry_out(&step(&path, Some("two"), None)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_somebody_has_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "theirs").unwrap();
        for step in [step(&path, None, Some("ours")), step(&path, Some("ours"), None)] {
            assert_eq!(carry_out(&step).unwrap_err().exit, Exit::Refused);
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    }

    #[test]
    fn a_failure_names_what_was_done_and_what_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("a"), folder.path().join("none/b"));
        let steps = vec![step(&good, None, Some("x")), step(&bad, None, Some("x")), step(&good, None, None)];
        let error = apply(&FilePlan { steps, ..FilePlan::default() }, &Terminal::default()).unwrap_err();
        let text = format!("{error}\n{}", error.hints.join("\n")).replace(&folder.path().display().to_string(), "DIR");
        insta::assert_snapshot!(text, @r"
        could not write DIR/none/b: No such file or directory (os error 2)
        look at its folder: ls -ld DIR/none
        done before that, and left in place: write DIR/a
        not done: write DIR/none/b; write DIR/a
        ");
    }
}
