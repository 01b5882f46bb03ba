//! The pages of `docs/verbs/`, made from the programs' own help.

mod examples;
mod verb;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use lab_workspace::built::workspace;

use crate::verbs;

#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    pub file_name: String,
    pub text: String,
}

pub const FOLDER: &str = "docs/verbs";
const NOTE: &str = "<!-- Made by `cargo docs-generate` from the program's own help: change that, not this. -->\n\n";

/// A page for each verb, and one that lists them with the flags that they share.
pub fn all() -> Result<Vec<Page>> {
    let mut lines = Vec::new();
    for name in verbs::names() {
        let mut line = verbs::command_line(&name).with_context(|| format!("add {name} to tests/docs/src/verbs.rs"))?;
        line.command.build();
        lines.push((name, line));
    }
    let pages = lines
        .iter()
        .map(|(name, line)| Page { file_name: format!("{name}.md"), text: format!("{NOTE}{}", verb::page(line)) });
    let index = Page { file_name: "README.md".into(), text: format!("{NOTE}{}", verb::index(&lines)) };
    Ok(pages.chain([index]).collect())
}

pub fn folder() -> PathBuf {
    workspace().join(FOLDER)
}

/// Writes all pages, and removes those that are none any more.
pub fn write() -> Result<()> {
    let (folder, pages) = (folder(), all()?);
    fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    for entry in fs::read_dir(&folder).with_context(|| format!("could not list {}", folder.display()))? {
        let path = entry?.path();
        if !pages.iter().any(|page| path.file_name().is_some_and(|name| *name == *page.file_name)) {
            fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    for page in pages {
        let path = folder.join(&page.file_name);
        fs::write(&path, page.text).with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}
