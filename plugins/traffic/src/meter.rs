//! What was measured of one pod, sample by sample.

use std::time::Duration;

use crate::sample::{Counters, Sample};
use crate::source::Source;

#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Of the pod that has the name now.
    uid: String,
    source: Option<Source>,
    last: Option<Sample>,
    /// Between the last two samples.
    present: Option<Moved>,
    /// Between all samples that follow one another.
    whole: Option<Moved>,
}

/// So much in so long a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    pub traffic: Counters,
    pub took: Duration,
}

impl Meter {
    /// Takes the next sample. One that was taken already says nothing new; one by another clock begins anew.
    pub fn take(&mut self, uid: &str, source: Source, sample: &Sample) {
        let is_same_pod = uid.is_empty() || self.uid.is_empty() || uid == self.uid;
        if !is_same_pod {
            *self = Meter::default();
        }
        if !uid.is_empty() {
            uid.clone_into(&mut self.uid);
        }
        let last = self.last.take().filter(|_| self.source == Some(source));
        self.source = Some(source);
        let moved = match &last {
            Some(last) if sample.at == last.at => {
                self.last = Some(last.clone());
                return;
            }
            // A clock that was set back, or a machine that was started anew.
            Some(last) if sample.at < last.at => None,
            Some(last) => sample.since(last).map(|traffic| Moved { traffic, took: sample.at - last.at }),
            None => None,
        };
        self.present = moved;
        self.whole = match (self.whole, moved) {
            (Some(whole), Some(moved)) => Some(whole.and(&moved)),
            (whole, moved) => whole.or(moved),
        };
        self.last = Some(sample.clone());
    }

    pub fn source(&self) -> Option<Source> {
        self.source
    }

    /// Everything since the pod's interfaces came into being.
    pub fn total(&self) -> Option<Counters> {
        self.last.as_ref()?.total()
    }

    pub fn present(&self) -> Option<Moved> {
        self.present
    }

    pub fn whole(&self) -> Option<Moved> {
        self.whole
    }
}

impl Moved {
    fn and(&self, other: &Moved) -> Moved {
        Moved { traffic: self.traffic.and(&other.traffic), took: self.took + other.took }
    }

    /// Bytes received in a second.
    pub fn rx(&self) -> f64 {
        per_second(self.traffic.rx, self.took)
    }

    /// Bytes sent in a second.
    pub fn tx(&self) -> f64 {
        per_second(self.traffic.tx, self.took)
    }
}

/// A rate; zero where no time has passed.
pub fn per_second(count: u64, took: Duration) -> f64 {
    let seconds = took.as_secs_f64();
    if seconds > 0.0 { float(count) / seconds } else { 0.0 }
}

/// The nearest that there is: beyond 2^53 the last digits are lost, which no bar shows.
#[expect(clippy::cast_precision_loss)]
pub fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seconds: u64, rx: u64) -> Sample {
        let counters = Counters { rx, tx: 2 * rx, packets: None };
        Sample { at: Duration::from_secs(seconds), interfaces: vec![("eth0".into(), counters)] }
    }

    fn after(samples: &[(u64, u64)]) -> Meter {
        let mut meter = Meter::default();
        samples.iter().for_each(|(at, rx)| meter.take("u", Source::Summary, &sample(*at, *rx)));
        meter
    }

    fn rates(meter: &Meter) -> (Option<f64>, Option<f64>) {
        (meter.present().map(|moved| moved.rx()), meter.whole().map(|moved| moved.rx()))
    }

    #[test]
    fn a_rate_is_what_moved_by_the_samples_own_times() {
        assert_eq!(rates(&after(&[(100, 50)])), (None, None), "one sample is no rate");
        assert_eq!(rates(&after(&[(100, 50), (110, 150)])), (Some(10.0), Some(10.0)));
        assert_eq!(rates(&after(&[(100, 50), (110, 150), (120, 450)])), (Some(30.0), Some(20.0)));
    }

    #[test]
    fn a_sample_that_comes_twice_says_nothing_new() {
        let meter = after(&[(100, 50), (110, 150), (110, 150)]);
        assert_eq!(rates(&meter), (Some(10.0), Some(10.0)));
        assert_eq!(meter.total().map(|total| (total.rx, total.tx)), Some((150, 300)));
    }

    #[test]
    fn counters_and_clocks_that_begin_anew_give_no_rate_until_the_next_sample() {
        let meter = after(&[(100, 50), (110, 150), (120, 7)]);
        assert_eq!(rates(&meter), (None, Some(10.0)), "the counters began anew");
        assert_eq!(rates(&after(&[(100, 50), (110, 150), (120, 7), (130, 27)])), (Some(2.0), Some(6.0)));
        assert_eq!(rates(&after(&[(100, 50), (110, 150), (5, 200)])), (None, Some(10.0)), "the clock was set back");
    }

    #[test]
    fn another_pod_of_the_same_name_is_another_pod() {
        let mut meter = after(&[(100, 50), (110, 150)]);
        meter.take("other", Source::Summary, &sample(120, 1000));
        assert_eq!(rates(&meter), (None, None));
        assert_eq!(meter.total().map(|total| total.rx), Some(1000));
    }

    #[test]
    fn another_source_has_another_clock() {
        let mut meter = after(&[(100, 50), (110, 150)]);
        meter.take("u", Source::Pod, &sample(2_000, 160));
        assert_eq!(rates(&meter), (None, Some(10.0)));
        meter.take("u", Source::Pod, &sample(2_010, 260));
        assert_eq!(rates(&meter), (Some(10.0), Some(10.0)));
    }
}
