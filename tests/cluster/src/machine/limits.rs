//! The one limit of the machine that several real nodes exceed: how many inotify instances a user may have.
//!
//! Every kubelet, containerd and kube-proxy takes some, all of them as root. With the kernel's default of 128 the third node of the
//! second cluster already fails with "too many open files". So the limit is raised while there are clusters, and put back afterwards.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::say;
use crate::state;

const INSTANCES: &str = "/proc/sys/fs/inotify/max_user_instances";
const ENOUGH: u32 = 2048;

/// To be called once the cluster has its directory, so that nobody puts the limit back meanwhile.
pub fn raise() -> Result<()> {
    Limit::of_this_machine()?.raise()
}

/// Puts the limit back after the last cluster.
pub fn restore() -> Result<()> {
    Limit::of_this_machine()?.restore(|| Ok(state::names()?.is_empty()))
}

/// Where the limit stands, and where its value before is written down.
struct Limit {
    instances: PathBuf,
    root: PathBuf,
}

impl Limit {
    fn of_this_machine() -> Result<Limit> {
        Ok(Limit { instances: INSTANCES.into(), root: state::root()? })
    }

    fn raise(&self) -> Result<()> {
        let _lock = self.lock()?;
        let before = read(&self.instances)?;
        if before >= ENOUGH {
            return Ok(());
        }
        write(&self.kept(), before)?;
        say::note(format!(
            "fs.inotify.max_user_instances is raised from {before} to {ENOUGH} while there are clusters"
        ));
        write(&self.instances, ENOUGH)
    }

    fn restore(&self, is_unused: impl FnOnce() -> Result<bool>) -> Result<()> {
        let _lock = self.lock()?;
        if !self.kept().exists() || !is_unused()? {
            return Ok(());
        }
        write(&self.instances, read(&self.kept())?)?;
        fs::remove_file(self.kept()).with_context(|| format!("could not remove {}", self.kept().display()))
    }

    fn kept(&self) -> PathBuf {
        self.root.join("inotify-instances")
    }

    fn lock(&self) -> Result<File> {
        state::make_dir(&self.root)?;
        let lock =
            File::create(self.root.join("limits.lock")).context("could not make the lock of the machine's limits")?;
        lock.lock().context("could not lock the machine's limits")?;
        Ok(lock)
    }
}

fn read(path: &Path) -> Result<u32> {
    let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    text.trim().parse().with_context(|| format!("{} holds no number", path.display()))
}

fn write(path: &Path, value: u32) -> Result<()> {
    fs::write(path, value.to_string()).with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(value: u32) -> (tempfile::TempDir, Limit) {
        let folder = tempfile::tempdir().unwrap();
        let limit = Limit { instances: folder.path().join("instances"), root: folder.path().join("state") };
        write(&limit.instances, value).unwrap();
        (folder, limit)
    }

    #[test]
    fn is_put_back_after_the_last_cluster_only() {
        let (_folder, limit) = limit(128);
        limit.raise().unwrap();
        limit.raise().unwrap();
        assert_eq!(read(&limit.instances).unwrap(), ENOUGH);
        limit.restore(|| Ok(false)).unwrap();
        assert_eq!(read(&limit.instances).unwrap(), ENOUGH);
        limit.restore(|| Ok(true)).unwrap();
        assert_eq!(read(&limit.instances).unwrap(), 128);
        assert!(!limit.kept().exists());
    }

    #[test]
    fn what_is_enough_already_is_left_alone() {
        let (_folder, limit) = limit(8192);
        limit.raise().unwrap();
        limit.restore(|| Ok(true)).unwrap();
        assert_eq!(read(&limit.instances).unwrap(), 8192);
    }
}
