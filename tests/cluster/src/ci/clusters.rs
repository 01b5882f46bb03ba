//! The clusters that the tests share: brought up while the compiler works, and taken down at the end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::runner::{self, Interrupt};
use crate::cache::Cache;
use crate::progress::Progress;
use crate::shared::Shared;
use crate::{built, down, say, state};

/// Which clusters there were before the check began. Those of the user's own stay; all others go.
pub(super) struct Clusters {
    before: Vec<String>,
}

impl Clusters {
    pub fn before() -> Result<Clusters> {
        Ok(Clusters { before: state::names()? })
    }

    /// Tries each of them, whatever happens to another.
    pub fn take_down(&self) -> Result<()> {
        let failed: Vec<_> =
            self.ours()?.into_iter().filter_map(|name| down::down(&name).err().map(|error| (name, error))).collect();
        for (name, error) in &failed {
            say::note(format!("could not take the cluster `{name}` down: {error:#}"));
        }
        if !failed.is_empty() {
            bail!("{} of the clusters could not be taken down", failed.len());
        }
        Ok(())
    }

    fn ours(&self) -> Result<Vec<String>> {
        let is_shared = |name: &String| Shared::ALL.iter().any(|shared| shared.name() == name);
        let names = state::names()?;
        Ok(names.into_iter().filter(|name| is_shared(name) || !self.before.contains(name)).collect())
    }
}

/// The shared clusters coming up, one after the other, in the background.
pub(super) struct Background {
    thread: JoinHandle<Result<()>>,
    log: PathBuf,
}

impl Background {
    pub fn start(interrupt: &Interrupt) -> Background {
        let log =
            Cache::of_user().map_or_else(|_| PathBuf::from("/dev/null"), |cache| cache.place("logs/ci-clusters.log"));
        let (interrupt, to) = (interrupt.clone(), log.clone());
        Background { thread: thread::spawn(move || bring_up(&interrupt, &to)), log }
    }

    /// Waits until all are up, showing what they are at.
    pub fn wait(self) -> Result<()> {
        let mut progress = Progress::start("clusters for the tests");
        while !self.thread.is_finished() {
            progress.now(&last_line(&self.log));
            thread::sleep(Duration::from_millis(300));
        }
        let result = self.thread.join().map_err(|_| anyhow!("the thread that brings them up panicked"))?;
        result.with_context(|| format!("could not bring the clusters up; they said:\n{}", end_of(&self.log)))?;
        progress.done();
        Ok(())
    }
}

fn bring_up(interrupt: &Interrupt, log: &Path) -> Result<()> {
    let binaries = built::binaries()?;
    if let Some(parent) = log.parent() {
        fs::create_dir_all(parent)?;
    }
    let file = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    for kind in Shared::ALL {
        let mut up = kind.up_command(&binaries);
        up.stdout(file.try_clone()?).stderr(file.try_clone()?);
        runner::run(up, interrupt)?;
    }
    Ok(())
}

fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().last().unwrap_or("starting").trim().to_owned()
}

fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
