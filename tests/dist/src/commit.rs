//! Which commit is packed, and its time: the only time that an archive knows.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, bail};
use lab_workspace::say::{self, Hinted};

use crate::sources::Sources;

/// The name that the world has for a time that a build is told.
pub const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// In seconds since 1970: what SOURCE_DATE_EPOCH says, else the time of the commit.
pub fn time(sources: &Sources) -> Result<u64> {
    if let Some(told) = env::var_os(SOURCE_DATE_EPOCH) {
        let told = told.to_string_lossy();
        return told.parse().with_context(|| format!("{SOURCE_DATE_EPOCH} is no number of seconds: {told:?}"));
    }
    let of_commit = git(sources, &["log", "-1", "--format=%ct"]).context(Hinted::new(
        "could not tell the time of the commit",
        format!("outside of a checkout, set {SOURCE_DATE_EPOCH} to seconds since 1970"),
    ))?;
    of_commit.trim().parse().with_context(|| format!("git told no time of the commit: {of_commit:?}"))
}

/// Says so where others could not make the same archive from the commit.
pub fn warn_of_changes(sources: &Sources) {
    if let Ok(changes) = git(sources, &["status", "--porcelain"])
        && let Some(first) = changes.lines().next()
    {
        let count = changes.lines().count();
        say::note(format!(
            "warning: the archive is not that of a commit: {count} files are changed or new, such as {}",
            first.get(3..).unwrap_or(first)
        ));
    }
}

fn git(sources: &Sources, words: &[&str]) -> Result<String> {
    let output = Command::new("git").args(words).current_dir(&sources.root).output().context("could not run git")?;
    if !output.status.success() {
        bail!("git {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
