//! What is in an archive, as krew unpacks it, and what of it a platform's manifest installs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;

use super::manifest::{Operation, Platform};
use super::path::{clean, fits};
use crate::sums;

/// A file as it is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub bytes: Vec<u8>,
    pub mode: u32,
}

/// By their paths below the plugin's folder.
pub type Files = BTreeMap<String, Installed>;

/// The files that krew would install from this archive. Refused where krew, or the check of its index, would refuse it.
pub fn installed(platform: &Platform, archive: &[u8]) -> Result<Files> {
    let digest = sums::digest(archive);
    if digest != platform.sha256 {
        bail!("the archive's SHA-256 is {digest}, and the manifest says {}", platform.sha256);
    }
    let unpacked = unpacked(archive)?;
    let mut files = Files::new();
    for operation in platform.operations() {
        move_files(&operation, &unpacked, &mut files)?;
    }
    let bin = files.get(&clean(&platform.bin)).with_context(|| format!("there is no {:?} to run", platform.bin))?;
    if bin.mode & 0o111 == 0 {
        bail!("{:?} is not executable (mode {:o})", platform.bin, bin.mode);
    }
    if !files.keys().any(|path| is_licence(path)) {
        bail!("there is no licence: a file LICENSE, LICENSES or COPYING (krew's index takes no other name)");
    }
    Ok(files)
}

/// By first bytes, as krew tells them apart.
fn unpacked(archive: &[u8]) -> Result<Files> {
    match archive {
        [0x1f, 0x8b, 0x08, ..] => from_tar_gz(archive),
        [b'P', b'K', 3, 4, ..] => from_zip(archive),
        _ => bail!("the archive is neither a .tar.gz nor a .zip"),
    }
}

fn from_tar_gz(archive: &[u8]) -> Result<Files> {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    let mut files = Files::new();
    for entry in tar.entries().context("could not read the archive")? {
        let mut entry = entry.context("could not read the archive")?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        harmless(&path)?;
        match entry.header().entry_type() {
            tar::EntryType::Directory => {}
            tar::EntryType::Regular => {
                let mode = entry.header().mode()?;
                let bytes = read(&mut entry, &path)?;
                files.insert(clean(&path), Installed { bytes, mode });
            }
            kind => bail!("{path:?} is {}: krew takes files and folders only", words(kind)),
        }
    }
    Ok(files)
}

fn words(kind: tar::EntryType) -> &'static str {
    match kind {
        tar::EntryType::Symlink => "a symbolic link",
        tar::EntryType::Link => "a hard link",
        _ => "no regular file",
    }
}

fn from_zip(archive: &[u8]) -> Result<Files> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).context("could not read the archive")?;
    let (mut files, mut folders) = (Files::new(), BTreeSet::new());
    for number in 0..zip.len() {
        let mut entry = zip.by_index(number).context("could not read the archive")?;
        let path = entry.name().context("could not read the archive")?.into_owned();
        harmless(&path)?;
        if entry.is_dir() {
            folders.insert(clean(&path));
            continue;
        }
        if let Some((folder, _)) = path.rsplit_once('/')
            && !folders.contains(folder)
        {
            bail!("the folder of {path:?} has no entry before it, and krew makes none for a zip");
        }
        let mode = entry.unix_mode().unwrap_or(0o644);
        if mode & 0o170_000 != 0 && mode & 0o170_000 != 0o100_000 {
            bail!("{path:?} is no regular file: krew takes files and folders only");
        }
        let bytes = read(&mut entry, &path)?;
        files.insert(clean(&path), Installed { bytes, mode: mode & 0o7777 });
    }
    Ok(files)
}

fn harmless(path: &str) -> Result<()> {
    if path.contains("..") {
        bail!("krew refuses {path:?}: there are two dots in it");
    }
    if path.starts_with(['/', '\\']) {
        bail!("krew refuses {path:?}: it does not begin in the archive");
    }
    Ok(())
}

