//! A range of addresses, and arithmetic with it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use super::reading;
pub use super::reading::RangeError;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    pub const BOTH: [Family; 2] = [Family::V4, Family::V6];

    pub fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::V4 } else { Family::V6 }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Family::V4 { "IPv4" } else { "IPv6" })
    }
}

/// Both ends belong to it, they are of one family, and the first is not after the last.
/// It is displayed as it was written, in the form that an IPAddressPool takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    first: IpAddr,
    last: IpAddr,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    /// `A-B`
    Ends,
    /// `A/length`; so is one address alone.
    Network(u8),
}

impl Range {
    /// None if the ends are of two families, or the last is before the first.
    pub fn between(first: IpAddr, last: IpAddr) -> Option<Range> {
        if first == last {
            return Some(Range::from(first));
        }
        let ordered = Family::of(first) == Family::of(last) && first < last;
        ordered.then_some(Range { first, last, form: Form::Ends })
    }

    pub fn first(&self) -> IpAddr {
        self.first
    }

    pub fn last(&self) -> IpAddr {
        self.last
    }

    pub fn family(&self) -> Family {
        Family::of(self.first)
    }

    /// How many addresses it holds; all of IPv6 is one more than can be said, and one is left out there.
    pub fn size(&self) -> u128 {
        (number(self.last) - number(self.first)).saturating_add(1)
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        self.family() == Family::of(address) && self.first <= address && address <= self.last
    }

    pub fn covers(&self, other: &Range) -> bool {
        self.contains(other.first) && self.contains(other.last)
    }

    pub fn overlaps(&self, other: &Range) -> bool {
        self.intersection(other).is_some()
    }

    pub fn intersection(&self, other: &Range) -> Option<Range> {
        if self.family() != other.family() {
            return None;
        }
        if self.covers(other) {
            return Some(*other);
        }
        if other.covers(self) {
            return Some(*self);
        }
        Range::between(self.first.max(other.first), self.last.min(other.last))
    }

    /// What is left of it, in order.
    pub fn minus(&self, taken: &[Range]) -> Vec<Range> {
        let mut left = vec![*self];
        for range in taken {
            left = left.iter().flat_map(|piece| piece.without(range)).collect();
        }
        left
    }

    fn without(&self, taken: &Range) -> Vec<Range> {
        let Some(common) = self.intersection(taken) else {
            return vec![*self];
        };
        let below = neighbour(common.first, -1).and_then(|last| Range::between(self.first, last));
        let above = neighbour(common.last, 1).and_then(|first| Range::between(first, self.last));
        below.into_iter().chain(above).collect()
    }

    /// What MetalLB makes of a text in an IPAddressPool that is there already. It takes more than is taken from a
    /// user here: bits behind the length of a network, and IPv4 addresses in IPv6 notation.
    pub fn in_pool(text: &str) -> Option<Range> {
        if let Some((first, last)) = text.split_once('-') {
            let end = |text: &str| Some(text.trim().parse::<IpAddr>().ok()?.to_canonical());
            return Range::between(end(first)?, end(last)?);
        }
        // IpNet's own parser takes zeros before a number, which MetalLB refuses.
        let (start, length) = text.split_once('/')?;
        let length = length.bytes().all(|byte| byte.is_ascii_digit()).then_some(length)?;
        Some(Range::from(IpNet::new(start.parse().ok()?, length.parse().ok()?).ok()?).unmapped())
    }

    /// A network of IPv4 addresses in IPv6 notation is one of IPv4.
    pub(super) fn unmapped(self) -> Range {
        let form = match self.form {
            Form::Network(length) if length >= 96 => Form::Network(length - 96),
            form => form,
        };
        match (self.first.to_canonical(), self.last.to_canonical()) {
            (first @ IpAddr::V4(_), last @ IpAddr::V4(_)) if self.first.is_ipv6() => Range { first, last, form },
            _ => self,
        }
    }
}

impl From<IpAddr> for Range {
    fn from(address: IpAddr) -> Range {
        Range::from(IpNet::from(address))
    }
}

/// Bits behind the length do not count.
impl From<IpNet> for Range {
    fn from(network: IpNet) -> Range {
        Range { first: network.network(), last: network.broadcast(), form: Form::Network(network.prefix_len()) }
    }
}

/// What a user may write: `A-B`, a network, or one address.
impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Range, RangeError> {
        reading::read(text)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Ends => write!(f, "{}-{}", self.first, self.last),
            Form::Network(length) => write!(f, "{}/{length}", self.first),
        }
    }
}

/// Whether both lists hold the same addresses, however they are written and split.
pub fn same_addresses(some: &[Range], others: &[Range]) -> bool {
    let nothing_left = |from: &[Range], taken: &[Range]| from.iter().all(|range| range.minus(taken).is_empty());
    nothing_left(some, others) && nothing_left(others, some)
}

/// `1 address`, `1,024 addresses`, `2^64 addresses`.
pub fn amount(count: u128) -> String {
    if count == 1 {
        return "1 address".to_owned();
    }
    if count >= 1 << 32 {
        let about = if count.is_power_of_two() { "" } else { "more than " };
        return format!("{about}2^{} addresses", count.ilog2());
    }
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} addresses")
}

