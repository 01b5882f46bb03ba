//! The list of crates that cargo-auditable has put into a program.

use std::io::Read as _;

use anyhow::{Context, Result, bail};
use flate2::read::ZlibDecoder;
use object::{Object as _, ObjectSection as _};
use serde::Deserialize;

/// Where scanners look for it.
const SECTION: &str = ".dep-v0";
/// Far more than any list of crates, so that a broken one ends.
const LONGEST: u64 = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// The one that the program itself is of.
    #[serde(default)]
    root: bool,
}

/// How many crates it lists; the program's own must be of this version.
pub(super) fn crates(file: &object::File<'_>, version: &str) -> Result<usize> {
    let section = file.section_by_name(SECTION).context("it has no list of its crates")?;
    let packed = section.data().context("could not read the list of its crates")?;
    counted(packed, version)
}

fn counted(packed: &[u8], version: &str) -> Result<usize> {
    let mut text = String::new();
    let unpacked = ZlibDecoder::new(packed).take(LONGEST).read_to_string(&mut text);
    unpacked.context("could not unpack the list of its crates")?;
    let list: List = serde_json::from_str(&text).context("could not read the list of its crates")?;
    match list.packages.iter().find(|package| package.root) {
        Some(own) if own.version == version => Ok(list.packages.len()),
        Some(own) => bail!("it is {} {}, not of version {version}", own.name, own.version),
        None => bail!("the list of its crates does not say which one it is"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(list: &str) -> Vec<u8> {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(list.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn the_list_is_of_the_program_and_its_version() {
        let serde = r#"{"name":"serde","version":"1.0.0","source":"registry"}"#;
        let own = r#"{"name":"kubectl-lab-probe","version":"0.1.0","source":"local","root":true}"#;
        let list = |packages: &str| packed(&format!("{{\"packages\":[{packages}]}}"));
        assert_eq!(counted(&list(&format!("{serde},{own}")), "0.1.0").unwrap(), 2);
        for (list, version, why) in [
            (list(own), "0.2.0", "it is kubectl-lab-probe 0.1.0, not of version 0.2.0"),
            (list(serde), "0.1.0", "the list of its crates does not say which one it is"),
            (packed("{}"), "0.1.0", "could not read the list of its crates"),
            (b"plain".to_vec(), "0.1.0", "could not unpack the list of its crates"),
        ] {
            assert_eq!(counted(&list, version).unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn a_program_that_was_built_without_it_is_noticed() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let file = object::File::parse(bytes.as_slice()).unwrap();
        assert_eq!(crates(&file, "0.1.0").unwrap_err().to_string(), "it has no list of its crates");
    }
}
