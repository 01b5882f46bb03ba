//! What documents say, in a form that can be compared with what the programs do. The comparisons are in `tests/`.

pub mod aliases;
pub mod command_line;
pub mod lines;
pub mod man;
pub mod markdown;
pub mod pages;
pub mod release;
pub mod repository;
pub mod seen;
pub mod verbs;
pub mod workflows;
