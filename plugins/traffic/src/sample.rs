//! What was counted at a moment: of each of a pod's network interfaces, since that came into being.

use std::time::Duration;

/// The traffic of one interface, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes.
    pub rx: u64,
    pub tx: u64,
    /// Not every source tells them.
    pub packets: Option<Packets>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packets {
    pub rx: u64,
    pub tx: u64,
    pub rx_dropped: u64,
    pub tx_dropped: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// By the clock of whoever counted, since whenever that clock begins. Only differences mean anything.
    pub at: Duration,
    /// By name; the loopback is none of them.
    pub interfaces: Vec<(String, Counters)>,
}

/// What a pod says to itself is no traffic of it.
pub const LOOPBACK: &str = "lo";

impl Counters {
    /// What came since `before`; `None` where a counter has begun anew.
    pub fn since(&self, before: &Counters) -> Option<Counters> {
        let packets = match (self.packets, before.packets) {
            (Some(now), Some(before)) => Some(Packets {
                rx: now.rx.checked_sub(before.rx)?,
                tx: now.tx.checked_sub(before.tx)?,
                rx_dropped: now.rx_dropped.checked_sub(before.rx_dropped)?,
                tx_dropped: now.tx_dropped.checked_sub(before.tx_dropped)?,
            }),
            _ => None,
        };
        Some(Counters { rx: self.rx.checked_sub(before.rx)?, tx: self.tx.checked_sub(before.tx)?, packets })
    }

    /// Both together; packets are known only where both know them.
    #[must_use]
    pub fn and(&self, other: &Counters) -> Counters {
        let packets = self.packets.zip(other.packets).map(|(own, other)| Packets {
            rx: own.rx.saturating_add(other.rx),
            tx: own.tx.saturating_add(other.tx),
            rx_dropped: own.rx_dropped.saturating_add(other.rx_dropped),
            tx_dropped: own.tx_dropped.saturating_add(other.tx_dropped),
        });
        Counters { rx: self.rx.saturating_add(other.rx), tx: self.tx.saturating_add(other.tx), packets }
    }
}

/// All of them together; nothing where there is none.
pub fn sum<'c>(all: impl IntoIterator<Item = &'c Counters>) -> Option<Counters> {
    all.into_iter().copied().reduce(|sum, one| sum.and(&one))
}

impl Sample {
    pub fn total(&self) -> Option<Counters> {
        sum(self.interfaces.iter().map(|(_, counters)| counters))
    }

    /// What came since `before`, by the interfaces that are in both and have counted on; `None` where there is none.
    pub fn since(&self, before: &Sample) -> Option<Counters> {
        let moved = self.interfaces.iter().filter_map(|(name, now)| {
            let (_, before) = before.interfaces.iter().find(|(other, _)| other == name)?;
            now.since(before)
        });
        sum(&moved.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rx: u64, tx: u64) -> Counters {
        Counters { rx, tx, packets: None }
    }

    fn sample(interfaces: &[(&str, Counters)]) -> Sample {
        Sample { at: Duration::ZERO, interfaces: interfaces.iter().map(|(name, own)| ((*name).into(), *own)).collect() }
    }

    #[test]
    fn interfaces_count_each_for_itself() {
        let before = sample(&[("eth0", of(100, 10)), ("net1", of(7, 7)), ("gone", of(1, 1))]);
        let after = sample(&[("eth0", of(150, 11)), ("net1", of(3, 3)), ("new", of(900, 900))]);
        assert_eq!(after.since(&before), Some(of(50, 1)), "one began anew, one is new, one has gone");
        assert_eq!(after.total(), Some(of(1053, 914)));
        assert_eq!(sample(&[("eth0", of(1, 1))]).since(&before), None, "it began anew");
        assert_eq!(sample(&[]).total(), None);
    }

    #[test]
    fn packets_are_known_only_where_all_know_them() {
        let packets = |rx| Some(Packets { rx, ..Packets::default() });
        let with = Counters { packets: packets(5), ..of(1, 1) };
        assert_eq!(with.and(&with).packets, packets(10));
        assert_eq!(with.and(&of(1, 1)).packets, None);
        assert_eq!(with.since(&with).and_then(|none| none.packets), packets(0));
    }
}
