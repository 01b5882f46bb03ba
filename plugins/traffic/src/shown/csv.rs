//! The same for a spreadsheet: a row for each pod, numbers as they are.

use super::{PodLine, Shown};

type Cell = fn(&PodLine) -> String;

const COLUMNS: [(&str, Cell); 16] = [
    ("namespace", |pod| pod.namespace.clone()),
    ("pod", |pod| pod.name.clone()),
    ("node", |pod| pod.node.clone().unwrap_or_default()),
    ("source", |pod| pod.source.map(|source| source.word().to_owned()).unwrap_or_default()),
    ("seconds", |pod| decimal(pod.seconds)),
    ("rx_bytes_per_second", |pod| decimal(pod.rx_bytes_per_second)),
    ("tx_bytes_per_second", |pod| decimal(pod.tx_bytes_per_second)),
    ("rx_bytes", |pod| whole(pod.rx_bytes)),
    ("tx_bytes", |pod| whole(pod.tx_bytes)),
    ("rx_packets", |pod| whole(pod.rx_packets)),
    ("tx_packets", |pod| whole(pod.tx_packets)),
    ("rx_dropped", |pod| whole(pod.rx_dropped)),
    ("tx_dropped", |pod| whole(pod.tx_dropped)),
    ("share", |pod| decimal(pod.share)),
    ("requests_per_second", |pod| decimal(pod.requests_per_second)),
    ("unmeasured", |pod| pod.unmeasured.clone().unwrap_or_default()),
];

impl Shown {
    /// The headings, and a row for each pod; the first column is the time.
    pub fn csv(&self) -> Vec<Vec<String>> {
        let at = self.at.clone().unwrap_or_default();
        let headings = std::iter::once("time".to_owned()).chain(COLUMNS.iter().map(|(name, _)| (*name).to_owned()));
        let row =
            |pod: &PodLine| std::iter::once(at.clone()).chain(COLUMNS.iter().map(|(_, cell)| cell(pod))).collect();
        std::iter::once(headings.collect()).chain(self.pods.iter().map(row)).collect()
    }
}

fn decimal(number: Option<f64>) -> String {
    number.map(|number| format!("{number:.3}")).unwrap_or_default()
}

fn whole(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}
