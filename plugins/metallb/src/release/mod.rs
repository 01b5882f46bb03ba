//! Which release of MetalLB, and whether a manifest is one.
//!
//! [`fetch`] is the only part that asks anybody; what is chosen, refused and changed is decided by pure rules.

mod behaviour;
mod check;
mod choose;
mod contents;
mod fetch;
mod image;
mod known;
#[cfg(test)]
mod odd_manifests;
mod pods;
mod prepare;
mod references;
#[cfg(test)]
mod sample;
mod variant;

pub use lab::download::Version;

pub use behaviour::Behaviour;
pub use check::{Checked, check};
pub use choose::{Asked, Choice};
pub use fetch::{Release, Wanted, fetch, obtain};
pub use image::{Image, Registry, with_image_registry};
pub use known::{DIGESTS, NEWEST, digest_of};
pub use prepare::{in_order, without_ca_bundle};
