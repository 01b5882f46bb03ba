//! The clusters that the tests share: brought up while the compiler works, and taken down at the end.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use super::runner::{self, Interrupt};
use crate::cache::Cache;
use crate::machine::succeed;
use crate::progress::Progress;
use crate::shared::Shared;
use crate::{built, down, say};

/// The clusters that the check and its tests make. What the user brought up stays.
pub(super) struct Clusters {
    /// Where tests put the files of clusters of their own: the temporary directory of this run alone.
    temporary: PathBuf,
}

impl Clusters {
    pub fn of_this_run() -> Result<Clusters> {
        let temporary = env::temp_dir().join(format!("kubectl-lab-ci-{}", process::id()));
        fs::create_dir_all(&temporary).with_context(|| format!("could not make {}", temporary.display()))?;
        Ok(Clusters { temporary })
    }

    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Tries each of them, whatever happens to another. A test that was interrupted had no time for its own.
    pub fn take_down(&self) -> Result<()> {
        let shared = Shared::ALL.iter().map(|kind| (kind.name().to_owned(), down::down(kind.name()).map(drop)));
        let tests =
            self.states_of_tests()?.into_iter().map(|state| (state.display().to_string(), take_down_all(&state)));
        let results: Vec<_> = shared.chain(tests).collect();
        let failed: Vec<_> = results.iter().filter_map(|(name, result)| Some((name, result.as_ref().err()?))).collect();
        for (name, error) in &failed {
            say::note(format!("could not take down {name}: {error:#}"));
        }
        if !failed.is_empty() {
            bail!("{} of the clusters could not be taken down", failed.len());
        }
        fs::remove_dir_all(&self.temporary).with_context(|| format!("could not remove {}", self.temporary.display()))
    }

    fn states_of_tests(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.temporary).context("could not list what the tests left")?;
        let paths = entries.filter_map(std::result::Result::ok).map(|entry| entry.path());
        Ok(paths.filter(|path| path.join("kubectl-lab-cluster").is_dir()).collect())
    }
}

fn take_down_all(state: &Path) -> Result<()> {
    let mut command = Command::new(built::binaries()?.join("cluster"));
    command.args(["down", "--all"]).env("XDG_STATE_HOME", state);
    succeed(&mut command).map(drop)
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
        if result.is_err() {
            say::note(end_of(&self.log));
        } else {
            progress.done();
        }
        result
    }
}

fn bring_up(interrupt: &Interrupt, log: &Path) -> Result<()> {
    let binaries = built::binaries()?;
    if let Some(parent) = log.parent() {
        fs::create_dir_all(parent)?;
    }
    let file = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let mut failed = Vec::new();
    for kind in Shared::ALL {
        let mut up = kind.up_command(&binaries);
        up.stdout(file.try_clone()?).stderr(file.try_clone()?);
        if runner::run(up, interrupt).is_err() {
            failed.push(kind.name());
        }
    }
    if !failed.is_empty() {
        bail!("could not bring up {} (all that was said is in {})", failed.join(", "), log.display());
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
