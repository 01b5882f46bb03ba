//! Takes a cluster down, whatever state it is in: up, half up, or killed at any moment.
//!
//! Nothing here depends on what was written down: every process of a cluster is in its cgroups, everything else that it made
//! (mounts, namespaces, cables) lives only as long as its processes, and its files are in one directory.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::machine::{Cgroups, limits};
use crate::say;
use crate::state::Place;

const PATIENCE: Duration = Duration::from_secs(30);

/// Says whether there was anything.
pub fn down(name: &str) -> Result<bool> {
    let place = Place::of(name)?;
    let _lock = place.lock(|| say::note(format!("waiting for another command on cluster `{name}`")))?;
    if !leaves_traces(&place)? {
        return Ok(false);
    }
    clear(&place)?;
    limits::restore()?;
    Ok(true)
}

/// Whether anything of it is on this machine.
pub fn leaves_traces(place: &Place) -> Result<bool> {
    Ok(place.dir().exists() || Cgroups::of(place.name())?.exist())
}

/// To be called with the lock held.
pub fn clear(place: &Place) -> Result<()> {
    Cgroups::of(place.name())?.end(PATIENCE)?;
    remove_tree(place.dir())
}

/// The last mounts of a node go a moment after its last process, and hold their directories until then.
fn remove_tree(directory: &Path) -> Result<()> {
    let start = Instant::now();
    loop {
        match fs::remove_dir_all(directory) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(_) if start.elapsed() < PATIENCE => sleep(Duration::from_millis(50)),
            Err(error) => return Err(error).with_context(|| format!("could not remove {}", directory.display())),
        }
    }
}
