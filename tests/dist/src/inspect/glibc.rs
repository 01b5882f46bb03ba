//! Which glibc a program needs: the versions of the symbols that it takes from it.

use std::fmt;

use anyhow::{Context, Result};
use object::elf::FileHeader64;
use object::read::elf::{FileHeader as _, SectionHeader as _};
use object::{Endianness, FileKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A version of glibc's symbols, and the library that has to have it.
pub(super) struct Needed {
    pub library: String,
    pub version: Version,
}

/// Empty for a static program, and for those of other systems.
pub(super) fn needed(bytes: &[u8]) -> Result<Vec<Needed>> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf64) => in_elf(bytes).context("could not read which versions of libraries it needs"),
        _ => Ok(Vec::new()),
    }
}

fn in_elf(bytes: &[u8]) -> object::Result<Vec<Needed>> {
    let elf = FileHeader64::<Endianness>::parse(bytes)?;
    let endian = elf.endian()?;
    let sections = elf.sections(endian, bytes)?;
    let mut found = Vec::new();
    for section in sections.iter() {
        let Some((mut libraries, strings)) = section.gnu_verneed(endian, bytes)? else { continue };
        let strings = sections.strings(endian, bytes, strings)?;
        while let Some((library, mut versions)) = libraries.next()? {
            let library = String::from_utf8_lossy(library.file(endian, strings)?).into_owned();
            while let Some(version) = versions.next()? {
                let name = String::from_utf8_lossy(version.name(endian, strings)?).into_owned();
                found.extend(parsed(&name).map(|version| Needed { library: library.clone(), version }));
            }
        }
    }
    Ok(found)
}

/// `GLIBC_2.34`; other libraries have names of their own, and glibc's private ones are no version.
fn parsed(name: &str) -> Option<Version> {
    let mut numbers = name.strip_prefix("GLIBC_")?.split('.');
    let mut number = || numbers.next()?.parse().ok();
    Some(Version { major: number()?, minor: number()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_of_glibc_count_and_they_are_compared_as_numbers() {
        let version = |major, minor| Some(Version { major, minor });
        for (name, wanted) in [
            ("GLIBC_2.34", version(2, 34)),
            ("GLIBC_2.2.5", version(2, 2)),
            ("GLIBC_PRIVATE", None),
            ("GCC_3.0", None),
            ("GLIBC_2", None),
        ] {
            assert_eq!(parsed(name), wanted, "{name}");
        }
        assert!(version(2, 34) > version(2, 4));
    }

    #[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
    #[test]
    fn this_very_program_needs_a_glibc() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needed = needed(&bytes).unwrap();
        assert!(needed.iter().any(|needed| needed.library == "libc.so.6"), "no version of libc");
    }

    #[test]
    fn what_is_no_program_of_linux_needs_none() {
        assert!(needed(b"#!/bin/sh\n").unwrap().is_empty());
        let broken = [&b"\x7fELF\x02\x01\x01"[..], &[0; 13]].concat();
        assert!(needed(&broken).is_err());
    }
}
