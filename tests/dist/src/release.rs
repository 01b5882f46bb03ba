//! What concerns all platforms of a release: checksums, and the manifests for krew, checked against the very archives.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::krew::manifest::Manifest;
use crate::krew::{contents, rules, template};
use crate::platform::PLATFORMS;
use crate::sums;

/// What a release consists of beside the archives, by file name.
pub struct Release {
    pub files: BTreeMap<&'static str, String>,
}

/// Digests of all archives.
const SUMS: &str = "SHA256SUMS";
/// What a custom index has in its folder `plugins`, and what krew's own index has.
const MANIFEST: &str = "lab.yaml";
/// What krew-release-bot fills.
const TEMPLATE: &str = "krew-release-bot.yaml";

/// `folder` holds the archives of every platform; `template` is the repository's own.
pub fn of(folder: &Path, template: &str, tag: &str, repository: &str) -> Result<Release> {
    let archives = archives(folder, tag)?;
    let digests = archives.iter().map(|(name, bytes)| (name.clone(), sums::digest(bytes))).collect();
    let template = template::at(template, repository)?;
    let manifest = template::filled(&template, tag, &digests)?;
    check(&manifest, &archives)?;
    let all = archives.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    Ok(Release { files: BTreeMap::from([(SUMS, sums::text(all)), (MANIFEST, manifest), (TEMPLATE, template)]) })
}

/// By name: one for each platform, and the bills of materials.
fn archives(folder: &Path, tag: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let missing: Vec<String> =
        PLATFORMS.iter().map(|platform| platform.archive(tag)).filter(|name| !folder.join(name).is_file()).collect();
    if !missing.is_empty() {
        bail!("{} lacks {}", folder.display(), missing.join(", "));
    }
    let is_of_release = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        PLATFORMS.iter().any(|platform| name.starts_with(&format!("{}.", platform.stem(tag))))
    };
    let entries = fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        Ok((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes))
    };
    paths.into_iter().filter(is_of_release).map(read).collect()
}

fn check(manifest: &str, archives: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let manifest = Manifest::parse(manifest)?;
    let objections = rules::objections(MANIFEST.trim_end_matches(".yaml"), &manifest);
    if !objections.is_empty() {
        bail!("krew would not take the manifest: {}", objections.join("; "));
    }
    for platform in &manifest.spec.platforms {
        let name = platform.uri.rsplit('/').next().unwrap_or_default();
        let archive = archives.get(name).with_context(|| format!("there is no archive {name}"))?;
        contents::installed(platform, archive).with_context(|| format!("krew would not install {name}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lab_workspace::built::workspace;

    use super::*;
    use crate::archive::{self, Effort, File};
    use crate::platform::Platform;

    const TIME: u64 = 1_764_236_000;

    fn template() -> String {
        fs::read_to_string(workspace().join("krew/lab.yaml")).unwrap()
    }

    /// Archives with programs of no contents, for every platform.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for platform in PLATFORMS {
            put(&folder, platform, "LICENSE");
        }
        folder
    }

    fn put(folder: &tempfile::TempDir, platform: &Platform, licence: &str) {
        let program = if platform.os == "windows" { "kubectl-lab.exe" } else { "kubectl-lab" };
        let file = |path: &str, executable| File { path: path.to_owned(), bytes: Vec::new(), executable };
        let packed =
            archive::pack(&[file(program, true), file(licence, false)], platform.format, TIME, Effort::Quick).unwrap();
        fs::write(folder.path().join(platform.archive("v0.1.0")), packed).unwrap();
    }

    fn error(folder: &tempfile::TempDir) -> String {
        let made = of(folder.path(), &template(), "v0.1.0", "someone/lab");
        format!("{:#}", made.err().unwrap()).replace(&folder.path().display().to_string(), "FOLDER")
    }

    #[test]
    fn the_repositorys_template_makes_a_manifest_that_krew_takes_for_every_platform() {
        let folder = folder();
        fs::write(folder.path().join(PLATFORMS[0].materials("v0.1.0")), "").unwrap();
        fs::write(folder.path().join("kubectl-lab-v0.0.9-linux-amd64.tar.gz"), "of another release").unwrap();
        let release = of(folder.path(), &template(), "v0.1.0", "someone/lab").unwrap();
        let manifest = Manifest::parse(&release.files[MANIFEST]).unwrap();
        for platform in PLATFORMS {
            let selects = |one: &&crate::krew::manifest::Platform| {
                one.selector.as_ref().unwrap().selects(platform.os, platform.arch)
            };
            let found: Vec<_> = manifest.spec.platforms.iter().filter(selects).collect();
            let [one] = found[..] else { panic!("{}/{}", platform.os, platform.arch) };
            let release = "https://github.com/someone/lab/releases/download/v0.1.0";
            assert_eq!(one.uri, format!("{release}/{}", platform.archive("v0.1.0")));
        }
        assert_eq!(release.files[SUMS].lines().count(), PLATFORMS.len() + 1, "{}", release.files[SUMS]);
        assert!(release.files[TEMPLATE].contains("https://github.com/someone/lab\n"));
        assert!(release.files[TEMPLATE].contains("{{ .TagName }}"));
    }

    #[test]
    fn lines_of_the_manifest_are_short_enough_for_krews_index() {
        let folder = folder();
        let release = of(folder.path(), &template(), "v0.1.0", "someone/lab").unwrap();
        let spec = Manifest::parse(&release.files[MANIFEST]).unwrap().spec;
        for (text, longest) in [(spec.description, 80), (spec.caveats, 80), (spec.short_description, 70)] {
            assert!(text.lines().all(|line| line.len() <= longest), "{text}");
        }
    }

    #[test]
    fn a_release_that_lacks_a_platform_or_a_licence_is_none() {
        let folder = folder();
        put(&folder, &PLATFORMS[1], "LICENSE-APACHE");
        assert_eq!(
            error(&folder),
            "krew would not install kubectl-lab-v0.1.0-linux-arm64.tar.gz: there is no licence: \
             a file LICENSE, LICENSES or COPYING (krew's index takes no other name)"
        );
        fs::remove_file(folder.path().join(PLATFORMS[4].archive("v0.1.0"))).unwrap();
        assert_eq!(error(&folder), "FOLDER lacks kubectl-lab-v0.1.0-windows-amd64.zip");
    }
}
