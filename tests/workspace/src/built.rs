//! The workspace's own binaries. `CARGO_BIN_EXE_…` does not reach from one package to another, and a test that took what lies in
//! the target directory would test what was built some time ago.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use crate::cache::{Cache, short_hash};
use crate::say;

/// What cargo tells a program that it runs about that program's package. It is not meant for a cargo inside: build scripts that look at it
/// would compile their crate anew each time.
const OF_THE_OUTER_CARGO: &[&str] =
    &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_PACKAGE"];

/// The directory that holds every binary of the workspace, built from what the sources are now.
pub fn binaries() -> Result<PathBuf> {
    let first = programs()?.into_iter().next();
    let directory = first.as_deref().and_then(Path::parent).map(Path::to_owned);
    directory.context("could not find what cargo built: it named no binary")
}

/// Every binary of the workspace, by cargo's own word. Built once per process; cargo itself keeps two processes apart.
pub fn programs() -> Result<Vec<PathBuf>> {
    static BUILT: OnceLock<Result<Vec<PathBuf>, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(|error| anyhow!(error))
}

/// The top of the workspace's sources.
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_owned()
}

/// The cargo that runs this, or that compiled it, in the workspace and with its settings alone.
pub fn cargo() -> Command {
    let mut command = cargo_in(&workspace());
    if let Some(target) = target_of_automation() {
        // What is compiled anew each time gains nothing by being divided for the next time.
        command.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// The same in another copy of the workspace.
pub fn cargo_in(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from(env!("CARGO")));
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| OF_THE_OUTER_CARGO.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command.current_dir(root);
    command
}

/// The compiler that cargo uses.
pub fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")))
}

/// Where automation, which begins with a clean checkout each time, keeps what it compiled: the crates of others are the
/// same as the last time. `None` where a user works, who has a target directory, and where one was named.
pub fn target_of_automation() -> Option<PathBuf> {
    let is_automation = env::var_os("CI").is_some() && env::var_os("CARGO_TARGET_DIR").is_none();
    let crates = std::fs::read_to_string(workspace().join("Cargo.lock")).ok()?;
    let place = || Some(Cache::of_user().ok()?.place(COMPILED).join(short_hash(&crates)));
    if is_automation { place() } else { None }
}

/// One directory for each list of crates; only the newest is kept.
const COMPILED: &str = "compiled";

/// Takes away what was compiled of another list of crates.
pub fn forget_older() -> Result<()> {
    let Some(present) = target_of_automation() else { return Ok(()) };
    let Some(all) = present.parent().filter(|all| all.is_dir()) else { return Ok(()) };
    for entry in std::fs::read_dir(all).with_context(|| format!("could not list {}", all.display()))? {
        let path = entry?.path();
        if path != present {
            std::fs::remove_dir_all(&path).with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn build() -> Result<Vec<PathBuf>> {
    let mut command = cargo();
    command.args(["build", "--workspace", "--bins"]);
    // Who watches sees cargo's progress; a test's output stays its own, with cargo's words in the error.
    command.stderr(if say::is_watched() { Stdio::inherit() } else { Stdio::piped() });
    executables(command).context("could not build the workspace's binaries")
}

/// Lets cargo build, and says which programs came of it. Where its talk goes is up to the caller.
pub fn executables(mut build: Command) -> Result<Vec<PathBuf>> {
    build.arg("--message-format=json-render-diagnostics");
    let output = build.stdout(Stdio::piped()).output().context("could not run cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("cargo ended with {}\n{}", output.status, said.trim_end());
    }
    named_in(&output.stdout)
}

fn named_in(messages: &[u8]) -> Result<Vec<PathBuf>> {
    let messages = serde_json::Deserializer::from_slice(messages).into_iter::<Message>();
    let executables = messages.filter_map(|message| message.map(|message| message.executable).transpose());
    executables.collect::<Result<_, _>>().context("could not read what cargo built")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_those_that_cargo_names() {
        let messages = r#"{"reason":"compiler-artifact","executable":null}
            {"reason":"compiler-artifact","executable":"/somewhere/debug/kubectl-lab"}
            {"reason":"build-finished","success":true}"#;
        assert_eq!(named_in(messages.as_bytes()).unwrap(), [Path::new("/somewhere/debug/kubectl-lab")]);
        assert!(named_in(b"{\"reason\":").is_err());
    }

    #[test]
    fn workspace_is_where_the_version_table_is() {
        let text = std::fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
        assert!(text.contains("[workspace.dependencies]"));
    }
}
