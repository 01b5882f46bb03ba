//! The proxy before a scripted server of the tests' own, and before a real API server.

#![expect(clippy::unwrap_used, reason = "a test that finds something missing should panic where it is")]

mod calling;
mod certificates;
mod client;
mod faults;
mod passing;
mod real;
mod standing_in;
mod upstream;
mod world;
