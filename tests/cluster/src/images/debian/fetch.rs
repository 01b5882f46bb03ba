//! Fetching the packages: with apt, but into the cache alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{MERGED, PACKAGES, children};
use crate::cache::{self, Cache};
use crate::progress::Progress;

pub(super) fn fetch(cache: &Cache, name: &str, place: &Path) -> Result<()> {
    let mut progress =
        Progress::start("fetching Debian's packages for the images (unpacked in the cache, not installed)");
    let bench = cache.workbench(name)?;
    for folder in ["lists/partial", "archives/partial", "tree/root"] {
        fs::create_dir_all(bench.join(folder))?;
    }
    progress.now("reading package lists");
    run(apt(&bench).arg("update"))?;
    progress.now("downloading");
    run(apt(&bench).args(["--no-install-recommends", "--download-only", "install"]).args(PACKAGES))?;
    progress.now("unpacking");
    let root = bench.join("tree/root");
    for merged in MERGED {
        fs::create_dir_all(root.join("usr").join(merged))?;
        std::os::unix::fs::symlink(format!("usr/{merged}"), root.join(merged))?;
    }
    for package in children(&bench.join("archives"))?.iter().filter(|path| path.extension().is_some_and(|e| e == "deb"))
    {
        unpack(package, &root)?;
    }
    cache::finish(&bench.join("tree"), place)?;
    fs::remove_dir_all(&bench)?;
    progress.done();
    Ok(())
}

/// apt with lists and downloads of its own, and told that nothing is installed: so it names every package that is needed,
/// needs no root, and neither reads nor changes the state of this machine.
fn apt(bench: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-qq", "-y"]);
    for (option, folder) in [("Dir::State::lists", "lists"), ("Dir::Cache", "."), ("Dir::Cache::archives", "archives")]
    {
        command.arg("-o").arg(format!("{option}={}", bench.join(folder).display()));
    }
    command.args(["-o", "Dir::State::status=/dev/null", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"]);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn unpack(package: &Path, root: &Path) -> Result<()> {
    let mut content = Command::new("dpkg-deb").arg("--fsys-tarfile").arg(package).stdout(Stdio::piped()).spawn()?;
    let Some(tar) = content.stdout.take() else { bail!("could not read {}", package.display()) };
    run(Command::new("tar").args(["-x", "--no-same-owner", "--keep-directory-symlink", "-C"]).arg(root).stdin(tar))?;
    if !content.wait()?.success() {
        bail!("could not unpack {}", package.display());
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("could not run {name}"))?;
    if !output.status.success() {
        bail!("{name} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
