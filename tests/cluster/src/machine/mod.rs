//! This machine's own means: processes, cgroups, namespaces and the network between them.

mod cgroups;
mod command;
pub mod limits;
mod namespace;
mod network;
mod process;

pub use cgroups::Cgroups;
pub use command::{output, succeed};
pub use namespace::Namespace;
pub use network::{Network, settle_node};
pub use process::{Launch, Process};
