//! A cluster of one test's own, with its files in a temporary directory. It goes down with the test, also where that fails.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

pub struct OwnCluster {
    pub name: String,
    state: TempDir,
}

impl OwnCluster {
    /// The process id makes the name unique on the machine, so that whatever bears it is this test's.
    pub fn named(what: &str) -> Self {
        let name = format!("{what}-{}", std::process::id());
        Self { name, state: TempDir::new().unwrap() }
    }

    pub fn state(&self) -> &Path {
        self.state.path()
    }

    pub fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
        command.args([verb, "--name", &self.name]).env("XDG_STATE_HOME", self.state.path());
        command
    }

    pub fn up(&self, settings: &[&str]) {
        succeeded(&self.command("up").args(settings).output().unwrap());
    }

    pub fn down(&self) {
        succeeded(&self.command("down").output().unwrap());
    }

    pub fn exec(&self, words: &[&str]) -> Output {
        self.command("exec").arg("--").args(words).output().unwrap()
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        let _ = self.command("down").output();
    }
}

/// Standard output of a run that succeeded.
pub fn succeeded(output: &Output) -> String {
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{errors}", output.status);
    out.into_owned()
}
