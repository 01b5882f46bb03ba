//! A stage on a real cluster: the verbs are run through `kubectl lab …`, and kubectl is asked what came of it.
//!
//! There is one metrics API in a cluster, so the tests of a cluster take turns; different clusters work side by side.

mod direct;
mod everything;
mod kube_proxy;
mod manifest;
mod metrics;
mod stage;

pub use direct::Direct;
pub use everything::{Difference, Everything};
pub use manifest::{LECTURE_ARGS, Manifest};
pub use metrics::ELSEWHERE;
pub use stage::Stage;
