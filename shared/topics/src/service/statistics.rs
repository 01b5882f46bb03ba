//! Pearson's chi-squared test of equal shares.

/// How far counts are from equal shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistic {
    pub chi_squared: f64,
    pub degrees_of_freedom: usize,
    /// How often chance alone goes at least as far from equal shares.
    pub p: f64,
}

/// Of at least two counts that are not all nothing.
pub fn chi_squared(counts: &[u64]) -> Option<Statistic> {
    let total: u64 = counts.iter().sum();
    if counts.len() < 2 || total == 0 {
        return None;
    }
    let share = as_float(total) / counts.len() as f64;
    let distance = |count: &u64| (as_float(*count) - share).powi(2) / share;
    let chi_squared = counts.iter().map(distance).sum();
    let degrees_of_freedom = counts.len() - 1;
    Some(Statistic { chi_squared, degrees_of_freedom, p: upper_tail(chi_squared, degrees_of_freedom) })
}

fn as_float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// The probability that a chi-squared variable is at least `x`: the regularized upper incomplete gamma function Q(k/2, x/2), by the
/// recurrence Q(a + 1, y) = Q(a, y) + y^a e^-y / Γ(a + 1) from a = 1 (even k) or a = 1/2 (odd k).
fn upper_tail(x: f64, degrees_of_freedom: usize) -> f64 {
    let y = x / 2.0;
    if y <= 0.0 {
        return 1.0;
    }
    let (mut a, mut tail, mut gamma) = match degrees_of_freedom % 2 {
        0 => (1.0, (-y).exp(), 1.0_f64),
        _ => (0.5, complementary_error(y.sqrt()), std::f64::consts::PI.sqrt()),
    };
    // ln Γ(a + 1), so that many degrees of freedom overflow nothing.
    gamma = (gamma * a).ln();
    let end = degrees_of_freedom as f64 / 2.0;
    while a + 0.25 < end {
        tail += (a * y.ln() - y - gamma).exp();
        a += 1.0;
        gamma += a.ln();
    }
    tail.clamp(0.0, 1.0)
}

/// erfc for x ≥ 0: the series near zero, the continued fraction far from it.
fn complementary_error(x: f64) -> f64 {
    const ENOUGH: usize = 300;
    let scale = (-x * x).exp() / std::f64::consts::PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..ENOUGH {
            term *= 2.0 * x * x / (2.0 * n as f64 + 1.0);
            sum += term;
        }
        return 1.0 - 2.0 * scale * sum;
    }
    let mut fraction = x;
    for n in (1..ENOUGH).rev() {
        fraction = x + (n as f64 / 2.0) / fraction;
    }
    scale / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The critical values of every table of the distribution.
    #[test]
    fn the_tails_are_those_of_the_published_table() {
        for (degrees, values) in [
            (1, [3.841, 6.635, 10.828]),
            (2, [5.991, 9.210, 13.816]),
            (3, [7.815, 11.345, 16.266]),
            (4, [9.488, 13.277, 18.467]),
            (9, [16.919, 21.666, 27.877]),
            (30, [43.773, 50.892, 59.703]),
            (100, [124.342, 135.807, 149.449]),
        ] {
            for (x, p) in values.into_iter().zip([0.05, 0.01, 0.001]) {
                let tail = upper_tail(x, degrees);
                assert!((tail / p - 1.0).abs() < 2e-3, "{degrees} degrees, {x}: {tail} instead of {p}");
            }
        }
    }

    #[test]
    fn equal_counts_have_no_distance() {
        let statistic = chi_squared(&[100, 100, 100]).expect("counts");
        assert_eq!((statistic.chi_squared, statistic.degrees_of_freedom, statistic.p), (0.0, 2, 1.0));
        assert_eq!(chi_squared(&[7]), None);
        assert_eq!(chi_squared(&[0, 0]), None);
    }

    #[test]
    fn a_worked_example_comes_out() {
        // (90-100)²/100 + (100-100)²/100 + (110-100)²/100 = 2, and e^-1 of chance is farther off.
        let statistic = chi_squared(&[90, 100, 110]).expect("counts");
        assert!((statistic.chi_squared - 2.0).abs() < 1e-12);
        assert!((statistic.p - (-1.0_f64).exp()).abs() < 1e-12);
    }

    #[test]
    fn extremes_are_no_overflow() {
        assert!(chi_squared(&[u64::MAX / 4, 0]).is_some_and(|one| one.p >= 0.0 && one.p < 1e-9));
        assert!(upper_tail(1e6, 999) < 1e-9);
        assert!(upper_tail(1e-12, 999) > 0.999);
    }
}
