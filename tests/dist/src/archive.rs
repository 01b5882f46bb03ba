//! Packing: regular files in a fixed order, of nobody, and of one time, so that the same files make the same bytes.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use flate2::{Compression, GzBuilder};
use zip::write::SimpleFileOptions;

use crate::platform::Format;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// In the archive, with `/` between folders.
    pub path: String,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

impl File {
    pub fn text(path: &str, text: String) -> File {
        File { path: path.to_owned(), bytes: text.into_bytes(), executable: false }
    }

    fn mode(&self) -> u32 {
        if self.executable { 0o755 } else { 0o644 }
    }
}

/// How much work is put into making it small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For users.
    Best,
    /// For tests of what is in it.
    Quick,
}

impl Effort {
    fn level(self) -> Compression {
        match self {
            Self::Best => Compression::best(),
            Self::Quick => Compression::fast(),
        }
    }
}

/// `time` is in seconds since 1970.
pub fn pack(files: &[File], format: Format, time: u64, effort: Effort) -> Result<Vec<u8>> {
    let files = in_order(files)?;
    match format {
        Format::TarGz => tar_gz(&files, time, effort.level()),
        Format::Zip => zipped(&files, time, effort.level()),
    }
}

/// krew unpacks whatever is in an archive, so what it refuses is refused here first.
fn in_order(files: &[File]) -> Result<Vec<&File>> {
    let mut paths = BTreeSet::new();
    for file in files {
        let is_plain = Path::new(&file.path).components().all(|part| matches!(part, Component::Normal(_)));
        if file.path.is_empty() || !is_plain || file.path.contains("..") || file.path.contains('\\') {
            bail!("could not pack {:?}: it is no plain path", file.path);
        }
        if !paths.insert(&file.path) {
            bail!("could not pack {:?}: there are two of that name", file.path);
        }
    }
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn tar_gz(files: &[&File], time: u64, level: Compression) -> Result<Vec<u8>> {
    // gzip has a place for the name and time of what was packed, and for the system; they stay empty.
    let gzip = GzBuilder::new().operating_system(UNKNOWN_SYSTEM).write(Vec::new(), level);
    let mut tar = tar::Builder::new(gzip);
    for file in files {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(file.mode());
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(time);
        header.set_size(file.bytes.len() as u64);
        tar.append_data(&mut header, &file.path, file.bytes.as_slice())
            .with_context(|| format!("could not pack {}", file.path))?;
    }
    tar.into_inner()?.finish().context("could not finish the archive")
}

const UNKNOWN_SYSTEM: u8 = 255;

fn zipped(files: &[&File], time: u64, level: Compression) -> Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        SimpleFileOptions::default().last_modified_time(zip_time(time)?).compression_level(Some(level.level().into()));
    let mut folders = BTreeSet::new();
    for file in files {
        // krew makes no folder of a zip that has no entry of its own.
        for folder in Path::new(&file.path).ancestors().skip(1).filter(|folder| folder.parent().is_some()) {
            folders.insert(folder.to_string_lossy().into_owned());
        }
    }
    for folder in &folders {
        zip.add_directory(folder, options.unix_permissions(0o755))?;
    }
    for file in files {
        zip.start_file(&file.path, options.unix_permissions(file.mode()))
            .and_then(|()| Ok(zip.write_all(&file.bytes)?))
            .with_context(|| format!("could not pack {}", file.path))?;
    }
    Ok(zip.finish().context("could not finish the archive")?.into_inner())
}

/// A zip knows no time zone; this is UTC.
fn zip_time(time: u64) -> Result<zip::DateTime> {
    let seconds = i64::try_from(time).context("the time is too far away")?;
    let utc =
        jiff::Timestamp::from_second(seconds).context("the time is too far away")?.to_zoned(jiff::tz::TimeZone::UTC);
    zip::DateTime::try_from(utc.datetime())
        .with_context(|| format!("a zip cannot hold the time {utc}: it knows 1980 to 2107"))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    const TIME: u64 = 1_764_236_000;

    fn file(path: &str, text: &str, executable: bool) -> File {
        File { path: path.to_owned(), bytes: text.as_bytes().to_vec(), executable }
    }

    fn files() -> [File; 3] {
        [file("man/kubectl-lab.1", "page", false), file("kubectl-lab", "program", true), file("LICENSE", "text", false)]
    }

    #[test]
    fn the_same_files_make_the_same_bytes_in_whatever_order_they_come() {
        let turned: Vec<File> = files().into_iter().rev().collect();
        for format in [Format::TarGz, Format::Zip] {
            assert_eq!(
                pack(&files(), format, TIME, Effort::Quick).unwrap(),
                pack(&turned, format, TIME, Effort::Quick).unwrap(),
                "{format:?}"
            );
            assert_ne!(
                pack(&files(), format, TIME, Effort::Quick).unwrap(),
                pack(&files(), format, TIME + 2, Effort::Quick).unwrap(),
                "{format:?}"
            );
        }
    }

    #[test]
    fn a_tar_holds_regular_files_of_nobody_and_nothing_of_this_machine() {
        let packed = pack(&files(), Format::TarGz, TIME, Effort::Quick).unwrap();
        // The time in gzip's own header, its flags, and the system.
        assert_eq!((&packed[4..8], packed[3], packed[9]), (&[0; 4][..], 0, UNKNOWN_SYSTEM));
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
        let mut seen = Vec::new();
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let header = entry.header();
            assert_eq!(header.entry_type(), tar::EntryType::Regular);
            assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, TIME));
            assert_eq!((header.username().unwrap(), header.groupname().unwrap()), (Some(""), Some("")));
            seen.push(format!("{:o} {} {text}", header.mode().unwrap(), entry.path().unwrap().display()));
        }
        assert_eq!(seen, ["644 LICENSE text", "755 kubectl-lab program", "644 man/kubectl-lab.1 page"]);
    }

    #[test]
    fn a_zip_has_its_folders_before_what_is_in_them() {
        let packed = pack(&files(), Format::Zip, TIME, Effort::Quick).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
        let mut seen = Vec::new();
        for number in 0..zip.len() {
            let entry = zip.by_index(number).unwrap();
            seen.push(format!("{:o} {}", entry.unix_mode().unwrap() & 0o777, entry.name().unwrap()));
        }
        assert_eq!(seen, ["755 man/", "644 LICENSE", "755 kubectl-lab", "644 man/kubectl-lab.1"]);
    }

    #[test]
    fn what_krew_would_refuse_is_not_packed() {
        for path in ["../x", "/x", "a//../b", "a..b", "./x", "", "a\\b"] {
            let error = pack(&[file(path, "", false)], Format::TarGz, TIME, Effort::Quick).unwrap_err().to_string();
            assert_eq!(error, format!("could not pack {path:?}: it is no plain path"));
        }
        let error = pack(&[file("a", "1", false), file("a", "2", false)], Format::TarGz, TIME, Effort::Quick)
            .unwrap_err()
            .to_string();
        assert_eq!(error, "could not pack \"a\": there are two of that name");
    }

    #[test]
    fn a_time_that_a_zip_cannot_hold_is_refused() {
        let error = pack(&files(), Format::Zip, 0, Effort::Quick).unwrap_err().to_string();
        assert!(error.ends_with("it knows 1980 to 2107"), "{error}");
    }
}
