//! Everything that is handed out for one target.

use anyhow::Result;

use crate::archive::{self, Effort, File};
use crate::platform::{Format, Target};
use crate::sources::Sources;
use crate::{compile, contents, sbom};

#[derive(PartialEq, Eq)]
pub struct Package {
    pub files: Vec<File>,
    /// The files in one archive.
    pub archive: Vec<u8>,
    /// What the programs are made of, in another.
    pub materials: Vec<u8>,
}

/// `time` is in seconds since 1970.
pub fn make(sources: &Sources, target: Target, time: u64) -> Result<Package> {
    let files = contents::of(&sources.root, &compile::programs(sources, target.triple)?)?;
    let archive = archive::pack(&files, target.platform.format, time, Effort::Best)?;
    let documents = sbom::documents(sources, target.triple, time)?;
    let materials = archive::pack(&documents, Format::TarGz, time, Effort::Best)?;
    Ok(Package { files, archive, materials })
}
