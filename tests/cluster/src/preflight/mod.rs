//! What the machine must have, looked at before anything is started: all that is missing is said at once.

mod go;
mod packages;

use std::path::Path;

use anyhow::Result;
use rustix::fs::statvfs;

use crate::say::Hinted;
use crate::spec::ClusterSpec;
use crate::state::{Place, root};

/// Go's own caches while it builds, the programs, the images, and a cluster's files.
const GIB_NEEDED: u64 = 8;

/// Something that is missing, and what to do about it.
struct Lack {
    what: String,
    way_on: String,
}

pub fn check(spec: &ClusterSpec, place: &Place) -> Result<()> {
    let mut lacks = Vec::new();
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        lacks.push(Lack {
            what: "root (namespaces, mounts and cgroups need it)".to_owned(),
            way_on: "run it as root: sudo --preserve-env=PATH,HOME cargo cluster …".to_owned(),
        });
    }
    lacks.extend(go::lack());
    lacks.extend(kernel(spec));
    lacks.extend(disk(place)?);
    lacks.extend(misplaced(place.dir()));
    lacks.extend(packages::lack_of_apt(spec));
    let packages = packages::missing(spec);
    let can_install = is_root && packages::apt_is_here();
    if !can_install {
        lacks.extend(packages::lack(&packages));
    }
    if !lacks.is_empty() {
        let list: Vec<&str> = lacks.iter().map(|lack| lack.what.as_str()).collect();
        let message = format!("this machine lacks: {}", list.join(", "));
        return Err(Hinted::with_hints(message, lacks.into_iter().map(|lack| lack.way_on).collect()).into());
    }
    packages::install(&packages)
}

fn kernel(spec: &ClusterSpec) -> Option<Lack> {
    let known = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
    let overlay = known.lines().any(|line| line.split_whitespace().last() == Some("overlay"));
    // A module that is not loaded yet is not in the list, but where modules are, it can be.
    let loadable = Path::new("/lib/modules").exists();
    (!spec.light && !overlay && !loadable).then(|| Lack {
        what: "the overlay file system in its kernel".to_owned(),
        way_on: "load it: modprobe overlay; or try the light cluster: cargo cluster up --light".to_owned(),
    })
}

fn disk(place: &Place) -> Result<Option<Lack>> {
    let mut existing = root()?;
    while !existing.exists() && existing.pop() {}
    let Ok(space) = statvfs(&existing) else { return Ok(None) };
    let gib = space.f_bavail * space.f_frsize / (1 << 30);
    let lack = || Lack {
        what: format!("{GIB_NEEDED} GiB of disk at {} ({gib} GiB are free)", existing.display()),
        way_on: "free some, or set XDG_STATE_HOME and XDG_CACHE_HOME to a larger disk".to_owned(),
    };
    // A cluster that is there has its files already.
    Ok((gib < GIB_NEEDED && !place.dir().exists()).then(lack))
}

/// A node has a /run and a /var of its own, so it would not find its configuration there.
fn misplaced(dir: &Path) -> Option<Lack> {
    let hidden = ["/run", "/var"].iter().any(|hidden| dir.starts_with(hidden));
    hidden.then(|| Lack {
        what: format!("a usable place for the cluster's files ({} is hidden from the nodes)", dir.display()),
        way_on: "set XDG_STATE_HOME and XDG_CACHE_HOME to directories outside /run and /var".to_owned(),
    })
}
