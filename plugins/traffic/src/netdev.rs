//! `/proc/uptime` and `/proc/net/dev`, read together in a pod: its interfaces, and when that was by its kernel's clock.

use std::time::Duration;

use crate::sample::{Counters, LOOPBACK, Packets, Sample};

/// In this order.
pub const FILES: [&str; 2] = ["/proc/uptime", "/proc/net/dev"];

/// What a pod's own kernel has counted; `None` where the files are no such files.
pub fn read(text: &str) -> Option<Sample> {
    let (uptime, table) = text.split_once('\n')?;
    let at: f64 = uptime.split(' ').next()?.parse().ok()?;
    let at = Duration::try_from_secs_f64(at).ok()?;
    let interfaces: Vec<(String, Counters)> = table.lines().filter_map(interface).collect();
    (!interfaces.is_empty()).then_some(Sample { at, interfaces })
}

/// `eth0: ` and eight columns for what was received, eight for what was sent: bytes, packets, errors, drops, and rarer things.
fn interface(line: &str) -> Option<(String, Counters)> {
    const SENT: usize = 8;
    const DROPS: usize = 3;
    let (name, rest) = line.split_once(':')?;
    let name = name.trim();
    let numbers: Vec<u64> = rest.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
    if name == LOOPBACK || numbers.len() < SENT + DROPS + 1 {
        return None;
    }
    let packets = Packets {
        rx: numbers[1],
        tx: numbers[SENT + 1],
        rx_dropped: numbers[DROPS],
        tx_dropped: numbers[SENT + DROPS],
    };
    Some((name.to_owned(), Counters { rx: numbers[0], tx: numbers[SENT], packets: Some(packets) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pods_own_table_is_read() {
        let text = "1234.56 2345.67
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     900       9    0    0    0     0          0         0      900       9    0    0    0     0       0          0
  eth0:98765432     123    0    4    0     0          0         0     4242      21    0    1    0     0       0          0
";
        let packets = Packets { rx: 123, tx: 21, rx_dropped: 4, tx_dropped: 1 };
        let counters = Counters { rx: 98_765_432, tx: 4242, packets: Some(packets) };
        let at = Duration::from_millis(1_234_560);
        assert_eq!(read(text), Some(Sample { at, interfaces: vec![("eth0".into(), counters)] }));
    }

    #[test]
    fn anything_else_is_nothing() {
        for text in ["", "x", "no number\neth0: 1 2 3", "1.0 1.0\n", "-1 0\n eth0: 1 1 1 1 1 1 1 1 1 1 1 1"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
