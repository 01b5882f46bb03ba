//! `kubectl lab metallb pool …`: the ranges of addresses that MetalLB may hand out, one verb in each folder.

mod add;
mod advertised;
mod list;
mod losing;
mod propose;
mod remove;
mod row;

pub use add::Add;
pub use advertised::{Advertisement, advertised, advertisers};
pub use list::List;
pub use losing::{left_over, losing, words};
pub use propose::Propose;
pub use remove::Remove;
pub use row::{Row, rows, table};
