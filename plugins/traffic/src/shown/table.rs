//! The same as a table for people.

use lab::Table;
use lab::bar::bar;

use super::{PodLine, Shown, Span};
use crate::bytes::bytes;

impl Shown {
    pub fn table(&self, wide: bool) -> String {
        let mut text = format!("{}\n", self.headline());
        if !self.pods.is_empty() {
            text.push('\n');
            text.push_str(&self.rows(wide));
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        self.notes.iter().for_each(|note| text.push_str(&format!("note: {note}\n")));
        text
    }

    fn headline(&self) -> String {
        let over = match (self.span, self.span()) {
            (_, None) => "since each came into being".to_owned(),
            (Span::Present, Some(span)) => format!("over the last {} s", span.as_secs()),
            (Span::Whole, Some(span)) => format!("over {} s", span.as_secs()),
        };
        let number = match self.total.pods {
            0 => return format!("no pods: {}", self.of),
            1 => "1 pod".to_owned(),
            several => format!("{several} pods"),
        };
        format!("{}: {number}, {over}", self.of)
    }

    fn rows(&self, wide: bool) -> String {
        let columns = self.columns(wide);
        let mut table = Table::with_headings(columns.iter().map(|column| column.heading));
        for pod in &self.pods {
            table.row(columns.iter().map(|column| (column.cell)(pod)));
        }
        if self.total.pods > 1 {
            let total = self.total_line();
            table.row(columns.iter().map(|column| (column.cell)(&total)));
        }
        table.to_string()
    }

    fn columns(&self, wide: bool) -> Vec<Column> {
        let layout = self.layout;
        let mut columns = Vec::new();
        let mut add = |when: bool, heading, cell: Cell| columns.extend(when.then_some(Column { heading, cell }));
        add(layout.namespaces, "NAMESPACE", |pod| pod.namespace.clone());
        add(true, "POD", |pod| if pod.has_gone { format!("{} (gone)", pod.name) } else { pod.name.clone() });
        add(true, "NODE", |pod| pod.node.clone().unwrap_or_default());
        add(layout.rates, "RX/s", |pod| rate(pod, pod.rx_bytes_per_second));
        add(layout.rates, "TX/s", |pod| rate(pod, pod.tx_bytes_per_second));
        add(true, "RX", |pod| amount(pod, pod.rx_bytes));
        add(true, "TX", |pod| amount(pod, pod.tx_bytes));
        let packets = layout.packets || (wide && self.pods.iter().any(|pod| pod.rx_packets.is_some()));
        add(packets, "RX-PACKETS", |pod| number(pod.rx_packets));
        add(packets, "TX-PACKETS", |pod| number(pod.tx_packets));
        add(packets, "RX-DROPPED", |pod| number(pod.rx_dropped));
        add(packets, "TX-DROPPED", |pod| number(pod.tx_dropped));
        add(layout.requests, "REQUESTS/s", |pod| {
            pod.requests_per_second.map(|rate| format!("{rate:.1}")).unwrap_or_default()
        });
        add(wide, "SOURCE", |pod| pod.source.map(|source| source.word().to_owned()).unwrap_or_default());
        add(wide, "SPAN", |pod| pod.seconds.map(|seconds| format!("{seconds:.1}s")).unwrap_or_default());
        add(true, "SHARE", |pod| pod.share.map(|share| format!("{:.1}%", share * 100.0)).unwrap_or_default());
        add(true, "", |pod| pod.share.map(bar).unwrap_or_default());
        columns
    }

    fn total_line(&self) -> PodLine {
        let total = &self.total;
        let known = |bytes: u64| (total.measured > 0).then_some(bytes);
        let (column, other) = ("total".to_owned(), String::new());
        let (namespace, name) = if self.layout.namespaces { (column, other) } else { (other, column) };
        PodLine {
            namespace,
            name,
            rx_bytes_per_second: total.rx_bytes_per_second,
            tx_bytes_per_second: total.tx_bytes_per_second,
            rx_bytes: known(total.rx_bytes),
            tx_bytes: known(total.tx_bytes),
            requests_per_second: total.requests_per_second,
            ..PodLine::default()
        }
    }
}

type Cell = fn(&PodLine) -> String;

struct Column {
    heading: &'static str,
    cell: Cell,
}

/// Of what is not measured it is said once, where the numbers would begin.
fn rate(pod: &PodLine, rate: Option<f64>) -> String {
    match rate {
        Some(rate) => bytes(rate),
        None => not_measured(pod),
    }
}

fn amount(pod: &PodLine, amount: Option<u64>) -> String {
    match amount {
        Some(amount) => bytes(crate::meter::float(amount)),
        None => not_measured(pod),
    }
}

fn not_measured(pod: &PodLine) -> String {
    if pod.unmeasured.is_some() && pod.rx_bytes.is_none() { "n/a".into() } else { String::new() }
}

fn number(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}
