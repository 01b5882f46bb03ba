//! `kubectl lab version`: do the files that work together belong together, and are they the ones that kubectl runs?

mod facts;
mod judge;
mod print;
pub mod says;

use std::ffi::OsString;
use std::path::Path;

use crate::Outcome;
use crate::failure::Failure;
use crate::run;
use crate::text::path_for_shell;
pub use crate::version::judge::Report;

pub const OWN: &str = env!("CARGO_PKG_VERSION");

pub const HELP: &str = "\
Compare the versions of kubectl lab and its verbs

Every verb beside kubectl-lab is asked for its version. Files of kubectl lab elsewhere on PATH are shown too, with what
kubectl does about them: it runs the first file of a name on PATH, and asks kubectl-lab only for verbs it does not find.

With --verify the digests of all files are compared with those of their release instead, by the verb digests.

Usage: kubectl lab version [--verify] [-o table|json]

Exit codes: 0 all of one version, 3 not all of one version

Examples:
  kubectl lab version
  kubectl lab version -o json
  kubectl lab version --verify
";

pub fn report(own_path: &Path) -> Result<Report, Failure> {
    facts::gather(own_path).map(|facts| judge::report(&facts))
}

/// The verb that knows digests; a library for them would be the largest part of this program.
const DIGESTS: &str = "digests";

/// Only the one beside this program will do: any other knows other files.
pub fn verify(folder: &Path, args: &[OsString]) -> Result<Outcome, Failure> {
    run::beside(DIGESTS, args, folder)?.ok_or_else(|| {
        Failure::failed(format!("could not compare digests: there is no kubectl-lab-{DIGESTS} in {}", folder.display()))
            .hint(format!("put all files of one release there; run \"ls -l {}\"", path_for_shell(folder)))
    })
}
