//! kubectl lab as krew installs it, from an archive made by the code that packs a release.
//!
//! What is packed are the binaries that every other test runs, without the small size of those that users get: building these takes
//! minutes, and `cargo dist-archive` looks at them itself. So the archive is packed quickly, too.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};
use lab_cluster::built::{programs, workspace};
use lab_dist::archive::{Effort, pack};
use lab_dist::krew::layout::{Krew, Offer};
use lab_dist::krew::template;
use lab_dist::platform::{Format, PLATFORMS};
use lab_dist::{contents, sources, sums};

/// Any time will do.
const TIME: u64 = 1_764_236_000;

/// A folder that krew would take for its own.
pub struct Installation {
    folder: tempfile::TempDir,
    krew: Krew,
}

impl Installation {
    /// Nothing is installed in it.
    ///
    /// # Panics
    /// As all of these, if something of this machine is in the way.
    pub fn empty() -> Installation {
        let made = tempfile::tempdir().context("could not make a folder").and_then(|folder| {
            let krew = Krew::at(folder.path())?;
            Ok(Installation { folder, krew })
        });
        made.unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// kubectl lab is installed in it, by the version that it has.
    pub fn of_this_version() -> Installation {
        let installation = Installation::empty();
        installation.install(&own_tag());
        installation
    }

    /// What stands on the PATH of whoever uses krew.
    pub fn bin(&self) -> PathBuf {
        self.krew.bin()
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Where the files of this version are.
    pub fn store(&self, tag: &str) -> PathBuf {
        self.root().join("store/lab").join(tag)
    }

    /// `kubectl krew install lab`, when this was the newest version.
    pub fn install(&self, tag: &str) {
        let made = offer(tag).and_then(|offer| self.krew.install(&offer, system()));
        made.unwrap_or_else(|error| panic!("{error:#}"));
    }

    /// `kubectl krew upgrade lab`.
    pub fn upgrade(&self, tag: &str) {
        let made = offer(tag).and_then(|offer| self.krew.upgrade(&offer, system()));
        made.unwrap_or_else(|error| panic!("{error:#}"));
    }

    /// `kubectl krew uninstall lab`.
    pub fn uninstall(&self) {
        self.krew.uninstall("lab").unwrap_or_else(|error| panic!("{error:#}"));
    }
}

/// The version that the binaries have.
pub fn own_tag() -> String {
    format!("v{}", env!("CARGO_PKG_VERSION"))
}

/// What Go, and so krew, calls this machine.
fn system() -> (&'static str, &'static str) {
    ("linux", if ARCH == "aarch64" { "arm64" } else { "amd64" })
}

/// What krew would find in its index, by the repository's own template. Archives of other platforms are not there, and nobody asks for
/// them.
fn offer(tag: &str) -> Result<Offer<'static>> {
    let archive = archive()?;
    let template = fs::read_to_string(workspace().join("krew/lab.yaml")).context("could not read the template")?;
    let mine = |os: &str, arch: &str| (os, arch) == system();
    let digest = |os: &str, arch: &str| if mine(os, arch) { sums::digest(archive) } else { "0".repeat(64) };
    let digests: BTreeMap<String, String> =
        PLATFORMS.iter().map(|platform| (platform.archive(tag), digest(platform.os, platform.arch))).collect();
    let text = template::filled(&template::at(&template, "someone/kubectl-lab")?, tag, &digests)?;
    Offer::new(text, archive)
}

/// Every program of the workspace that users run, packed once.
pub fn archive() -> Result<&'static [u8]> {
    static PACKED: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    let packed = PACKED.get_or_init(|| {
        let packed = programs().and_then(|programs| {
            let users: Vec<PathBuf> = programs.into_iter().filter(|program| sources::is_for_users(program)).collect();
            pack(&contents::of(&workspace(), &users)?, Format::TarGz, TIME, Effort::Quick)
        });
        packed.map_err(|error| format!("{error:#}"))
    });
    packed.as_deref().map_err(|error| anyhow!(error.clone()))
}
