//! What somebody typed or pasted as a range, read strictly: what cannot be meant is said, with what may be meant.
//! MetalLB itself would take some of it for something else (172.30.0.5/24 for all of 172.30.0.0/24).

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::range::{Range, amount};
use super::{slips, special};

pub(super) const EXAMPLE: &str = "write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120";

/// The longest range, of two full IPv6 addresses with an IPv4 tail, has 93 characters.
const LONGEST: usize = 100;

/// Why a text is no range. Displayed with its hints, as behind `invalid value … for --pool: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeError {
    pub reason: String,
    pub hints: Vec<String>,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        self.hints.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for RangeError {}

pub(super) fn odd(reason: impl Into<String>) -> RangeError {
    RangeError { reason: reason.into(), hints: Vec::new() }
}

impl RangeError {
    pub(super) fn hint(mut self, hint: impl Into<String>) -> RangeError {
        self.hints.push(hint.into());
        self
    }

    /// Only what would be taken is worth a hint.
    pub(super) fn perhaps(self, meant: &str) -> RangeError {
        match plain(meant).and_then(for_machines) {
            Ok(range) => self.hint(format!("perhaps this is meant: {range}")),
            Err(_) => self.hint(EXAMPLE),
        }
    }
}

pub fn read(text: &str) -> Result<Range, RangeError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(odd("there is nothing in it").hint(EXAMPLE));
    }
    if text.chars().count() > LONGEST {
        return Err(odd(format!("it has {} characters; no range is that long", text.chars().count())).hint(EXAMPLE));
    }
    if let Some(error) = slips::around(text) {
        return Err(error);
    }
    plain(text).and_then(for_machines)
}

fn for_machines(range: Range) -> Result<Range, RangeError> {
    match special::never(&range) {
        Some(reason) => Err(odd(reason).hint("take addresses of the network that the nodes are on")),
        None => Ok(range),
    }
}

/// A range in the characters of the keyboard and with nothing around it.
pub(super) fn plain(text: &str) -> Result<Range, RangeError> {
    let is_range = text.contains('-') && !text.contains("/-") && !is_name(text);
    let range = if is_range { ends(text) } else { network(text) }?;
    let meant = range.unmapped();
    if meant == range {
        return Ok(range);
    }
    let reason = "these are IPv4 addresses in IPv6 notation, and MetalLB would take them for IPv4";
    Err(odd(reason).perhaps(&meant.to_string()))
}

fn ends(text: &str) -> Result<Range, RangeError> {
    let parts: Vec<&str> = text.split('-').map(str::trim).collect();
    let (first, last) = match parts[..] {
        ["", _] => return Err(odd("there is no address before the -").hint(EXAMPLE)),
        [_, ""] => return Err(odd("there is no address after the -").hint(EXAMPLE)),
        [first, last] => (first, last),
        _ => {
            let given: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let error = odd("it has more than one -; a range is the first and the last address");
            return Err(if given.len() == 2 { error.perhaps(&given.join("-")) } else { error.hint(EXAMPLE) });
        }
    };
    if first.contains('/') || last.contains('/') {
        let error = odd("a range from one address to another has no /");
        if let (Some(first), Some(last)) = (Range::in_pool(first), Range::in_pool(last)) {
            return Err(error.perhaps(&format!("{}-{}", first.first(), last.last())));
        }
        let without = |end: &str| end.split('/').next().unwrap_or_default().to_owned();
        return Err(error.perhaps(&format!("{}-{}", without(first), without(last))));
    }
    let from = address(first)?;
    if let Some(whole) = shortened(from, first, last) {
        let error = odd(format!("\"{last}\" is only the end of an address; the last address is written in full"));
        return Err(error.perhaps(&format!("{first}-{whole}")));
    }
    let to = address(last)?;
    match Range::between(from, to) {
        Some(range) => Ok(range),
        None if from.is_ipv4() != to.is_ipv4() => {
            Err(odd("one end is an IPv4 address and the other an IPv6 address").hint("give a range of each family"))
        }
        None => {
            Err(odd(format!("its first address, {from}, is after its last, {to}")).perhaps(&format!("{to}-{from}")))
        }
    }
}

/// `172.30.0.200-220`, `fd00::10-20`: people say it so. The full last address.
fn shortened(first: IpAddr, text: &str, last: &str) -> Option<String> {
    if last.parse().is_ok_and(|last| Range::between(first, last).is_some()) {
        return None;
    }
    let last = last.trim_start_matches(['.', ':']);
    let (separator, is_digit): (char, fn(&char) -> bool) = match first {
        IpAddr::V4(_) => ('.', char::is_ascii_digit),
        IpAddr::V6(_) => (':', char::is_ascii_hexdigit),
    };
    let groups: Vec<&str> = last.split(separator).collect();
    let most = if first.is_ipv4() { 3 } else { 1 };
    let all_digits = |group: &&str| !group.is_empty() && group.chars().all(|found| is_digit(&found));
    if groups.len() > most || !groups.iter().all(all_digits) {
        return None;
    }
    let start: Vec<&str> = text.rsplitn(groups.len() + 1, separator).collect();
    Some(format!("{}{separator}{last}", start.last()?))
}

