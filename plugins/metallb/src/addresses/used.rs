//! How full each pool is, by the addresses that Services have.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::range::{Family, Range, number};
use super::surroundings::{Held, Pool};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub namespace: String,
    pub pool: String,
    pub v4: Count,
    pub v6: Count,
    /// Whether a Service gets an address of it without asking for this pool.
    pub automatic: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// What MetalLB can hand out of it.
    pub total: u128,
    /// Addresses, not Services: several may share one.
    pub used: u128,
}

impl Count {
    pub fn free(&self) -> u128 {
        self.total.saturating_sub(self.used)
    }
}

impl Usage {
    pub fn of(&self, family: Family) -> Count {
        match family {
            Family::V4 => self.v4,
            Family::V6 => self.v6,
        }
    }
}

pub fn usage(pools: &[Pool], held: &[Held]) -> Vec<Usage> {
    pools.iter().map(|pool| of_pool(pool, held)).collect()
}

fn of_pool(pool: &Pool, held: &[Held]) -> Usage {
    let used: BTreeSet<IpAddr> =
        held.iter().map(|held| held.address).filter(|address| hands_out(pool, *address)).collect();
    let count = |family: Family| Count {
        total: pool.ranges.iter().filter(|range| range.family() == family).fold(0, |sum: u128, range| {
            let avoided = if pool.avoid_buggy_ips { buggy(range) } else { 0 };
            sum.saturating_add(range.size() - avoided)
        }),
        used: used.iter().filter(|address| Family::of(**address) == family).count() as u128,
    };
    Usage {
        namespace: pool.namespace.clone(),
        pool: pool.name.clone(),
        v4: count(Family::V4),
        v6: count(Family::V6),
        automatic: pool.auto_assign,
    }
}

/// Whether the pool, as it is set, would give out that address.
pub fn hands_out(pool: &Pool, address: IpAddr) -> bool {
    pool.ranges.iter().any(|range| range.contains(address)) && !(pool.avoid_buggy_ips && is_buggy(address))
}

/// Some old devices take every IPv4 address ending in .0 or .255 for a network's own or its broadcast address.
fn is_buggy(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(four) if matches!(four.octets()[3], 0 | 255))
}

/// How many of those there are.
fn buggy(range: &Range) -> u128 {
    if range.family() == Family::V6 {
        return 0;
    }
    let (first, last) = (number(range.first()), number(range.last()));
    let ending = |ending: u128| (last + 256 - ending) / 256 - (first + 255 - ending) / 256;
    ending(0) + ending(255)
}

#[cfg(test)]
mod tests {
    use super::super::sample::addresses;
    use super::*;

    fn pool(name: &str, ranges: &[&str]) -> Pool {
        Pool {
            namespace: "metallb-system".into(),
            name: name.into(),
            ranges: ranges.iter().map(|text| Range::in_pool(text).unwrap()).collect(),
            unreadable: Vec::new(),
            auto_assign: true,
            avoid_buggy_ips: false,
        }
    }

    fn held(name: &str, address: &str) -> Held {
        Held { namespace: "demo".into(), name: name.into(), address: address.parse().unwrap(), from_pool: None }
    }

    #[test]
    fn counts_addresses_and_not_services() {
        let pools = [pool("lecture", &["172.30.0.200-172.30.0.220", "fd00::/120"]), pool("other", &["10.0.0.5/32"])];
        let services = [
            held("web", "172.30.0.200"),
            held("web-udp", "172.30.0.200"),
            held("api", "172.30.0.201"),
            held("api", "fd00::1"),
            held("from-elsewhere", "192.168.1.5"),
        ];
        let usages = usage(&pools, &services);
        assert_eq!(usages[0].v4, Count { total: 21, used: 2 });
        assert_eq!(usages[0].v6, Count { total: 256, used: 1 });
        assert_eq!((usages[1].v4, usages[1].v6), (Count { total: 1, used: 0 }, Count::default()));
        assert_eq!((usages[0].v4.free(), usages[0].v6.free()), (19, 255));
    }

    #[test]
    fn a_pool_that_must_be_asked_for_says_so() {
        let pools = [Pool { auto_assign: false, ..pool("reserved", &["10.0.0.0/24"]) }, pool("lecture", &[])];
        let automatic: Vec<bool> = usage(&pools, &[]).iter().map(|usage| usage.automatic).collect();
        assert_eq!(automatic, [false, true]);
    }

    #[test]
    fn buggy_addresses_are_counted_out() {
        let texts = [
            "10.0.0.0/32",
            "10.0.0.5/32",
            "10.0.0.255/32",
            "10.0.0.0/24",
            "10.0.0.0/22",
            "10.0.0.254-10.0.2.1",
            "fd00::/120",
        ];
        for text in texts {
            let range = Range::in_pool(text).unwrap();
            let one_by_one = addresses(&range, 5_000).filter(|address| is_buggy(*address)).count() as u128;
            assert_eq!(buggy(&range), one_by_one, "{text}");
            let pools = [Pool { avoid_buggy_ips: true, ..pool("lecture", &[text]) }];
            assert_eq!(usage(&pools, &[]).remove(0).of(range.family()).total, range.size() - one_by_one, "{text}");
        }
        assert_eq!(buggy(&Range::in_pool("0.0.0.0/0").unwrap()), 2 << 24);
    }

    #[test]
    fn an_endless_pool_is_never_full() {
        let usages = usage(&[pool("a", &["::/0"]), pool("b", &["::/0", "fd00::/64"])], &[held("web", "fd00::1")]);
        assert_eq!(usages[0].v6.free(), u128::MAX - 1);
        assert_eq!(usages[1].v6.total, u128::MAX);
    }
}
