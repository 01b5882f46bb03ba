//! The report: what was measured so far, after each event.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lab::{Report, Timestamp};
use lab_plan::Exit;
use serde::{Serialize, Serializer};

use crate::args::Args;
use crate::event::{Counted, Event};
use crate::facts::Facts;
use crate::meter::Meter;
use crate::pod::{Pod, PodName, SHARES};
use crate::reading::Reading;
use crate::shown::{Shown, shown};
use crate::source::Source;

/// What it is made from; what is shown of it is worked out when it is asked for.
#[derive(Clone, Debug)]
pub struct TrafficReport {
    pub args: Args,
    pub of: String,
    pub pods: BTreeMap<PodName, Row>,
    /// Why nothing was heard of a node.
    pub silent: BTreeMap<String, String>,
    pub notes: BTreeSet<String>,
    /// When the last round ended, by the API server's clock.
    pub at: Option<Timestamp>,
    pub is_over: bool,
    host_network: BTreeSet<PodName>,
}

#[derive(Clone, Debug, Default)]
pub struct Row {
    pub node: Option<String>,
    pub meter: Meter,
    /// Why there are no numbers of it at present.
    pub why_not: Option<String>,
    pub requests: Requests,
    /// It was there, and is not any more.
    pub has_gone: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Requests {
    pub present: Option<Counted>,
    pub whole: Option<Counted>,
    pub why_not: Option<String>,
}

pub fn report(args: &Args, facts: &Facts) -> TrafficReport {
    TrafficReport {
        args: args.clone(),
        of: facts.of.clone(),
        pods: BTreeMap::new(),
        silent: BTreeMap::new(),
        notes: BTreeSet::new(),
        at: None,
        is_over: false,
        host_network: BTreeSet::new(),
    }
}

impl TrafficReport {
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Pods(pods) => self.listed(pods),
            Event::HostNetwork(pods) => self.share(pods),
            Event::Node { node, source, readings } => self.node(node, *source, readings),
            Event::Silent { node, why } => self.is_silent(node, why),
            Event::Pod { pod, read } => {
                let Some(row) = self.pods.get_mut(pod) else { return };
                match read {
                    Ok(sample) => row.measured("", Source::Pod, sample),
                    Err(why) => row.why_not = Some(why.clone()),
                }
            }
            Event::Requests { pod, counted } => {
                self.pods.get_mut(pod).into_iter().for_each(|row| row.requests.take(counted));
            }
            Event::Note(note) => drop(self.notes.insert(note.clone())),
            Event::Round(at) => self.at = Some(*at),
            Event::Over => self.is_over = true,
        }
    }

    fn listed(&mut self, pods: &[Pod]) {
        self.pods.values_mut().for_each(|row| row.has_gone = true);
        for pod in pods {
            let row = self.pods.entry(pod.name.clone()).or_default();
            row.has_gone = false;
            row.node.clone_from(&pod.node);
            row.why_not = pod.why_not();
            if pod.host_network {
                self.host_network.insert(pod.name.clone());
            }
        }
    }

    fn share(&mut self, pods: &BTreeSet<PodName>) {
        self.host_network.extend(pods.iter().cloned());
        for (_, row) in self.pods.iter_mut().filter(|(name, _)| pods.contains(name)) {
            row.shares();
        }
    }

    fn node(&mut self, node: &str, source: Source, readings: &[Reading]) {
        self.silent.remove(node);
        // What its kubelet does not name any more is not there any more.
        for row in self.pods.values_mut().filter(|row| row.node.as_deref() == Some(node) && row.why_not.is_none()) {
            row.has_gone = true;
        }
        for reading in readings {
            let row = self.pods.entry(reading.pod.clone()).or_default();
            row.has_gone = false;
            row.node = Some(node.to_owned());
            match &reading.sample {
                _ if self.host_network.contains(&reading.pod) => row.shares(),
                Some(sample) => row.measured(&reading.uid, source, sample),
                None => row.why_not = Some("its kubelet has no numbers of its network".into()),
            }
        }
    }

    fn is_silent(&mut self, node: &str, why: &str) {
        self.silent.insert(node.to_owned(), why.to_owned());
        for row in self.pods.values_mut().filter(|row| row.node.as_deref() == Some(node)) {
            row.why_not.get_or_insert_with(|| format!("node {node}: {why}"));
        }
    }

    /// How far it is, in a line.
    pub fn meanwhile(&self) -> String {
        let known = self.pods.values().filter(|row| row.meter.total().is_some()).count();
        let rates = self.pods.values().filter(|row| row.meter.whole().is_some()).count();
        format!("{rates} of {known} pods have been sampled twice, which a rate needs")
    }

    pub fn shown(&self) -> Shown {
        shown(self)
    }
}

impl Row {
    fn measured(&mut self, uid: &str, source: Source, sample: &crate::sample::Sample) {
        self.meter.take(uid, source, sample);
        self.why_not = None;
    }

    fn shares(&mut self) {
        self.meter = Meter::default();
        self.why_not = Some(SHARES.into());
    }
}

impl Requests {
    fn take(&mut self, counted: &Result<Counted, String>) {
        match counted {
            Ok(counted) => {
                self.present = Some(*counted);
                let before = self.whole.unwrap_or_default();
                let took: Duration = before.took + counted.took;
                self.whole = Some(Counted { requests: before.requests + counted.requests, took });
                self.why_not = None;
            }
            Err(why) => {
                self.present = None;
                self.why_not = Some(why.clone());
            }
        }
    }
}

impl Serialize for TrafficReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

impl Report for TrafficReport {
    const KIND: &'static str = "TrafficReport";
    const HAS_CSV: bool = true;

    fn table(&self, wide: bool) -> String {
        self.shown().table(wide)
    }

    fn csv(&self) -> Vec<Vec<String>> {
        self.shown().csv()
    }

    fn exit(&self) -> Exit {
        Exit::Done
    }
}

#[cfg(test)]
mod tests;
