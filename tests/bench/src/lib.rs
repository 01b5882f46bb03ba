//! What the benchmarks have in common.

pub mod bare_ground;
pub mod build;
pub mod stats;
pub mod way;
