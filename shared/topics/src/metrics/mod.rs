//! metrics-server and what serves metrics.k8s.io.

mod touchable;

pub use touchable::touchable;
