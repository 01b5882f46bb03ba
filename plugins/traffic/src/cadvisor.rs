//! The kubelet's page `metrics/cadvisor`, as far as it is about the pods' networks: the text format of Prometheus.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::pod::PodName;
use crate::reading::Reading;
use crate::sample::{Counters, LOOPBACK, Packets, Sample};

/// What the page says of each pod; lines that make no sense are passed over.
pub fn read(page: &[u8]) -> Vec<Reading> {
    let text = String::from_utf8_lossy(page);
    let mut pods: BTreeMap<PodName, Found> = BTreeMap::new();
    for line in text.lines() {
        let Some(metric) = metric(line) else { continue };
        let found = pods.entry(metric.pod).or_default();
        found.at = found.at.max(metric.at);
        found.interfaces.entry(metric.interface).or_default().set(metric.what, metric.value);
    }
    pods.into_iter().map(|(pod, found)| found.reading(pod)).collect()
}

#[derive(Default)]
struct Found {
    at: Duration,
    interfaces: BTreeMap<String, Values>,
}

#[derive(Default)]
struct Values {
    rx: Option<u64>,
    tx: Option<u64>,
    packets: Packets,
    has_packets: bool,
}

impl Values {
    fn set(&mut self, what: What, value: u64) {
        match what {
            What::Rx => self.rx = Some(value),
            What::Tx => self.tx = Some(value),
            What::RxPackets => self.packets.rx = value,
            What::TxPackets => self.packets.tx = value,
            What::RxDropped => self.packets.rx_dropped = value,
            What::TxDropped => self.packets.tx_dropped = value,
        }
        self.has_packets |= what == What::RxPackets;
    }

    fn counters(&self) -> Option<Counters> {
        Some(Counters { rx: self.rx?, tx: self.tx?, packets: self.has_packets.then_some(self.packets) })
    }
}

impl Found {
    fn reading(self, pod: PodName) -> Reading {
        let known = self.interfaces.into_iter().filter_map(|(name, values)| Some((name, values.counters()?)));
        let interfaces: Vec<(String, Counters)> = known.collect();
        let sample = (!interfaces.is_empty()).then_some(Sample { at: self.at, interfaces });
        Reading { pod, sample, ..Reading::default() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Rx,
    Tx,
    RxPackets,
    TxPackets,
    RxDropped,
    TxDropped,
}

fn what(name: &str) -> Option<What> {
    match name.strip_prefix("container_network_")? {
        "receive_bytes_total" => Some(What::Rx),
        "transmit_bytes_total" => Some(What::Tx),
        "receive_packets_total" => Some(What::RxPackets),
        "transmit_packets_total" => Some(What::TxPackets),
        "receive_packets_dropped_total" => Some(What::RxDropped),
        "transmit_packets_dropped_total" => Some(What::TxDropped),
        _ => None,
    }
}

struct Metric {
    what: What,
    pod: PodName,
    interface: String,
    value: u64,
    /// Since 1970.
    at: Duration,
}

/// `NAME{KEY="VALUE",…} NUMBER MILLISECONDS`
fn metric(line: &str) -> Option<Metric> {
    let (name, rest) = line.split_once('{')?;
    let what = what(name)?;
    let (labels, rest) = labels(rest)?;
    let label = |key: &str| labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.clone());
    let pod = PodName { namespace: label("namespace")?, name: label("pod")? };
    let interface = label("interface")?;
    if pod.name.is_empty() || interface == LOOPBACK {
        return None;
    }
    let mut words = rest.split_ascii_whitespace();
    let value = whole(words.next()?)?;
    // A metric without a time cannot be turned into a rate that means something.
    let at = Duration::from_millis(words.next()?.parse().ok()?);
    Some(Metric { what, pod, interface, value, at })
}

/// Prometheus writes large numbers as `1.234567e+06`.
fn whole(text: &str) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number: f64 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (0.0..EXACT).contains(&number).then_some(number as u64)
}

/// The labels up to the closing brace, and what follows it.
fn labels(mut text: &str) -> Option<(Vec<(String, String)>, &str)> {
    let mut labels = Vec::new();
    loop {
        text = text.trim_start_matches([',', ' ']);
        if let Some(rest) = text.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (key, rest) = text.split_once("=\"")?;
        let (value, rest) = quoted(rest)?;
        labels.push((key.to_owned(), value));
        text = rest;
    }
}

/// The text up to the closing quotation mark.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"
# TYPE container_network_receive_bytes_total counter
container_network_receive_bytes_total{container="",id="/",image="",interface="eth0",name="",namespace="",pod=""} 9 1795000000000
container_network_receive_bytes_total{container="",id="/kubepods/a",image="pause",interface="eth0",name="x\"},{",namespace="lecture",pod="web"} 1.234567e+06 1795000000123
container_network_transmit_bytes_total{id="/kubepods/a",interface="eth0",namespace="lecture",pod="web"} 42 1795000000123
container_network_receive_bytes_total{id="/kubepods/a",interface="lo",namespace="lecture",pod="web"} 7 1795000000123
container_network_receive_packets_total{interface="eth0",namespace="lecture",pod="web"} 11 1795000000123
container_network_receive_packets_dropped_total{interface="eth0",namespace="lecture",pod="web"} 3 1795000000123
container_network_receive_errors_total{interface="eth0",namespace="lecture",pod="web"} 1 1795000000123
container_network_receive_bytes_total{interface="eth0",namespace="lecture",pod="half"} 5 1795000000123
container_network_receive_bytes_total{interface="eth0",namespace="lecture",pod="timeless"} 5
container_network_receive_bytes_total{interface="eth0",namespace="lecture",pod="broken
"#;

    #[test]
    fn bytes_packets_and_drops_are_read_by_pod_and_interface() {
        let readings = read(LINES.as_bytes());
        let names: Vec<String> = readings.iter().map(|reading| reading.pod.to_string()).collect();
        assert_eq!(names, ["lecture/half", "lecture/web"]);
        assert_eq!(readings[0].sample, None, "one direction only");
        let packets = Packets { rx: 11, rx_dropped: 3, ..Packets::default() };
        let counters = Counters { rx: 1_234_567, tx: 42, packets: Some(packets) };
        let at = Duration::from_millis(1_795_000_000_123);
        assert_eq!(readings[1].sample, Some(Sample { at, interfaces: vec![("eth0".into(), counters)] }));
    }

    #[test]
    fn a_number_is_whole_or_none() {
        for (text, number) in [("5", Some(5)), ("1e+03", Some(1000)), ("-1", None), ("NaN", None), ("x", None)] {
            assert_eq!(whole(text), number, "{text}");
        }
    }
}
