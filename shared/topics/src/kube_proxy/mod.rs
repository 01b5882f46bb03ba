//! kube-proxy: its configuration, the DaemonSet that has to be restarted for it, and what its pods run.

mod configuration;
pub mod configz;
mod facts;
pub mod gather;
mod manager;
mod mode;
mod restart;
mod runs;
pub mod step;
mod touchable;

pub use configuration::{Config, PLACES, Place, StrictArp, Trouble};
pub use facts::{KubeProxy, MOST_ASKED, NAME, NAMESPACE, Proxy, daemon_set};
pub use manager::{is_reported, managed};
pub use mode::Mode;
pub use restart::{cannot_restart, listed, mode_switch, reasons, unknown_mode};
pub use runs::{Runs, runs};
pub use touchable::{restartable, touchable};

/// Why a change of the configuration, or the restart for it, is refused, and what allows it all the same.
pub const ALLOWS: [(&str, &str); 6] = [
    restart::ALLOWS[0],
    restart::ALLOWS[1],
    restart::ALLOWS[2],
    manager::ALLOWS[0],
    manager::ALLOWS[1],
    manager::ALLOWS[2],
];
