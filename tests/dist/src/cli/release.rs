use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use lab_workspace::say;

use crate::release;
use crate::sources::Sources;

/// Describe the archives of all platforms: checksums, and krew's manifest
#[derive(Args)]
pub struct Release {
    /// Where the archives are, and where the descriptions go
    folder: PathBuf,

    /// Where users download them: the owner and name of the project on GitHub
    #[arg(long, value_name = "OWNER/NAME")]
    repository: String,

    /// The tag that is released; it has to be that of the version
    #[arg(long)]
    tag: Option<String>,
}

impl Release {
    pub fn run(self) -> Result<()> {
        let sources = Sources::here()?;
        let template = sources.root.join("krew/lab.yaml");
        let text = fs::read_to_string(&template).with_context(|| format!("could not read {}", template.display()))?;
        let tag = format!("v{}", sources.version()?);
        if let Some(asked) = self.tag.filter(|asked| *asked != tag) {
            bail!("the tag is {asked}, and the sources are of {tag}");
        }
        let release = release::of(&self.folder, &text, &tag, &self.repository)?;
        for (name, text) in &release.files {
            let path = self.folder.join(name);
            fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))?;
            say::data(path.display());
        }
        Ok(())
    }
}
