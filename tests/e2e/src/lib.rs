//! A stage on a real cluster: the verbs are run through `kubectl lab …`, and kubectl is asked what came of it.
//!
//! There is one metrics API in a cluster, so the tests of a cluster take turns; different clusters work side by side.

mod bare;
mod demo_app;
mod direct;
mod documented;
mod everything;
mod kube_proxy;
mod manifest;
mod metallb;
mod metrics;
pub mod outside;
mod rights;
mod stage;
mod workload;

pub use bare::make_bare;
pub use demo_app::demo_app;
pub use direct::Direct;
pub use documented::{DocumentedWay, Tries};
pub use everything::{Difference, Everything};
pub use manifest::{LECTURE_ARGS, Manifest};
pub use metallb::{MetallbRelease, POOL, pool};
pub use metrics::ELSEWHERE;
pub use outside::{Answer, Origin};
pub use rights::Holder;
pub use stage::Stage;
pub use workload::{LoadBalancer, Workload};
