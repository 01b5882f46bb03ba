//! What a kubelet's page says of one pod.

use lab::Timestamp;

use crate::pod::PodName;
use crate::sample::Sample;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub pod: PodName,
    /// Empty where the page does not tell.
    pub uid: String,
    pub started: Option<Timestamp>,
    /// Absent where the kubelet knows no network of it.
    pub sample: Option<Sample>,
}
