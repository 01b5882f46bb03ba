//! krew: the manifest that it is told, the rules by which it refuses one, and how it lays out what it installs.
//!
//! The rules are krew's own (0.5.0), written down again here, because krew can be run neither from a registry of crates nor without a
//! network. Its texts are not; each message says what is wrong in our words.

pub mod contents;
#[cfg(unix)]
pub mod layout;
pub mod manifest;
mod path;
pub mod rules;
pub mod selector;
pub mod template;
