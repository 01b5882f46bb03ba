//! The proposals, each with the line that makes a pool of it.

use std::fmt::Write as _;

use lab::Report;
use serde::Serialize;

use crate::addresses::propose::Proposals;
use crate::addresses::range::Range;
use crate::present::Present;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolProposeReport {
    /// The best first.
    offers: Vec<Offer>,
    /// The families that nothing can be proposed for.
    without: Vec<Without>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Without {
    family: String,
    reason: String,
    hint: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Offer {
    ranges: Vec<String>,
    reasons: Vec<String>,
    /// The line that makes a pool of it.
    command: String,
}

pub fn report(present: &Present, proposals: &Proposals) -> PoolProposeReport {
    let offers = proposals.offers.iter().map(|offer| Offer {
        ranges: offer.ranges.iter().map(Range::to_string).collect(),
        reasons: offer.reasons.clone(),
        command: command(present, &offer.ranges),
    });
    let without = proposals.without.iter().map(|one| Without {
        family: one.family.to_string(),
        reason: one.reason.clone(),
        hint: one.hint.clone(),
    });
    PoolProposeReport { offers: offers.collect(), without: without.collect() }
}

/// The lecture's name, or the next that is free.
const NAME: &str = "lecture";

fn command(present: &Present, ranges: &[Range]) -> String {
    let listed = |before: &str| ranges.iter().map(|range| format!(" {before}{range}")).collect::<String>();
    if !present.kinds {
        return format!("kubectl lab metallb install{}", listed("--pool "));
    }
    let names = std::iter::once(NAME.to_owned()).chain((2..).map(|number| format!("{NAME}-{number}")));
    let free = names.into_iter().find(|name| present.pool(name).is_none()).unwrap_or_default();
    format!("kubectl lab metallb pool add {free}{}", listed(""))
}

impl Report for PoolProposeReport {
    const KIND: &'static str = "MetalLBPoolProposeReport";

    fn table(&self, _wide: bool) -> String {
        let mut text = String::new();
        for offer in &self.offers {
            let _ = writeln!(text, "{}", offer.ranges.join(" "));
            for reason in &offer.reasons {
                let _ = writeln!(text, "  {reason}");
            }
            let _ = writeln!(text, "  {}", offer.command);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab::Seen;
    use serde_json::json;

    fn with_pools(names: &[&str]) -> Present {
        let pools = names.iter().map(|name| {
            let raw = json!({ "metadata": { "name": name } });
            Seen { object: serde_json::from_value(raw.clone()).unwrap(), raw }
        });
        Present { kinds: true, pools: pools.collect(), ..Present::default() }
    }

    #[test]
    fn the_line_is_ready_to_be_copied() {
        let ranges =
            [Range::in_pool("172.30.0.231-172.30.0.250").unwrap(), Range::in_pool("fd00::f000-fd00::f013").unwrap()];
        assert_eq!(
            command(&Present::default(), &ranges),
            "kubectl lab metallb install --pool 172.30.0.231-172.30.0.250 --pool fd00::f000-fd00::f013"
        );
        assert_eq!(
            command(&with_pools(&[]), &ranges),
            "kubectl lab metallb pool add lecture 172.30.0.231-172.30.0.250 fd00::f000-fd00::f013"
        );
        assert!(command(&with_pools(&["lecture", "lecture-2"]), &ranges).contains("pool add lecture-3 "));
    }
}