fn read(entry: &mut impl Read, path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).with_context(|| format!("could not unpack {path:?}"))?;
    Ok(bytes)
}

/// A path that is there is moved to `to`; a pattern moves what it fits into the folder `to`. Folders move with all that is in them.
fn move_files(operation: &Operation, unpacked: &Files, files: &mut Files) -> Result<()> {
    let Operation { from, to } = operation;
    let there = places(unpacked);
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let moves: Vec<(String, String)> = if there.contains(&clean(from)) {
        let to = if to == "." { name(&clean(from)) } else { to.clone() };
        vec![(clean(from), to)]
    } else {
        let met = there.iter().filter(|path| fits(from, path));
        met.map(|path| (path.clone(), clean(&format!("{to}/{}", name(path))))).collect()
    };
    if moves.is_empty() {
        bail!("no file of the archive fits {from:?}");
    }
    for (from, to) in moves {
        for (path, file) in unpacked {
            if *path == from {
                files.insert(to.clone(), file.clone());
            } else if let Some(rest) = path.strip_prefix(&format!("{from}/")) {
                files.insert(format!("{to}/{rest}"), file.clone());
            }
        }
    }
    Ok(())
}

/// All files and the folders that they are in.
fn places(files: &Files) -> BTreeSet<String> {
    let with_folders = |path: &String| {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        ends.map(|end| path[..end].to_owned()).collect::<Vec<_>>()
    };
    files.keys().flat_map(with_folders).collect()
}