fn network(text: &str) -> Result<Range, RangeError> {
    let Some((start, length)) = text.split_once('/') else {
        return Ok(Range::from(address(text)?));
    };
    if start.is_empty() {
        return Err(odd("there is no address before the /").hint(EXAMPLE));
    }
    let start = address(start)?;
    if let Ok(mask) = length.parse::<IpAddr>() {
        let error = odd(format!("the length of a network is a number, not the mask {mask}"));
        return Err(match IpNet::with_netmask(start, mask) {
            Ok(network) => error.perhaps(&network.to_string()),
            Err(_) => error.hint(EXAMPLE),
        });
    }
    let most = IpNet::from(start).max_prefix_len();
    let known = length.chars().all(|found| found.is_ascii_digit()).then(|| length.parse::<u8>().ok()).flatten();
    let Some(Ok(network)) = known.map(|length| IpNet::new(start, length)) else {
        let what = if length.is_empty() { "nothing".to_owned() } else { format!("\"{length}\"") };
        return Err(odd(format!("behind the / is a number from 0 to {most}, not {what}")).hint(EXAMPLE));
    };
    if network.addr() == network.network() {
        return Ok(Range::from(network));
    }
    let whole = Range::from(network);
    let one = for_machines(Range::from(start))?;
    let reason = format!("{start} is inside of {whole}, and MetalLB would take all of that: {}", amount(whole.size()));
    let error = odd(reason).hint(format!("for this one address: {one}"));
    Err(match for_machines(whole) {
        Ok(whole) => error.hint(format!("for the whole network: {whole}")),
        Err(_) => error,
    })
}

fn address(text: &str) -> Result<IpAddr, RangeError> {
    text.parse::<IpAddr>().map_err(|_| no_address(text))
}

fn no_address(text: &str) -> RangeError {
    if let Some((_, zone)) = text.split_once('%') {
        return odd(format!("%{zone} names an interface of one machine; a pool is for all of them")).hint(EXAMPLE);
    }
    if let Some((start, "*" | "x" | "X")) = text.rsplit_once('.') {
        return odd(format!("\"{text}\" is a pattern; a pool takes a network or a range"))
            .perhaps(&format!("{start}.0/24"));
    }
    if is_name(text) {
        return odd(format!("\"{text}\" is a name; a pool holds addresses")).hint(EXAMPLE);
    }
    if let Some((host, port)) = text.rsplit_once(':')
        && host.parse::<std::net::Ipv4Addr>().is_ok()
    {
        let reason = format!(":{port} is a port; an address in a pool serves every port");
        return odd(reason).perhaps(host);
    }
    if text.contains(':') {
        return odd(format!("\"{text}\" is not an IPv6 address")).hint(EXAMPLE);
    }
    not_ipv4(text)
}

fn not_ipv4(text: &str) -> RangeError {
    let numbers: Vec<&str> = text.split('.').collect();
    let is_number = |number: &&str| !number.is_empty() && number.chars().all(|found| found.is_ascii_digit());
    if !numbers.iter().all(is_number) {
        return odd(format!("\"{text}\" is not an address")).hint(EXAMPLE);
    }
    if numbers.len() != 4 {
        let count = match numbers.len() {
            1 => "1 number".to_owned(),
            count => format!("{count} numbers"),
        };
        return odd(format!("\"{text}\" has {count}; an IPv4 address has 4")).hint(EXAMPLE);
    }
    if let Some(zero) = numbers.iter().find(|number| number.len() > 1 && number.starts_with('0')) {
        let meant: Vec<&str> = numbers
            .iter()
            .map(|number| match number.trim_start_matches('0') {
                "" => "0",
                number => number,
            })
            .collect();
        let reason = format!("\"{zero}\" in {text} begins with a zero, which some programs read as octal");
        return odd(reason).hint(format!("write {}, if decimal numbers are meant", meant.join(".")));
    }
    let large = numbers.iter().find(|number| number.parse::<u8>().is_err()).unwrap_or(&text);
    odd(format!("\"{large}\" in {text} is more than 255")).hint(EXAMPLE)
}

/// Letters occur in IPv6 addresses only, and those have colons.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && !text.contains(':')
}
