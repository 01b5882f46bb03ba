//! Builds a recipe into the cache, unless it is there already.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::go;
use super::recipe::{Build, Recipe};
use crate::cache::{self, Cache};
use crate::progress::Progress;

/// The name of what this recipe makes: it changes with everything that the result depends on.
pub(super) fn key(recipe: &Recipe, go_version: &str) -> String {
    let mut hash = Sha256::new();
    let mut feed = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    feed(go_version);
    feed(if recipe.cgo { "cgo" } else { "pure" });
    recipe.flags().iter().for_each(|flag| feed(flag));
    recipe.links.iter().for_each(|link| feed(link));
    for Build { package, file, .. } in recipe.builds {
        feed(package);
        feed(file);
    }
    for (path, text) in recipe.files {
        feed(path);
        feed(text);
    }
    let digest: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{digest}", recipe.name, recipe.version)
}

/// The folder with the recipe's finished programs.
pub(super) fn ensure(cache: &Cache, recipe: &Recipe, go_version: &str) -> Result<PathBuf> {
    let key = key(recipe, go_version);
    let place = cache.place("programs").join(&key);
    if place.is_dir() {
        return Ok(place);
    }
    let lock = cache.lock(&key)?;
    if place.is_dir() {
        return Ok(place);
    }
    let title = format!("{} {}", recipe.name, recipe.version);
    let mut progress = Progress::start(format!("building {title}"));
    make(cache, recipe, &key, &place, &lock, &mut progress).with_context(|| format!("could not build {title}"))?;
    progress.done();
    Ok(place)
}

fn make(cache: &Cache, recipe: &Recipe, key: &str, place: &Path, lock: &File, progress: &mut Progress) -> Result<()> {
    let bench = cache.workbench(key)?;
    let source = bench.join("source");
    write_files(&source, recipe.files)?;
    let finished = bench.join("finished");
    fs::create_dir_all(&finished)?;
    for build in recipe.builds {
        let log = cache.directory("logs")?.join(format!("{}-{}-{}.log", recipe.name, recipe.version, build.file));
        go::run(go_build(recipe, build, &source, &finished, lock)?, &log, |line| progress.now(line))?;
    }
    link_names(recipe, &finished)?;
    cache::finish(&finished, place)?;
    fs::remove_dir_all(&bench).with_context(|| format!("could not remove {}", bench.display()))
}

fn go_build(
    recipe: &Recipe,
    build: &Build,
    source: &Path,
    finished: &Path,
    lock: &File,
) -> Result<std::process::Command> {
    let mut command = go::command();
    command.args(["build", "-v"]).args(recipe.flags());
    command.args([OsStr::new("-o"), finished.join(build.file).as_os_str(), OsStr::new(build.package)]);
    command.current_dir(source);
    // Go gets a copy of the lock as its input, which it never reads: if this process is killed, Go works on for a while,
    // and as long as it does nobody else starts in the same place.
    command.stdin(lock.try_clone().context("could not copy the lock")?);
    if recipe.cgo {
        command.env("CGO_ENABLED", "1");
    }
    Ok(command)
}

fn write_files(folder: &Path, files: &[(&str, &str)]) -> Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

fn link_names(recipe: &Recipe, finished: &Path) -> Result<()> {
    let Some(first) = recipe.builds.first() else { return Ok(()) };
    for name in recipe.links {
        std::os::unix::fs::symlink(first.file, finished.join(name))
            .with_context(|| format!("could not link {name} to {}", first.file))?;
    }
    Ok(())
}
