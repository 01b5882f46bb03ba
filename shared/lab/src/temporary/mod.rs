//! Objects for the length of a run: Jobs whose short pods find out what cannot be read through the API server, and Services
//! that lead to such a pod.
//!
//! A verb plans them ([`TemporaryJob`]) as a step that lasts for this run only, and its next look reads what came of
//! them ([`crate::Reader::temporary`]). They are removed when the run ends, on success, failure, Ctrl-C and panic alike;
//! where even that is not possible they end and go by themselves, by their deadline and their time to live.

mod job;
mod judge;
mod made;
mod make;
mod permission;
mod remove;
mod service;
mod sweep;
mod tidy;

pub use job::{IMAGE, TemporaryJob};
pub use made::{Temporary, TemporaryState};
pub use permission::{job_rights, service_rights};

pub(crate) use job::{CONTAINER, DONE, RUN_LABEL};
pub(crate) use judge::{Stand, judge};
pub(crate) use made::{Made, Whereabouts};
pub(crate) use make::{can_go_without, make};
pub(crate) use permission::permitted;
pub(crate) use tidy::and_then_tidy;
