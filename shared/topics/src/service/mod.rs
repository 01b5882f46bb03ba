//! A Service: what stands behind it, whom its settings let one expect behind an answer, and whether the answers agree.
//!
//! Everything here is pure.

mod behind;
mod endpoints;
mod expectation;
mod pods;
mod statistics;
mod verdict;

pub use behind::{Trouble, nothing_behind, pairs, wrong_port};
pub use endpoints::{Endpoint, SERVICE_NAME, endpoints, in_use};
pub use expectation::{Asker, Balancing, Expectation, Split, expect};
pub use pods::why_not_ready;
pub use statistics::{Statistic, chi_squared};
pub use verdict::{Conclusion, Verdict, enough, judge};
