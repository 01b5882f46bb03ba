//! The session that the README shows: what a terminal was sent, and when, is kept as a recording, and the picture that moves is drawn
//! from that alone.

mod cells;
pub mod files;
mod film;
mod look;
mod pace;
pub mod page;
pub mod recording;
pub mod session;
pub mod svg;

pub use recording::Recording;
