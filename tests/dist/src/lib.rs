//! What users get. `cargo dist-archive` builds the programs for a platform, looks at what came of it and packs it; `cargo dist-release`
//! adds what concerns all platforms: checksums and krew's manifest.
//!
//! An archive is a function of the commit: the same bytes whoever packs it, wherever the sources are and whenever it is done.

pub mod archive;
pub mod cli;
pub mod commit;
pub mod compile;
pub mod contents;
pub mod inspect;
pub mod krew;
pub mod package;
pub mod platform;
pub mod release;
pub mod remap;
pub mod reproducible;
pub mod sbom;
pub mod sources;
pub mod sums;
