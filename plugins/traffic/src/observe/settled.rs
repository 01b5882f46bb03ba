//! Whether each pod that can be measured has been: a rate needs two samples of different times.

use std::collections::HashMap;
use std::time::Duration;

use crate::event::Event;
use crate::pod::PodName;
use crate::sample::Sample;

#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The first sample's time, and whether there was another.
    seen: HashMap<PodName, (Duration, bool)>,
    /// Of this round: those with one sample only.
    open: usize,
}

impl Settled {
    pub fn begin(&mut self) {
        self.open = 0;
    }

    /// How many pods the event has numbers of.
    pub fn note(&mut self, event: &Event) -> usize {
        match event {
            Event::Node { readings, .. } => {
                let samples = readings.iter().filter_map(|reading| Some((&reading.pod, reading.sample.as_ref()?)));
                samples.map(|(pod, sample)| self.sample(pod, sample)).count()
            }
            Event::Pod { pod, read: Ok(sample) } => {
                self.sample(pod, sample);
                1
            }
            _ => 0,
        }
    }

    fn sample(&mut self, pod: &PodName, sample: &Sample) {
        let (first, twice) = self.seen.entry(pod.clone()).or_insert((sample.at, false));
        *twice |= *first != sample.at;
        self.open += usize::from(!*twice);
    }

    /// Nothing more would come of asking again.
    pub fn is_all(&self) -> bool {
        self.open == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn told(settled: &mut Settled, samples: &[(&str, u64)]) -> bool {
        settled.begin();
        for (pod, at) in samples {
            let pod = PodName { namespace: "lecture".into(), name: (*pod).into() };
            let sample = Sample { at: Duration::from_secs(*at), ..Sample::default() };
            let reading = crate::reading::Reading { pod, sample: Some(sample), ..Default::default() };
            settled.note(&Event::Node { node: "lab-1".into(), source: Source::Summary, readings: vec![reading] });
        }
        settled.is_all()
    }

    #[test]
    fn each_pod_needs_a_second_sample_of_another_time() {
        let mut settled = Settled::default();
        assert!(!told(&mut settled, &[("a", 1), ("b", 1)]));
        assert!(!told(&mut settled, &[("a", 11), ("b", 1)]), "the same one again");
        assert!(told(&mut settled, &[("a", 11), ("b", 12)]));
        assert!(!told(&mut settled, &[("a", 11), ("c", 12)]), "a new one");
        assert!(told(&mut settled, &[]), "there is nothing to measure");
    }
}
