//! A stage for the built binaries: a small scripted Kubernetes API, the objects of a cluster, and runs in a sealed environment.
//!
//! A scenario puts objects on the stage, runs a binary against it, and compares the whole output with a snapshot.

pub mod api;
pub mod installation;
pub mod objects;
pub mod pty;
pub mod run;
pub mod world;
