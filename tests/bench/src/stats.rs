//! Many times in three numbers.

use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub min: Duration,
    pub median: Duration,
    pub p95: Duration,
}

impl Figures {
    /// Of at least one time.
    pub fn of(mut times: Vec<Duration>) -> Figures {
        times.sort();
        Figures { min: at(&times, 0.0), median: at(&times, 0.5), p95: at(&times, 0.95) }
    }

    /// How many times this fits into the other, by the medians.
    pub fn fits_into(&self, other: &Figures) -> f64 {
        other.median.as_secs_f64() / self.median.as_secs_f64()
    }
}

/// The median of at least one number.
pub fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[(numbers.len() - 1) / 2]
}

/// The smallest time that at least this share of all times does not exceed.
fn at(sorted: &[Duration], share: f64) -> Duration {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted[rank.saturating_sub(1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(times: impl IntoIterator<Item = u64>) -> [u64; 3] {
        let figures = Figures::of(times.into_iter().map(Duration::from_millis).collect());
        [figures.min, figures.median, figures.p95].map(|time| time.as_millis() as u64)
    }

    #[test]
    fn figures_do_not_depend_on_the_order() {
        assert_eq!(figures((1..=100).rev()), [1, 50, 95]);
        assert_eq!(figures([5, 1, 3]), [1, 3, 5]);
        assert_eq!(figures([7]), [7, 7, 7]);
    }

    #[test]
    fn the_middle_is_the_lower_one_of_two() {
        assert_eq!([middle(vec![3.0, 1.0, 2.0]), middle(vec![4.0, 1.0]), middle(vec![7.0])], [2.0, 1.0, 7.0]);
    }

    #[test]
    fn the_ratio_is_that_of_the_medians() {
        let figures = |median| Figures::of(vec![Duration::from_millis(median)]);
        assert!((figures(2).fits_into(&figures(50)) - 25.0).abs() < 1e-9);
    }
}
