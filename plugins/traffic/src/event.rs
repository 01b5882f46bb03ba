//! What happens while it is measured.

use std::collections::BTreeSet;
use std::time::Duration;

use lab::Timestamp;

use crate::pod::{Pod, PodName};
use crate::reading::Reading;
use crate::sample::Sample;
use crate::source::Source;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The pods that are meant, as they are now.
    Pods(Vec<Pod>),
    /// Those of all pods that share the network of their node, where the list of all is not read.
    HostNetwork(BTreeSet<PodName>),
    /// What a node's kubelet has said of those that are meant.
    Node { node: String, source: Source, readings: Vec<Reading> },
    /// Nothing was heard of it.
    Silent { node: String, why: String },
    /// What was read in a pod, or why it could not be.
    Pod { pod: PodName, read: Result<Sample, String> },
    /// So many requests in that time, by the pod's log; or why that is not known.
    Requests { pod: PodName, counted: Result<Counted, String> },
    /// Something is not known, and why.
    Note(String),
    /// All that could be asked was asked once more, at this time.
    Round(Timestamp),
    /// No more is measured.
    Over,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub requests: u64,
    pub took: Duration,
}
