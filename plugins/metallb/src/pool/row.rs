//! A pool as it is shown: what it has, how much of that is used, and who announces it.

use lab::{Seen, Table};
use serde::Serialize;

use super::advertised::{Advertisement, advertised, advertisers};
use super::losing::losing;
use crate::addresses::range::Family;
use crate::addresses::used::{self, Count};
use crate::around;
use crate::inventory::is_ours;
use crate::present::Present;
use crate::resources::{IPAddressPool, name};
use crate::services::LoadBalancer;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    namespace: String,
    name: String,
    addresses: Vec<String>,
    auto_assign: bool,
    /// Of each family that the pool has addresses of.
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv4: Option<Counted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6: Option<Counted>,
    advertised_by: Vec<Advertisement>,
    /// The Services that have an address of it, as NAMESPACE/NAME.
    services: Vec<String>,
    /// This command has made it.
    ours: bool,
}

/// Addresses; in JSON 2^64 - 1 stands for that many or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    #[serde(serialize_with = "at_most")]
    used: u128,
    #[serde(serialize_with = "at_most")]
    free: u128,
}

fn at_most<S: serde::Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(*number).unwrap_or(u64::MAX))
}

/// All pools, in the order of their names.
pub fn rows(present: &Present, services: &[LoadBalancer]) -> Vec<Row> {
    let mut rows: Vec<Row> = present.pools.iter().map(|pool| row(present, pool, services)).collect();
    rows.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    rows
}

pub fn row(present: &Present, pool: &Seen<IPAddressPool>, services: &[LoadBalancer]) -> Row {
    let metadata = &pool.object.metadata;
    let held: Vec<_> = services.iter().flat_map(|service| around::held(&service.service)).collect();
    let read = around::read_pool(&pool.object);
    let usages = used::usage(std::slice::from_ref(&read), &held);
    let counted =
        |family: Family| usages.first().map(|usage| usage.of(family)).filter(|count| count.total > 0).map(counted);
    Row {
        namespace: metadata.namespace.clone().unwrap_or_default(),
        name: name(metadata).to_owned(),
        addresses: pool.object.spec.addresses.clone(),
        auto_assign: pool.object.spec.auto_assign.unwrap_or(true),
        ipv4: counted(Family::V4),
        ipv6: counted(Family::V6),
        advertised_by: advertised(present, &pool.object),
        services: losing(services, std::slice::from_ref(&read)).into_iter().map(LoadBalancer::full_name).collect(),
        ours: is_ours(metadata),
    }
}

fn counted(count: Count) -> Counted {
    Counted { used: count.used, free: count.free() }
}

impl Row {
    /// One number for each family.
    fn column(&self, number: impl Fn(Counted) -> u128) -> String {
        let numbers: Vec<String> = [self.ipv4, self.ipv6].into_iter().flatten().map(|one| short(number(one))).collect();
        if numbers.is_empty() { "0".into() } else { numbers.join(",") }
    }
}

/// Ranges of IPv6 have numbers that nobody wants to read.
fn short(number: u128) -> String {
    let more = if number.is_power_of_two() { "" } else { ">" };
    if number >= 1 << 32 { format!("{more}2^{}", number.ilog2()) } else { number.to_string() }
}

pub fn table(rows: &[Row], wide: bool) -> String {
    let head = ["NAME", "ADDRESSES", "USED", "FREE", "AUTO", "ADVERTISED-BY"];
    let mut table = if wide {
        Table::new([head[0], head[1], head[2], head[3], head[4], head[5], "SERVICES"])
    } else {
        Table::new(head)
    };
    for row in rows {
        let mut cells = vec![
            row.name.clone(),
            row.addresses.join(","),
            row.column(|one| one.used),
            row.column(|one| one.free),
            row.auto_assign.to_string(),
            advertisers(&row.advertised_by),
        ];
        if wide {
            cells.push(if row.services.is_empty() { "<none>".into() } else { row.services.join(",") });
        }
        table.row(cells);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn present(pools: &[serde_json::Value]) -> Present {
        let pools =
            pools.iter().map(|raw| Seen { object: serde_json::from_value(raw.clone()).unwrap(), raw: raw.clone() });
        Present { pools: pools.collect(), ..Present::default() }
    }

    #[test]
    fn shown_as_kubectl_shows_things() {
        let pool = |name: &str, addresses: &[&str], automatic: bool| {
            json!({
                "metadata": { "name": name, "namespace": "metallb-system" },
                "spec": { "addresses": addresses, "autoAssign": automatic },
            })
        };
        let present = Present {
            l2_advertisements: vec![Seen {
                object: serde_json::from_value(json!({
                    "metadata": { "name": "external-access", "namespace": "metallb-system" },
                    "spec": { "ipAddressPools": ["lecture"] },
                }))
                .unwrap(),
                raw: json!({}),
            }],
            ..present(&[
                pool("reserved", &["10.0.0.0/30", "fd00::/64"], false),
                pool("lecture", &["172.30.0.200-172.30.0.220"], true),
            ])
        };
        let web = LoadBalancer::of(&json!({
            "metadata": { "name": "web", "namespace": "demo" }, "spec": { "type": "LoadBalancer" },
            "status": { "loadBalancer": { "ingress": [{ "ip": "172.30.0.200" }] } },
        }));
        insta::assert_snapshot!(table(&rows(&present, &[web]), true), @r"
        NAME       ADDRESSES                   USED   FREE     AUTO    ADVERTISED-BY     SERVICES
        lecture    172.30.0.200-172.30.0.220   1      20       true    external-access   demo/web
        reserved   10.0.0.0/30,fd00::/64       0,0    4,2^64   false   <none>            <none>
        ");
    }

    #[test]
    fn a_pool_that_cannot_be_read_has_no_numbers() {
        let present = present(&[
            json!({ "metadata": { "name": "odd", "namespace": "x" }, "spec": { "addresses": ["nonsense"] } }),
        ]);
        let rows = rows(&present, &[]);
        assert_eq!((rows[0].ipv4, rows[0].ipv6, rows[0].column(|one| one.free)), (None, None, "0".to_owned()));
    }
}
