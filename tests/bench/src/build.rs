//! The programs as users get them: built with the profile `dist`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Builds these packages and says where their programs are.
pub fn programs(packages: &[&str]) -> Result<PathBuf, String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--profile", "dist"]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    let status = cargo.status().map_err(|error| format!("could not run cargo: {error}"))?;
    if !status.success() {
        return Err("could not build the programs: see above".to_owned());
    }
    Ok(target()?.join("dist"))
}

/// A folder that the programs may use as the user's cache.
pub fn empty_cache() -> Result<PathBuf, String> {
    let cache = target()?.join("tmp").join("bench-cache");
    let made = if cache.exists() { fs::remove_dir_all(&cache) } else { Ok(()) };
    made.and_then(|()| fs::create_dir_all(&cache))
        .map_err(|error| format!("could not make {}: {error}", cache.display()))?;
    Ok(cache)
}

/// This program is in `target/PROFILE/`.
fn target() -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|error| format!("could not find out where this program is: {error}"))?;
    own.ancestors().nth(2).map(PathBuf::from).ok_or_else(|| format!("{} is in no build folder", own.display()))
}