/// The address that many steps away, if its family has one there.
pub fn neighbour(address: IpAddr, steps: i64) -> Option<IpAddr> {
    let distance = u128::from(steps.unsigned_abs());
    let there = number(address);
    let there = if steps < 0 { there.checked_sub(distance)? } else { there.checked_add(distance)? };
    match address {
        IpAddr::V4(_) => Some(Ipv4Addr::from(u32::try_from(there).ok()?).into()),
        IpAddr::V6(_) => Some(Ipv6Addr::from(there).into()),
    }
}

pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::addresses;
    use super::*;

    fn range(text: &str) -> Range {
        Range::in_pool(text).unwrap_or_else(|| panic!("{text} is a range"))
    }

    /// Every range within twelve addresses of each family, at both ends of the family too.
    fn small_ranges() -> Vec<(Vec<IpAddr>, Vec<Range>)> {
        let starts = [
            "0.0.0.0",
            "172.30.0.250",
            "255.255.255.244",
            "::",
            "fd00::fffa",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff4",
        ];
        let all = starts.into_iter().map(|start| {
            let start: IpAddr = start.parse().unwrap();
            let addresses: Vec<IpAddr> = (0..12).filter_map(|step| neighbour(start, step)).collect();
            let pairs = addresses.iter().flat_map(|first| addresses.iter().map(|last| (*first, *last)));
            let ranges = pairs.filter_map(|(first, last)| Range::between(first, last)).collect();
            (addresses, ranges)
        });
        all.collect()
    }

    fn members(ranges: &[Range]) -> Vec<IpAddr> {
        ranges.iter().flat_map(|range| addresses(range, 100)).collect()
    }

    #[test]
    fn arithmetic_agrees_with_sets_of_addresses() {
        for (addresses, ranges) in small_ranges() {
            for one in &ranges {
                assert_eq!(one.size(), members(&[*one]).len() as u128);
                for other in &ranges {
                    let in_both: Vec<IpAddr> =
                        addresses.iter().copied().filter(|a| one.contains(*a) && other.contains(*a)).collect();
                    let in_one: Vec<IpAddr> =
                        addresses.iter().copied().filter(|a| one.contains(*a) && !other.contains(*a)).collect();
                    assert_eq!(members(one.intersection(other).as_slice()), in_both, "{one} and {other}");
                    assert_eq!(one.overlaps(other), !in_both.is_empty(), "{one} and {other}");
                    assert_eq!(members(&one.minus(&[*other])), in_one, "{one} without {other}");
                    assert_eq!(one.covers(other), members(&[*other]) == in_both, "{one} covers {other}");
                    assert_eq!(same_addresses(&[*one], &[*other]), members(&[*one]) == members(&[*other]));
                }
            }
        }
    }

    #[test]
    fn subtracts_several_in_any_order() {
        let taken = ["10.0.0.10-10.0.0.19", "10.0.0.0/29", "10.0.0.15-10.0.0.31", "10.0.0.255/32"].map(range);
        let mut backwards = taken;
        backwards.reverse();
        let left = range("10.0.0.0/24").minus(&taken);
        assert_eq!(left, range("10.0.0.0/24").minus(&backwards));
        let left: Vec<String> = left.iter().map(ToString::to_string).collect();
        assert_eq!(left, ["10.0.0.8-10.0.0.9", "10.0.0.32-10.0.0.254"]);
    }

    #[test]
    fn families_never_meet() {
        let (four, six) = (range("0.0.0.0/0"), range("::/0"));
        assert!(!four.overlaps(&six) && !six.contains("10.0.0.1".parse().unwrap()));
        assert_eq!(four.minus(&[six]), [four]);
        assert_eq!((four.size(), six.size()), (1 << 32, u128::MAX));
        assert_eq!(Range::between("10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()), None);
    }

    #[test]
    fn the_same_addresses_in_other_words() {
        let whole = [range("10.0.0.0/30")];
        assert!(same_addresses(&whole, &[range("10.0.0.2 - 10.0.0.3"), range("10.0.0.0-10.0.0.1")]));
        assert!(!same_addresses(&whole, &[range("10.0.0.0-10.0.0.2")]));
        assert!(!same_addresses(&[], &whole));
    }

    /// Left: what an IPAddressPool says; right: what MetalLB 0.16 hands out of it.
    #[test]
    fn reads_pools_as_metallb_does() {
        let taken = [
            ("10.0.0.5/24", "10.0.0.0/24"),
            ("10.0.0.1 - 10.0.0.9", "10.0.0.1-10.0.0.9"),
            (" 10.0.0.1-10.0.0.9 ", "10.0.0.1-10.0.0.9"),
            ("10.0.0.1-10.0.0.1", "10.0.0.1/32"),
            ("FD00::5/120", "fd00::/120"),
            ("::ffff:10.0.0.0/120", "10.0.0.0/24"),
            ("::ffff:10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ];
        for (text, meant) in taken {
            assert_eq!(range(text).to_string(), meant, "{text}");
        }
        for text in ["10.0.0.5", " 10.0.0.0/24", "10.0.0.0 /24", "010.0.0.1/32", "10.0.0.1-9", "10.0.0.9-10.0.0.1", ""]
        {
            assert_eq!(Range::in_pool(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_readable() {
        let said = [1, 2, 256, 65_536, 16_777_216, 1 << 32, (1 << 64) + 1].map(amount);
        let expected = [
            "1 address",
            "2 addresses",
            "256 addresses",
            "65,536 addresses",
            "16,777,216 addresses",
            "2^32 addresses",
            "more than 2^64 addresses",
        ];
        assert_eq!(said, expected);
    }
}
