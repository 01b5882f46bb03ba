//! Where finished programs and images are kept, and how two processes keep out of each other's way there.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::say;

/// A directory of things that take long to make. Each is made beside its place and then moved there in one step, so what is
/// found under its final name is always whole, whenever the process that made it was ended.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The user's own: `$XDG_CACHE_HOME/kubectl-lab-cluster`, or `~/.cache/kubectl-lab-cluster`.
    pub fn of_user() -> Result<Cache> {
        let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = match base {
            Some(base) => base,
            None => env::home_dir()
                .context("could not find a cache directory: neither XDG_CACHE_HOME nor HOME is set")?
                .join(".cache"),
        };
        Ok(Cache::at(base.join("kubectl-lab-cluster")))
    }

    pub fn at(root: PathBuf) -> Cache {
        Cache { root }
    }

    pub fn place(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The directory `relative`, made if need be.
    pub fn directory(&self, relative: &str) -> Result<PathBuf> {
        let path = self.root.join(relative);
        fs::create_dir_all(&path).with_context(|| format!("could not make the directory {}", path.display()))?;
        Ok(path)
    }

    /// Waits until no other process works on `name`. The lock ends with the last copy of the file that is given back, so a child
    /// that got a copy keeps it even if this process is killed.
    pub fn lock(&self, name: &str) -> Result<File> {
        let path = self.directory("locks")?.join(format!("{name}.lock"));
        let file = File::create(&path).with_context(|| format!("could not open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => say::note(format!("waiting for another process that makes {name}")),
            Err(TryLockError::Error(error)) => return Err(error).context(format!("could not lock {}", path.display())),
        }
        file.lock().with_context(|| format!("could not lock {}", path.display()))?;
        Ok(file)
    }

    /// An empty directory to make `name` in. Whatever a process that was ended left there goes first; hold the lock of `name`.
    pub fn workbench(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.join("unfinished").join(name);
        remove(&path)?;
        fs::create_dir_all(&path).with_context(|| format!("could not make the directory {}", path.display()))?;
        Ok(path)
    }
}

/// Moves what is finished to its place, in one step.
pub fn finish(made: &Path, place: &Path) -> Result<()> {
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).with_context(|| format!("could not make the directory {}", parent.display()))?;
    }
    fs::rename(made, place).with_context(|| format!("could not move {} to {}", made.display(), place.display()))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// A short name for a text, for keys.
pub fn short_hash(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
