//! Companions of cargo, each by its version: installed into the user's cache where they are missing.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::built;
use crate::cache::Cache;

/// A program that `cargo install` brings, named like its package.
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
    /// Further words for `cargo install`.
    pub flags: &'static [&'static str],
}

impl Tool {
    /// The program; where it is missing, `run` runs cargo to its end.
    pub fn ensure(&self, run: impl FnOnce(Command) -> Result<()>) -> Result<PathBuf> {
        self.installed(run).with_context(|| format!("could not install {} {}", self.name, self.version))
    }

    fn installed(&self, run: impl FnOnce(Command) -> Result<()>) -> Result<PathBuf> {
        let cache = Cache::of_user()?;
        let name = format!("{}-{}", self.name, self.version);
        let root = cache.place("tools").join(&name);
        let program = root.join("bin").join(format!("{}{EXE_SUFFIX}", self.name));
        if program.is_file() {
            return Ok(program);
        }
        let _lock = cache.lock(&name)?;
        // cargo puts the finished program there in one step, so what is there is whole; another process may have done it meanwhile.
        if !program.is_file() {
            let mut install = built::cargo();
            install.args(["install", "--locked", "--version", self.version, "--root"]).arg(&root);
            install.args(self.flags).arg(self.name);
            run(install)?;
        }
        Ok(program)
    }
}
