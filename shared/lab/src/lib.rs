//! What every verb of `kubectl lab` shares.
//!
//! A verb implements [`Verb`]: it gathers facts with a [`Reader`], plans purely, and reports. Everything between (the
//! loop, consent, the only writing client, waiting, output) is here, once; [`main`] is the whole program.

mod accepted;
mod apply;
pub mod bar;
mod command_line;
mod complete;
pub mod connect;
mod consent;
pub mod download;
mod entry;
pub mod error;
#[cfg(test)]
mod fake_server;
pub mod flags;
mod group;
pub mod harmless;
pub mod here;
mod interrupt;
pub mod journal;
mod line;
pub mod local;
pub mod manifest;
mod nearest;
pub mod observe;
mod prompt;
pub mod quantity;
mod reader;
pub mod report;
mod request;
mod resource;
pub mod rights;
mod rollout;
mod run;
mod show;
mod showing;
mod table;
pub mod temporary;
pub mod terminal;
mod transport;
mod verb;
mod wait;
mod watch;
mod wrap;
mod writer;

pub use command_line::{CommandLine, Part};
pub use complete::{Live, Objects, Scope};
pub use entry::{command, command_line, main};
pub use error::{Error, Result};
pub use group::Group;
pub use nearest::nearest;
pub use observe::Observe;
pub use reader::{
    Answer, Followed, Heard, InPod, KubeletPage, Line, Log, Name, Reader, Seen, Selection, Unheard, Unread,
    right_to_ask_kubelets, right_to_see, rights_to_cat,
};
pub use report::Report;
pub use table::Table;
pub use verb::{Reach, Verb};

/// A time as plans see it.
pub use jiff::Timestamp;
