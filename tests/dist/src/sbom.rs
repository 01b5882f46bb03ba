//! The bill of materials: for each program one CycloneDX document, as cargo-cyclonedx writes it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use lab_workspace::tool::Tool;

use crate::archive::File;
use crate::commit::SOURCE_DATE_EPOCH;
use crate::compile;
use crate::sources::Sources;

const CARGO_CYCLONEDX: Tool = Tool { name: "cargo-cyclonedx", version: "0.5.9", flags: &[] };

/// The tool writes beside each package, so it works on a copy. `time` is in seconds since 1970.
pub fn documents(sources: &Sources, triple: &str, time: u64) -> Result<Vec<File>> {
    let program = CARGO_CYCLONEDX.ensure(compile::run)?;
    let folder = tempfile::tempdir().context("could not make a folder")?;
    sources.copy_to(folder.path())?;
    let copy = Sources::at(folder.path())?;
    let mut command = std::process::Command::new(program);
    command.args(["cyclonedx", "--quiet", "--format", "json", "--spec-version", "1.5", "--describe", "binaries"]);
    command.args(["--target", triple]).current_dir(&copy.root).env(SOURCE_DATE_EPOCH, time.to_string());
    compile::run(command).context("could not list what the programs are made of")?;
    let mut documents = Vec::new();
    for package in &copy.packages {
        for name in package.programs() {
            documents.push(document(&copy.root, package.folder(&copy.root), name)?);
        }
    }
    Ok(documents)
}

fn document(root: &Path, folder: &Path, program: &str) -> Result<File> {
    let path = root.join(folder).join(format!("{program}_bin.cdx.json"));
    let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    // Packages of the workspace are named by where they are; that folder is no more.
    let text = text.replace(&format!("path+file://{}/", root.display()), "path+file:///kubectl-lab/");
    Ok(File::text(&format!("{program}.cdx.json"), text))
}
