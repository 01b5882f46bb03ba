//! Looks at what was built, before anybody gets it.

mod audit;
mod glibc;
mod places;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use object::{Object as _, ObjectSymbol as _};

pub use glibc::Version;

/// What a release asks of a machine: RHEL 9, Debian 12, Ubuntu 22.04 and what is newer have it. Only programs that are not static need any.
pub const NEWEST_GLIBC: Version = Version { major: 2, minor: 34 };

/// What was found out about one program.
pub struct Looked {
    /// The oldest glibc that it runs on; `None` if it needs none.
    pub glibc: Option<Version>,
    /// How many crates it says it is made of.
    pub crates: usize,
}

/// Everything that must hold for a program that is handed out. `places` are folders of this machine.
pub fn look(program: &Path, bytes: &[u8], version: &str, places: &[PathBuf]) -> Result<Looked> {
    inspect(bytes, version, places).with_context(|| format!("{} must not be handed out", program.display()))
}

fn inspect(bytes: &[u8], version: &str, places: &[PathBuf]) -> Result<Looked> {
    let file = object::File::parse(bytes).context("could not read it as a program")?;
    if let Some(symbol) = file.symbols().find(|symbol| symbol.is_definition() && symbol.size() > 0) {
        bail!("it is not stripped: it has the symbol {}", symbol.name().unwrap_or("?"));
    }
    let crates = audit::crates(&file, version)?;
    places::none_of(bytes, places)?;
    let needed = glibc::needed(bytes)?;
    if let Some(needed) = needed.iter().max_by_key(|needed| needed.version)
        && needed.version > NEWEST_GLIBC
    {
        bail!("it needs glibc {} ({}), and a release may need {NEWEST_GLIBC} at most", needed.version, needed.library);
    }
    Ok(Looked { glibc: needed.iter().map(|needed| needed.version).max(), crates })
}
