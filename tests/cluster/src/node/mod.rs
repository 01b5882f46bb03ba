//! A real node: its own view of files, containerd with the pod network, a kubelet.

mod containerd;
mod files;
mod kubelet;
mod object;

pub use containerd::start as start_containerd;
pub use files::prepare as prepare_files;
pub use kubelet::start as start_kubelet;
pub use object::objects;

use std::path::PathBuf;

use crate::ground::Ground;
use crate::machine::Namespace;

/// One node of a cluster that is coming up.
pub struct Node<'a> {
    pub ground: &'a Ground<'a>,
    pub number: u16,
    pub namespace: &'a Namespace,
}

impl Node<'_> {
    pub fn name(&self) -> String {
        self.ground.spec.node_name(self.number)
    }

    pub fn dir(&self) -> PathBuf {
        self.ground.place.node(self.number)
    }

    /// As `cargo cluster logs` and `status` name it.
    fn component(&self, program: &str) -> String {
        format!("{program}-{}", self.number)
    }
}
