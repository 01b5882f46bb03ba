//! Which release of each program the cluster is made of. The go.mod files under `go/` name the same ones; a test holds them together.

pub const KUBERNETES: &str = "1.37.2";
/// The oldest that is still looked after.
pub const KUBERNETES_OLD: &str = "1.33.13";
pub const ETCD: &str = "3.7.3";
pub const CONTAINERD: &str = "2.4.2";
pub const RUNC: &str = "1.4.0";
pub const METRICS_SERVER: &str = "0.9.0";
/// The last layout with port 4443 that lectures still show.
pub const METRICS_SERVER_OLD: &str = "0.6.3";
pub const METALLB: &str = "0.16.2";
/// The last of the old layout: webhook objects of other names, no status kinds, annotations with the old prefix.
pub const METALLB_OLD: &str = "0.13.12";
pub const COREDNS: &str = "1.14.7";
pub const KWOK: &str = "0.8.0";
pub const CRANE: &str = "0.22.1";
/// No part of a cluster: it reads the workflows of the repository.
pub const ACTIONLINT: &str = "1.7.12";

/// The oldest Go that builds them all: the highest `go` line of the go.mod files.
pub const MINIMUM_GO: &str = "1.26.6";
