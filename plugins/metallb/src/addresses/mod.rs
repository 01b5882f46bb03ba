//! Ranges of addresses: what a pool may be, what it must not overlap, and what to propose. Nothing here talks to
//! anybody: what is around a pool is plain data that `gather` fills in.

pub mod check;
mod notes;
mod overlap;
pub mod propose;
pub mod range;
mod reading;
mod reasons;
mod slips;
mod special;
pub mod surroundings;
pub mod used;

#[cfg(test)]
mod odd_pools;
#[cfg(test)]
mod odd_strings;
#[cfg(test)]
mod proposals;
#[cfg(test)]
mod sample;
