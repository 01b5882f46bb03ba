//! Commands as a person would type them: shown first, then run, with their own output.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::say;

/// Where the commands run and what they find.
pub(super) struct Stage {
    directory: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

impl Stage {
    /// With these directories in front of PATH.
    pub fn new(directory: &Path, programs: &[&Path]) -> Stage {
        let mut path: Vec<PathBuf> = programs.iter().map(|program| program.to_path_buf()).collect();
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        let joined = env::join_paths(path).unwrap_or_default();
        Stage { directory: directory.to_owned(), environment: vec![("PATH", joined)] }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<OsString>) -> Stage {
        self.environment.push((name, value.into()));
        self
    }

    /// Shows and runs it, and goes on whatever comes of it; whether it succeeded.
    pub fn show(&self, line: &str) -> Result<bool> {
        say::note(format!("\n$ {line}"));
        let status = self.command(line).status().with_context(|| format!("could not run {line}"))?;
        Ok(status.success())
    }

    /// Shows and runs it; it has to succeed.
    pub fn expect(&self, line: &str) -> Result<()> {
        if !self.show(line)? {
            bail!("`{line}` failed");
        }
        Ok(())
    }

    /// Runs it unseen, for its output.
    pub fn read(&self, line: &str) -> Result<String> {
        let output = self.command(line).output().with_context(|| format!("could not run {line}"))?;
        if !output.status.success() {
            bail!("`{line}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What is shown is what runs: a line of shell.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(&self.directory);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command
    }
}

/// A word as a shell takes it, whatever is in it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_program_as_they_are() {
        let stage = Stage::new(Path::new("/"), &[]);
        for word in ["kind-lab", "", "two words", "$(false)", "it's", "arn:aws:eks:1:cluster/x"] {
            assert_eq!(stage.read(&format!("printf %s {}", quoted(word))).unwrap(), word);
        }
    }

    #[test]
    fn a_failing_command_is_told_from_a_good_one() {
        let stage = Stage::new(Path::new("/"), &[]).with("GREETING", "hello");
        assert_eq!(stage.read("echo $GREETING").unwrap(), "hello\n");
        assert!(!stage.show("false").unwrap());
        assert_eq!(stage.expect("exit 3").unwrap_err().to_string(), "`exit 3` failed");
    }
}
