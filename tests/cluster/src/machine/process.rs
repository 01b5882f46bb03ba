//! Programs that go on after `up` has ended: started in the cluster's cgroup, written down, ended by their ids.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{Cgroups, Namespace};

/// A process by id and by birth: the kernel gives an id to another process one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub name: String,
    pub id: u32,
    born: u64,
}

impl Process {
    pub fn of(name: &str, id: u32) -> Result<Self> {
        let (_, born) = state_and_birth(id).with_context(|| format!("{name} ended as soon as it was started"))?;
        Ok(Self { name: name.to_owned(), id, born })
    }

    pub fn is_alive(&self) -> bool {
        state_and_birth(self.id).is_ok_and(|(state, born)| born == self.born && state != 'Z')
    }
}

/// The second and the twenty-first field after the program's name, which may itself contain blanks and brackets.
fn state_and_birth(id: u32) -> Result<(char, u64)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, after_name) = stat.rsplit_once(')').context("unreadable /proc/ID/stat")?;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let state = fields.first().and_then(|field| field.chars().next()).context("no state in /proc/ID/stat")?;
    let born = fields.get(19).context("no start time in /proc/ID/stat")?.parse()?;
    Ok((state, born))
}

/// A program about to be started.
pub struct Launch<'a> {
    pub name: &'a str,
    program: PathBuf,
    arguments: Vec<OsString>,
    inside: Option<&'a Namespace>,
}

impl<'a> Launch<'a> {
    pub fn new(name: &'a str, program: impl Into<PathBuf>) -> Self {
        Self { name, program: program.into(), arguments: Vec::new(), inside: None }
    }

    pub fn inside(mut self, namespace: &'a Namespace) -> Self {
        self.inside = Some(namespace);
        self
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// `setsid` frees it from the terminal: a Ctrl-C at `up`, or the terminal's end, is not meant for the cluster.
    pub fn command(&self, cgroups: &Cgroups) -> Command {
        let mut command = cgroups.command("setsid");
        if let Some(namespace) = self.inside {
            command.args(namespace.entrance());
        }
        command.arg(&self.program).args(&self.arguments);
        command
    }

    /// Starts it with its talk going to `log`. All the wrappers replace themselves, so the id is the program's own.
    pub fn start(&self, cgroups: &Cgroups, log: &Path, path: &OsStr) -> Result<Process> {
        let file = File::options().create(true).append(true).open(log);
        let file = file.with_context(|| format!("could not open {}", log.display()))?;
        let errors = file.try_clone().context("could not share the log file")?;
        let mut command = self.command(cgroups);
        command.stdin(Stdio::null()).stdout(file).stderr(errors).env("PATH", path);
        let child = command.spawn().with_context(|| format!("could not start {}", self.name))?;
        Process::of(self.name, child.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_its_id_with_another_birth_is_not() {
        let mut me = Process::of("me", std::process::id()).unwrap();
        assert!(me.is_alive());
        me.born += 1;
        assert!(!me.is_alive());
    }

    #[test]
    fn a_finished_process_is_not_alive() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::of("sleep", child.id()).unwrap();
        assert!(process.is_alive());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!process.is_alive());
    }
}