fn is_licence(path: &str) -> bool {
    const NAMES: [&str; 8] =
        ["license", "licenses", "copying", "license.txt", "licenses.txt", "copying.txt", "license.md", "licenses.md"];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{self, Effort, File};
    use crate::krew::manifest::Platform;
    use crate::platform::Format;

    const TIME: u64 = 1_764_236_000;

    /// A tar as others might make it. Kinds and paths go into the header as they are.
    fn tar_gz(entries: &[(&str, tar::EntryType, u32)]) -> Vec<u8> {
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        for (path, kind, mode) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(*kind);
            header.set_mode(*mode);
            header.set_size(0);
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            tar.append(&header, std::io::empty()).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn platform(archive: &[u8], files: Option<&[(&str, &str)]>) -> Platform {
        let operation = |(from, to): &(&str, &str)| Operation { from: (*from).to_owned(), to: (*to).to_owned() };
        Platform {
            sha256: sums::digest(archive),
            bin: "kubectl-lab".to_owned(),
            files: files.map(|files| files.iter().map(operation).collect()),
            ..Platform::default()
        }
    }

    const FILE: tar::EntryType = tar::EntryType::Regular;
    const GOOD: [(&str, tar::EntryType, u32); 2] = [("kubectl-lab", FILE, 0o755), ("LICENSE", FILE, 0o644)];

    fn with(further: &[(&str, tar::EntryType, u32)]) -> Vec<u8> {
        tar_gz(&[&GOOD[..], further].concat())
    }

    fn objection(archive: &[u8]) -> String {
        installed(&platform(archive, None), archive).unwrap_err().to_string()
    }

    #[test]
    fn everything_is_installed_where_nothing_is_said() {
        let archive = with(&[("man", tar::EntryType::Directory, 0o755), ("man/lab.1", FILE, 0o644)]);
        let files = installed(&platform(&archive, None), &archive).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["LICENSE", "kubectl-lab", "man/lab.1"]);
        assert_eq!(files["kubectl-lab"].mode, 0o755);
    }

    #[test]
    fn files_go_where_the_manifest_says() {
        let archive = with(&[("man/lab.1", FILE, 0o644), ("man/probe.1", FILE, 0o644)]);
        for (moves, wanted) in [
            (&[("*", ".")][..], &["LICENSE", "kubectl-lab", "man/lab.1", "man/probe.1"][..]),
            (&[("kubectl-lab", "."), ("LICENSE", ".")], &["LICENSE", "kubectl-lab"]),
            (
                &[("kubectl-*", "."), ("LICENSE", "COPYING"), ("man/*", "doc")],
                &["COPYING", "doc/lab.1", "doc/probe.1", "kubectl-lab"],
            ),
            (
                &[("kubectl-lab", "."), ("LICENSE", "."), ("man", "share/man")],
                &["LICENSE", "kubectl-lab", "share/man/lab.1", "share/man/probe.1"],
            ),
        ] {
            let files = installed(&platform(&archive, Some(moves)), &archive).unwrap();
            assert_eq!(files.keys().collect::<Vec<_>>(), wanted, "{moves:?}");
        }
    }

    #[test]
    fn archives_that_krew_refuses_are_refused() {
        for (archive, wanted) in [
            (
                with(&[("link", tar::EntryType::Symlink, 0o777)]),
                "\"link\" is a symbolic link: krew takes files and folders only",
            ),
            (
                with(&[("link", tar::EntryType::Link, 0o777)]),
                "\"link\" is a hard link: krew takes files and folders only",
            ),
            (
                with(&[("pipe", tar::EntryType::Fifo, 0o644)]),
                "\"pipe\" is no regular file: krew takes files and folders only",
            ),
            (with(&[("../x", FILE, 0o644)]), "krew refuses \"../x\": there are two dots in it"),
            (with(&[("a..b", FILE, 0o644)]), "krew refuses \"a..b\": there are two dots in it"),
            (with(&[("/etc/x", FILE, 0o644)]), "krew refuses \"/etc/x\": it does not begin in the archive"),
            (with(&[("\\x", FILE, 0o644)]), "krew refuses \"\\\\x\": it does not begin in the archive"),
            (tar_gz(&GOOD[1..]), "there is no \"kubectl-lab\" to run"),
            (tar_gz(&[("kubectl-lab", FILE, 0o644), GOOD[1]]), "\"kubectl-lab\" is not executable (mode 644)"),
            (
                tar_gz(&[GOOD[0], ("LICENSE-MIT", FILE, 0o644), ("doc/LICENSE", FILE, 0o644)]),
                "there is no licence: a file LICENSE, LICENSES or COPYING (krew's index takes no other name)",
            ),
            (b"PK\x05\x06".to_vec(), "the archive is neither a .tar.gz nor a .zip"),
            (b"\x1f\x8b\x08 cut short".to_vec(), "could not read the archive"),
        ] {
            assert_eq!(objection(&archive), wanted);
        }
    }

    #[test]
    fn another_archive_than_the_manifests_is_refused() {
        let archive = with(&[]);
        let other = Platform { sha256: "0".repeat(64), ..platform(&archive, None) };
        let error = installed(&other, &archive).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("the archive's SHA-256 is {}, and the manifest says {}", sums::digest(&archive), other.sha256)
        );
    }

    #[test]
    fn a_pattern_that_fits_nothing_is_refused() {
        let archive = with(&[]);
        let error = installed(&platform(&archive, Some(&[("bin/*", ".")])), &archive).unwrap_err().to_string();
        assert_eq!(error, "no file of the archive fits \"bin/*\"");
    }

    #[test]
    fn a_zip_needs_entries_for_its_folders() {
        let file = |path: &str| File { path: path.to_owned(), bytes: Vec::new(), executable: true };
        let files = [file("kubectl-lab"), file("LICENSE"), file("man/lab.1")];
        let packed = archive::pack(&files, Format::Zip, TIME, Effort::Quick).unwrap();
        assert_eq!(installed(&platform(&packed, None), &packed).unwrap().len(), 3);

        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("man/lab.1", zip::write::SimpleFileOptions::default()).unwrap();
        let bare = zip.finish().unwrap().into_inner();
        assert_eq!(
            objection(&bare),
            "the folder of \"man/lab.1\" has no entry before it, and krew makes none for a zip"
        );
    }
}
