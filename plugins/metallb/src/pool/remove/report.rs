//! What is left once the pool is gone.

use lab::Report;
use serde::Serialize;

use super::super::losing::{left_over, words};
use super::super::row::{Row, rows, table};
use super::Args;
use super::facts::Facts;
use crate::around;
use crate::services::LoadBalancer;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolRemoveReport {
    /// In one line: whether it is gone.
    verdict: String,
    /// It is not there any more, and no Service has an address of it.
    gone: bool,
    /// The Services of type LoadBalancer that have no address now, as NAMESPACE/NAME.
    without_address: Vec<String>,
    /// The pools that are left.
    pools: Vec<Row>,
}

pub fn report(args: &Args, facts: &Facts) -> PoolRemoveReport {
    let left = left_over(&facts.services, &around::pools(&facts.present), Some(&args.name));
    let there = facts.present.pool(&args.name).is_some();
    let pending = facts.services.iter().filter(|service| service.is_pending()).map(LoadBalancer::full_name);
    let verdict = match (there, &left[..]) {
        (true, _) => format!("IPAddressPool {} is there", args.name),
        (false, []) => format!("IPAddressPool {} is gone, and no Service has an address of it", args.name),
        (false, some) => {
            format!("IPAddressPool {} is gone, and these Services still have its addresses: {}", args.name, words(some))
        }
    };
    PoolRemoveReport {
        verdict,
        gone: !there && left.is_empty(),
        without_address: pending.collect(),
        pools: rows(&facts.present, &facts.services),
    }
}

impl Report for PoolRemoveReport {
    const KIND: &'static str = "MetalLBPoolRemoveReport";

    fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.verdict);
        if !self.without_address.is_empty() {
            text.push_str(&format!("Services without an address: {}\n", self.without_address.join(", ")));
        }
        if !self.pools.is_empty() {
            text.push_str(&format!("\n{}", table(&self.pools, wide)));
        }
        text
    }
}
