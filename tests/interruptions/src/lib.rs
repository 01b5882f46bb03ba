//! Proof by interruption: each verb is run once for every request that it makes, and killed there, or made to lose the reply. Whatever
//! came of it, the same command run again must reach the goal, and `undo` must bring everything back.
//!
//! It happens on light clusters, behind the fault proxy. Nothing runs in the pods there, so what a kubelet and metrics-server would
//! say is said by stand-ins in the proxy (`stand_ins`), which look at the same pods. MetalLB's controller is played, and its webhook
//! answers the API server itself (`metallb`).

mod addresses;
mod case;
mod clusters;
mod installed;
mod kinds;
mod managed;
mod matrix;
mod metallb;
mod namespaces;
mod put_back;
mod queue;
pub mod report;
mod scenario;
mod settled;
mod stand_ins;
mod trial;
mod worker;

pub use clusters::Clusters;
pub use matrix::{Extent, run};
pub use report::Tally;
pub use scenario::Scenario;
