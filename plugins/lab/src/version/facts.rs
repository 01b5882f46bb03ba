//! What there is: the verbs beside this program, other files of kubectl lab on PATH, and what each says of its version.

use std::path::Path;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::here;
use crate::search_path;
use crate::siblings;
use crate::siblings::Kind;
use crate::siblings::Sibling;
use crate::version::says;
use crate::version::says::Says;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub own_version: String,
    pub own_path: PathBuf,
    pub verbs: Vec<(Sibling, Says)>,
    /// In the order of PATH, which is the order in which kubectl looks.
    pub on_path: Vec<OnPath>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnPath {
    pub path: PathBuf,
    /// Where it leads to: our own files are met on PATH as well, by their name or by krew's link.
    pub real_path: PathBuf,
    pub says: Says,
}

pub fn gather(own_path: &Path) -> Result<Facts, Failure> {
    let verbs = siblings::beside(&here::folder_of(own_path))?;
    let own_name = own_path.file_name().unwrap_or_default().to_string_lossy();
    let on_path = search_path::files_of_lab(&search_path::folders(), &own_name);
    let kind_on_path = |path: &PathBuf| siblings::kind_of(path).unwrap_or(Kind::Program);

    let all = verbs.iter().map(|one| (&*one.path, one.kind.clone()));
    let all: Vec<(&Path, Kind)> = all.chain(on_path.iter().map(|path| (&**path, kind_on_path(path)))).collect();
    let mut says = says::all(&all).into_iter();
    let verbs: Vec<(Sibling, Says)> = verbs.iter().cloned().zip(says.by_ref()).collect();
    let on_path = on_path.iter().zip(says).map(|(path, says)| OnPath {
        path: path.clone(),
        real_path: path.canonicalize().unwrap_or_else(|_| path.clone()),
        says,
    });
    Ok(Facts { own_version: super::OWN.to_owned(), own_path: own_path.to_owned(), on_path: on_path.collect(), verbs })
}
