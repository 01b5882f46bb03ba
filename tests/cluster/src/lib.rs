//! A real Kubernetes on this machine, for the tests and the demo.

pub mod addons;
pub mod ci;
pub mod cli;
pub mod cluster;
pub mod control_plane;
pub mod demo;
pub mod dns;
pub mod down;
pub mod forward;
pub mod ground;
pub mod images;
pub mod kubectl;
pub mod kubernetes;
pub mod light;
pub mod machine;
pub mod manifests;
pub mod node;
pub mod pki;
pub mod preflight;
pub mod programs;
pub mod progress;
pub mod registry;
pub mod release_site;
pub mod repository;
pub mod shared;
pub mod spec;
pub mod state;
pub mod up;
pub mod wait;

pub use lab_workspace::{built, cache, say};
