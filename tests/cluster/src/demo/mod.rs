//! `cargo demo`: metrics-server as students meet it, broken, and repaired by one command. Every output shown is real.

mod given;
mod own;
mod stage;

pub use given::on_context;
pub use own::on_own_cluster;
