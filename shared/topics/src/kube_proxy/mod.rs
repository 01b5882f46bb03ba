//! kube-proxy's configuration, and the DaemonSet that has to be restarted for it.

mod touchable;

pub use touchable::{restartable, touchable};
