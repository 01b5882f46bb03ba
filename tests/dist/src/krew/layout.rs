//! A folder laid out as krew does it: the files in a store, one link to them, and a receipt.
//!
//! krew 0.5.0 makes the link absolute; those after it make it relative. Both lead to the same file, so one is enough here.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::contents;
use super::manifest::{Manifest, Platform};
use super::rules;

/// What an index offers: a manifest, and the archive that it names for this system.
pub struct Offer<'a> {
    manifest: Manifest,
    text: String,
    archive: &'a [u8],
}

impl<'a> Offer<'a> {
    pub fn new(text: String, archive: &'a [u8]) -> Result<Offer<'a>> {
        Ok(Offer { manifest: Manifest::parse(&text)?, text, archive })
    }

    fn name(&self) -> &str {
        &self.manifest.metadata.name
    }
}

/// What krew calls its root.
pub struct Krew {
    root: PathBuf,
}

impl Krew {
    pub fn at(root: &Path) -> Result<Krew> {
        let krew = Krew { root: root.to_owned() };
        for folder in [krew.bin(), krew.root.join("store"), krew.root.join("receipts")] {
            fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
        }
        Ok(krew)
    }

    /// What users put on PATH.
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Where the files of a version are.
    fn store(&self, offer: &Offer<'_>) -> PathBuf {
        self.root.join("store").join(offer.name()).join(&offer.manifest.spec.version)
    }

    /// `kubectl krew install --manifest=… --archive=…`. `system` is os and arch.
    pub fn install(&self, offer: &Offer<'_>, system: (&str, &str)) -> Result<()> {
        if self.receipt(offer.name()).exists() {
            bail!("{} is installed already", offer.name());
        }
        self.put(offer, system)
    }

    /// `kubectl krew upgrade`: the new version beside the old one, then the link, then the old one goes.
    pub fn upgrade(&self, offer: &Offer<'_>, system: (&str, &str)) -> Result<()> {
        if !self.receipt(offer.name()).exists() {
            bail!("{} is not installed", offer.name());
        }
        self.put(offer, system)?;
        let present = self.store(offer);
        for version in fs::read_dir(self.root.join("store").join(offer.name()))? {
            let folder = version?.path();
            if folder != present {
                fs::remove_dir_all(&folder).with_context(|| format!("could not remove {}", folder.display()))?;
            }
        }
        Ok(())
    }

    /// `kubectl krew uninstall`.
    pub fn uninstall(&self, name: &str) -> Result<()> {
        for file in [self.link(name), self.receipt(name)] {
            fs::remove_file(&file).with_context(|| format!("could not remove {}", file.display()))?;
        }
        fs::remove_dir_all(self.root.join("store").join(name)).context("could not remove the plugin's folder")
    }

    fn put(&self, offer: &Offer<'_>, system: (&str, &str)) -> Result<()> {
        let objections = rules::objections(offer.name(), &offer.manifest);
        if !objections.is_empty() {
            bail!("krew would not take the manifest: {}", objections.join("; "));
        }
        let platform = chosen(&offer.manifest, system)?;
        let store = self.store(offer);
        for (path, file) in contents::installed(platform, offer.archive)? {
            let path = store.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&store))?;
            fs::write(&path, &file.bytes).with_context(|| format!("could not write {}", path.display()))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(file.mode))?;
        }
        let link = self.link(offer.name());
        if link.is_symlink() {
            fs::remove_file(&link)?;
        }
        symlink(store.join(&platform.bin), &link).with_context(|| format!("could not link {}", link.display()))?;
        fs::write(self.receipt(offer.name()), &offer.text).context("could not write the receipt")
    }

    fn link(&self, name: &str) -> PathBuf {
        self.bin().join(format!("kubectl-{}", name.replace('-', "_")))
    }

    fn receipt(&self, name: &str) -> PathBuf {
        self.root.join("receipts").join(format!("{name}.yaml"))
    }
}

fn chosen<'m>(manifest: &'m Manifest, (os, arch): (&str, &str)) -> Result<&'m Platform> {
    let fits = |platform: &&Platform| platform.selector.as_ref().is_some_and(|selector| selector.selects(os, arch));
    let found = manifest.spec.platforms.iter().find(fits);
    found.with_context(|| format!("{} is not offered for {os}/{arch}", manifest.metadata.name))
}
