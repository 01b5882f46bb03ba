//! The pool as it is now.

use lab::Report;
use serde::Serialize;

use super::super::row::{Row, row, table};
use super::args::Args;
use super::facts::Facts;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolAddReport {
    /// Absent where it was not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<Row>,
}

pub fn report(args: &Args, facts: &Facts) -> PoolAddReport {
    let there = facts.present.pool(&args.name);
    PoolAddReport { pool: there.map(|pool| row(&facts.present, pool, &facts.services)) }
}

impl Report for PoolAddReport {
    const KIND: &'static str = "MetalLBPoolAddReport";

    fn table(&self, wide: bool) -> String {
        self.pool.as_ref().map(|pool| table(std::slice::from_ref(pool), wide)).unwrap_or_default()
    }
}
