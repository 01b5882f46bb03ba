//! `kubectl lab version`: do the files that work together belong together, and are they the ones that kubectl runs?

mod facts;
mod judge;
mod print;
pub mod says;

use std::path::Path;

use crate::failure::Failure;
pub use crate::version::judge::Report;

pub const OWN: &str = env!("CARGO_PKG_VERSION");

pub const HELP: &str = "\
Compare the versions of kubectl lab and its verbs

Every verb beside kubectl-lab is asked for its version. Files of kubectl lab elsewhere on PATH are shown too, with what
kubectl does about them: it runs the first file of a name on PATH, and asks kubectl-lab only for verbs it does not find.

Usage: kubectl lab version [-o table|json]

Exit codes: 0 all of one version, 3 not all of one version

Examples:
  kubectl lab version
  kubectl lab version -o json
";

pub fn report(own_path: &Path) -> Result<Report, Failure> {
    facts::gather(own_path).map(|facts| judge::report(&facts))
}
