//! The words of `kubectl lab` as plain data.
//!
//! A verb looks at the cluster, plans, and stops: what it wants is a [`Plan`] of [`Step`]s, each a list of [`Change`]s.
//! Everything that is later done with a plan is a function of these values: the text that is shown, the diff, the dry
//! run, the JSON patch with its `test` operations, the journal and the way back. Nothing in this crate talks to anybody.

mod change;
mod condition;
mod contents;
mod declared;
mod diff;
mod exit;
mod journal;
mod lasts;
mod member;
mod owner;
mod patch;
mod path;
mod plan;
mod refusal;
mod rollout;
mod target;
mod yaml_edit;
mod yaml_error;
mod yaml_in;
mod yaml_tree;

pub use change::{Change, FIELD_MANAGER, Kind, Place, RUN_ANNOTATION, State};
pub use condition::{Condition, Progress, Settle};
pub use contents::{Contents, Item, Owner, Unseen};
pub use declared::{contains, contested, declared, difference, taken_over};
pub use diff::{diff, yaml};
pub use exit::Exit;
pub use journal::{Entry, Journal, VERSION as JOURNAL_VERSION};
pub use lasts::Lasts;
pub use owner::owner;
pub use patch::{Mismatch, patch, put};
pub use path::{ParsePathError, Path, PathStep};
pub use plan::{Announcement, Choice, OnFailure, Plan, Question, Step, Then};
pub use refusal::{Refusal, RefusalKind};
pub use rollout::{NEVER_STARTED, Stuck, stuck};
pub use target::Target;
pub use yaml_error::YamlError;
pub use yaml_in::{Edited, Splice, yaml_edit, yaml_value};
