//! Whether a second build makes the same package: of a copy of the sources, in another folder, from nothing.

use anyhow::{Context, Result, bail};

use crate::package::{self, Package};
use crate::platform::Target;
use crate::sources::Sources;
use crate::sums;

/// The second build takes as long as a first one on a new machine.
pub fn verify(sources: &Sources, target: Target, time: u64, first: &Package) -> Result<()> {
    let folder = tempfile::tempdir().context("could not make a folder")?;
    // Longer than most, so that a path that is left in a program moves what comes after it.
    let root = folder.path().join("a-copy-of-the-sources-in-a-folder-of-another-name");
    sources.copy_to(&root)?;
    let second = package::make(&Sources::at(&root)?, target, time)?;
    let differing = differing(first, &second);
    if !differing.is_empty() {
        bail!("a second build differs: {}", differing.join(", "));
    }
    Ok(())
}

fn differing(first: &Package, second: &Package) -> Vec<String> {
    let only = |one: &Package, other: &Package| -> Vec<String> {
        let new = one.files.iter().filter(|file| !other.files.contains(file));
        new.map(|file| format!("{} (SHA-256 {})", file.path, sums::digest(&file.bytes))).collect()
    };
    let mut all = [only(first, second), only(second, first)].concat();
    if first.materials != second.materials {
        all.push("the bill of materials".to_owned());
    }
    if all.is_empty() && first.archive != second.archive {
        all.push("the packing of the same files".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::File;

    fn package(text: &str, archive: &str, materials: &str) -> Package {
        let files = vec![File::text("file", text.to_owned())];
        Package { files, archive: archive.as_bytes().to_vec(), materials: materials.as_bytes().to_vec() }
    }

    #[test]
    fn what_differs_is_named() {
        let first = package("", "a", "m");
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for (second, wanted) in [
            (package("", "a", "m"), vec![]),
            (package("", "b", "m"), vec!["the packing of the same files".to_owned()]),
            (package("", "a", "n"), vec!["the bill of materials".to_owned()]),
            (
                package("abc", "b", "m"),
                vec![format!("file (SHA-256 {of_nothing})"), format!("file (SHA-256 {of_abc})")],
            ),
        ] {
            assert_eq!(differing(&first, &second), wanted);
        }
    }
}
