//! A copy of the workspace: which packages make users' programs, and where cargo puts what it builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use lab_workspace::built;
use serde::Deserialize;

/// What users run is named so; everything else in the workspace makes or tests it.
const PREFIX: &str = "kubectl-lab";

pub struct Sources {
    pub root: PathBuf,
    /// Where cargo puts what it builds of these.
    pub target: PathBuf,
    /// The packages of which users run a program.
    pub packages: Vec<Package>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    pub version: String,
    manifest_path: PathBuf,
    targets: Vec<Built>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Built {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
    workspace_root: PathBuf,
}

impl Sources {
    /// Those that this program was compiled from.
    pub fn here() -> Result<Sources> {
        Sources::read(built::cargo())
    }

    /// A copy, which is built from nothing.
    pub fn at(root: &Path) -> Result<Sources> {
        let mut cargo = built::cargo_in(root);
        cargo.env_remove("CARGO_TARGET_DIR");
        Sources::read(cargo)
    }

    /// As cargo sees them: it follows links to where they are.
    fn read(mut cargo: Command) -> Result<Sources> {
        let asked = cargo.args(["metadata", "--no-deps", "--format-version", "1"]).output();
        let output = asked.context("could not run cargo")?;
        if !output.status.success() {
            bail!("could not read the workspace: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let all: Metadata = serde_json::from_slice(&output.stdout).context("could not read cargo's metadata")?;
        let packages: Vec<_> = all.packages.into_iter().filter(Package::is_for_users).collect();
        Ok(Sources { root: all.workspace_root, target: all.target_directory, packages })
    }

    /// cargo, at work on these.
    pub fn cargo(&self) -> Command {
        let mut cargo = built::cargo_in(&self.root);
        cargo.env("CARGO_TARGET_DIR", &self.target);
        cargo
    }

    /// The one version that all of them have.
    pub fn version(&self) -> Result<&str> {
        let first = self.packages.first().context("could not find a package of kubectl lab")?;
        match self.packages.iter().find(|package| package.version != first.version) {
            None => Ok(&first.version),
            Some(other) => bail!(
                "{} is of version {} and {} of version {}: they are released together",
                first.name,
                first.version,
                other.name,
                other.version
            ),
        }
    }

    /// Copies every file that belongs to the repository, committed or not yet.
    pub fn copy_to(&self, folder: &Path) -> Result<()> {
        for file in self.files()? {
            let (from, to) = (self.root.join(&file), folder.join(&file));
            // What was deleted but is not committed yet is listed all the same.
            if !from.is_file() {
                continue;
            }
            fs::create_dir_all(to.parent().unwrap_or(folder))?;
            fs::copy(&from, &to).with_context(|| format!("could not copy {} to {}", from.display(), to.display()))?;
        }
        Ok(())
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let words = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        let output = Command::new("git").args(words).current_dir(&self.root).output().context("could not run git")?;
        if !output.status.success() {
            bail!("could not list the repository's files: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let names = String::from_utf8(output.stdout).context("a file's name is not UTF-8")?;
        Ok(names.split_terminator('\0').map(PathBuf::from).collect())
    }
}

/// Whether users run this program.
pub fn is_for_users(program: &Path) -> bool {
    program.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
}

impl Package {
    fn is_for_users(&self) -> bool {
        self.programs().next().is_some()
    }

    /// The names of its programs.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        let is_program = |built: &&Built| built.kind == ["bin"] && built.name.starts_with(PREFIX);
        self.targets.iter().filter(is_program).map(|built| built.name.as_str())
    }

    /// From the top of these sources.
    pub fn folder<'p>(&'p self, root: &Path) -> &'p Path {
        let folder = self.manifest_path.parent().unwrap_or(&self.manifest_path);
        folder.strip_prefix(root).unwrap_or(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dispatcher_and_every_folder_of_a_verb_make_programs_and_nothing_else_does() {
        let sources = Sources::here().unwrap();
        let mut folders: Vec<PathBuf> =
            sources.packages.iter().map(|package| package.folder(&sources.root).to_owned()).collect();
        folders.sort();
        let mut plugins: Vec<PathBuf> = fs::read_dir(sources.root.join("plugins"))
            .unwrap()
            .map(|folder| Path::new("plugins").join(folder.unwrap().file_name()))
            .collect();
        plugins.sort();
        assert_eq!(folders, plugins);
        assert_eq!(sources.version().unwrap(), env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn packages_of_two_versions_are_no_release() {
        let mut sources = Sources::here().unwrap();
        "0.0.1".clone_into(&mut sources.packages[0].version);
        let error = sources.version().unwrap_err().to_string();
        assert!(error.ends_with("they are released together"), "{error}");
    }
}
