//! What there is: the list, the files beside it, and the version that each program tells.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::failure::Failure;
use crate::sums::{self, Sums};

#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    pub folder: PathBuf,
    /// `None` where there is no list.
    pub sums: Option<Sums>,
    /// Every file of the list, and every file of kubectl lab beside it, by name.
    pub files: BTreeMap<String, Found>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// `None` for what is no program, or does not tell it.
    pub version: Option<String>,
    /// `None` if there is no such file.
    pub digest: Option<String>,
}

pub fn gather() -> Result<Facts, Failure> {
    // krew links one file only, so the others are where that link leads.
    let own = env::current_exe().and_then(|path| path.canonicalize());
    let own = own.map_err(|error| Failure::new("could not find out where this program is", &error))?;
    in_folder(own.parent().unwrap_or(&own))
}

fn in_folder(folder: &Path) -> Result<Facts, Failure> {
    let sums = sums::read(folder)?;
    let mut names = beside(folder)?;
    names.extend(sums.iter().flat_map(Sums::keys).cloned());
    let mut versions = versions(folder);
    let mut files = BTreeMap::new();
    for name in names {
        let path = folder.join(&name);
        let digest = match path.try_exists() {
            Ok(false) => None,
            _ => Some(sums::of_file(&path).map_err(|error| unreadable(&path, &error))?),
        };
        files.insert(name, Found { version: versions.remove(&path), digest });
    }
    Ok(Facts { folder: folder.to_owned(), sums, files })
}

/// The files that are part of kubectl lab by their names.
fn beside(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let trouble = |error: std::io::Error| unreadable(folder, &error);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(trouble)? {
        let name = entry.map_err(trouble)?.file_name().to_string_lossy().into_owned();
        if is_of_lab(&name) && folder.join(&name).is_file() {
            names.insert(name);
        }
    }
    Ok(names)
}

/// kubectl-lab and kubectl-lab-VERB, but not what a compiler puts beside them, such as kubectl-lab-probe.d.
fn is_of_lab(name: &str) -> bool {
    let Some(verb) = name.strip_suffix(EXE_SUFFIX).and_then(|stem| stem.strip_prefix("kubectl-lab")) else {
        return false;
    };
    verb.is_empty()
        || verb.starts_with('-') && verb.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("could not read {}", path.display()), error)
}

/// The part of the dispatcher's own report that is of use here.
#[derive(Default, Deserialize)]
struct VersionReport {
    version: String,
    path: PathBuf,
    verbs: Vec<Verb>,
}

#[derive(Deserialize)]
struct Verb {
    path: PathBuf,
    version: Option<String>,
}

/// The dispatcher knows how to ask the others without any danger. Where it cannot be asked, no version is known; its digest tells more.
fn versions(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut ask = Command::new(folder.join(format!("kubectl-lab{EXE_SUFFIX}")));
    let answer = ask.args(["version", "--output=json"]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let report = answer.ok().and_then(|output| serde_json::from_slice(&output.stdout).ok());
    told(report.unwrap_or_default())
}

fn told(report: VersionReport) -> BTreeMap<PathBuf, String> {
    let verbs = report.verbs.into_iter().filter_map(|verb| Some((verb.path, verb.version?)));
    verbs.chain([(report.path, report.version)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_kubectl_lab_belong_to_it() {
        for (name, wanted) in [
            ("kubectl-lab", true),
            ("kubectl-lab-metrics_fix", true),
            ("kubectl-lab-probe.d", false),
            ("kubectl-labour", false),
            ("kubectl", false),
        ] {
            assert_eq!(is_of_lab(&format!("{name}{EXE_SUFFIX}")), wanted, "{name}");
        }
    }

    #[test]
    fn what_is_listed_and_what_lies_beside_it_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        fs::write(folder.path().join("kubectl-lab-probe"), "abc").unwrap();
        fs::write(folder.path().join("kubectl-lab-probe.d"), "").unwrap();
        fs::write(folder.path().join(sums::NAME), format!("{abc}  LICENSE\n")).unwrap();
        let facts = in_folder(folder.path()).unwrap();
        let found = |digest: Option<&str>| Found { version: None, digest: digest.map(str::to_owned) };
        let wanted = [("LICENSE".to_owned(), found(None)), ("kubectl-lab-probe".to_owned(), found(Some(abc)))];
        assert_eq!(facts.files, BTreeMap::from(wanted));
    }
}
