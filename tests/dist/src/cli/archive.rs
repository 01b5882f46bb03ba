use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use lab_workspace::say;

use crate::archive::File;
use crate::platform::{Machine, Target};
use crate::sources::Sources;
use crate::{commit, inspect, package, remap, reproducible};

/// Build the programs and pack them, for each platform that this machine can build
#[derive(Args)]
pub struct Archive {
    /// Only for this target, by rustc's name; can be repeated
    #[arg(long, value_name = "TRIPLE")]
    target: Vec<String>,

    /// Where the archives go [default: dist-archive in cargo's target directory]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,

    /// Build once more, elsewhere and from nothing, and compare the archives byte by byte
    #[arg(long)]
    verify_reproducible: bool,
}

impl Archive {
    pub fn run(self) -> Result<()> {
        let sources = Sources::here()?;
        let targets = self.targets(&Machine::this()?)?;
        let output = self.output.clone().unwrap_or_else(|| sources.target.join("dist-archive"));
        fs::create_dir_all(&output).with_context(|| format!("could not make {}", output.display()))?;
        commit::warn_of_changes(&sources);
        let time = commit::time(&sources)?;
        for target in targets {
            let package = package::make(&sources, target, time)?;
            say::note(format!("for {}:", target.triple));
            let places = remap::folders(&sources)?.map(|(folder, _)| folder);
            for line in lines(&package.files, sources.version()?, &places)? {
                say::note(line);
            }
            let tag = format!("v{}", sources.version()?);
            write(&output.join(target.platform.archive(&tag)), &package.archive)?;
            write(&output.join(target.platform.materials(&tag)), &package.materials)?;
            if self.verify_reproducible {
                reproducible::verify(&sources, target, time, &package)?;
                say::note("a second build in another folder made the same archives");
            }
        }
        Ok(())
    }

    fn targets(&self, machine: &Machine) -> Result<Vec<Target>> {
        if self.target.is_empty() {
            return Ok(machine.targets());
        }
        self.target.iter().map(|triple| Target::named(triple)?.buildable(machine)).collect()
    }
}

/// What is said of the files: each one's size, and what was seen in a program; those in folders are taken together.
fn lines(files: &[File], version: &str, places: &[PathBuf]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        match file.path.split_once('/') {
            Some((folder, _)) => *folders.entry(folder).or_default() += file.bytes.len(),
            None if file.executable => lines.push(program(file, version, places)?),
            None => lines.push(sized(&file.path, file.bytes.len())),
        }
    }
    lines.extend(folders.iter().map(|(folder, bytes)| sized(&format!("{folder}/"), *bytes)));
    lines.push(sized("all files", files.iter().map(|file| file.bytes.len()).sum()));
    Ok(lines)
}

fn program(file: &File, version: &str, places: &[PathBuf]) -> Result<String> {
    let looked = inspect::look(Path::new(&file.path), &file.bytes, version, places)?;
    let glibc = looked.glibc.map_or("no glibc".to_owned(), |version| format!("glibc {version} or newer"));
    Ok(format!("{}   {} crates, {glibc}", sized(&file.path, file.bytes.len()), looked.crates))
}

fn sized(name: &str, bytes: usize) -> String {
    format!("  {name:28}{:>9}", size(bytes))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("could not write {}", path.display()))?;
    say::note(format!("  {}: {}", path.file_name().unwrap_or_default().to_string_lossy(), size(bytes.len())));
    say::data(path.display());
    Ok(())
}

/// In megabytes as files are measured: a thousand times a thousand bytes.
fn size(bytes: usize) -> String {
    match bytes {
        0..100_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_folders_are_taken_together() {
        let file = |path: &str, bytes: usize| File { path: path.to_owned(), bytes: vec![0; bytes], executable: false };
        let files = [file("LICENSE", 11_358), file("man/man1/a.1", 1_000), file("man/man1/b.1", 2_100)];
        assert_eq!(
            lines(&files, "0.1.0", &[]).unwrap(),
            [
                "  LICENSE                       11.3 kB",
                "  man/                           3.1 kB",
                "  all files                     14.4 kB",
            ]
        );
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!([size(0), size(11_358), size(12_345_678)], ["0.0 kB", "11.3 kB", "12.34 MB"]);
    }
}
